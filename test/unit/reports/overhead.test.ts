import assert from 'node:assert/strict';
import pc from 'picocolors';
import type { BenchReport, OverheadResult } from '../../../reports/bench-model.js';
import { renderFormat } from '../../../reports/index.js';
import { consistentReportSchema, type Report } from '../../../reports/model.js';
import { benchTables, overheadTable } from '../../../reports/overhead.js';
import { renderTerminal } from '../../../reports/terminal.js';
import { HOSTILE, sampleReport } from './sample-report.js';

const COMPARISON: OverheadResult = {
  arm: 'sample both',
  against: 'direct',
  rate: 500,
  quantile: 'p99',
  deltaMs: 1.84,
  lowMs: 1.31,
  highMs: 2.4,
  floorMs: 0.22,
  n: 12,
  outcome: 'slower',
  confidence: 0.961,
  differencesMs: [1.3, 1.8, 1.9, 2.4],
};

const BENCH: BenchReport = {
  mesh: 'sample',
  version: '1.2.3',
  rate: 500,
  rateReason: 'the usual rate',
  seconds: 6,
  reps: 12,
  connections: 16,
  arrivals: 'uniform',
  payloadBytes: 0,
  arms: [
    {
      name: 'both',
      description: 'a proxy at either end',
      identity: 'spiffe://sample/ns/a/sa/b',
      requests: 60_000,
      failed: 3,
      slices: { total: 96, invalid: 2, causes: { 'foreign-cpu': 2 } },
      quantilesMs: { p50: 0.345, p90: 0.8 },
      cpuUsPerRequest: 184.2,
      proxyResidentBytes: 41 * 2 ** 20,
    },
    {
      name: 'client-only',
      description: 'a proxy at the client',
      unmeasurable: `nobody is let out ${HOSTILE}`,
      requests: 0,
      failed: 0,
      slices: { total: 0, invalid: 0, causes: {} },
      quantilesMs: {},
    },
  ],
  saturation: [
    {
      arm: 'both',
      maxPerSecond: 4210.4,
      lowPerSecond: 4001,
      highPerSecond: 4500,
      bestConcurrency: 31.7,
      steps: [{ concurrency: 1, perSecond: 812, meanMs: 1.2, littleError: -0.02 }],
      leftOut: [{ concurrency: 256, reason: 'X·R is -9.1 % off N' }],
    },
  ],
  slo: [{ arm: 'both', perSecond: 2100, reason: 'p99 within 20 ms, met again three times' }],
  controlPlane: { cpuUsPerRequest: 2.5, residentBytes: 90 * 2 ** 20 },
  withheld: [{ arm: 'both', quantile: 'p95', reason: 'only 3 of 48 pairs are valid: steal 45×' }],
  notes: ['one note'],
  raw: ['measurements/sample-00.json'],
};

const report = (overhead: readonly OverheadResult[] = [COMPARISON], part: Partial<Report> = {}): Report =>
  sampleReport({
    cases: [],
    features: [],
    convergence: [],
    overhead,
    bench: [BENCH],
    exit: { code: 0, reason: '1 comparison: 1 slower' },
    ...part,
  });

const textOf = async (format: string, one = report()): Promise<string> =>
  (await renderFormat(format, one, new Map())).map(({ content }) => content).join('\n');
const terminal = (one = report(), width = 100): string =>
  renderTerminal(one, { width, colors: pc.createColors(false) });

describe('reports: overhead', () => {
  it('is a valid report, and one without the new keys is too', () => {
    assert.ok(consistentReportSchema.safeParse(report()).success);
    const { arm, against, rate, quantile, deltaMs, lowMs, highMs, floorMs, n, outcome } = COMPARISON;
    const old = { arm, against, rate, quantile, deltaMs, lowMs, highMs, floorMs, n, outcome };
    const { bench: _new, ...rest } = report([old]);
    assert.ok(consistentReportSchema.safeParse(rest).success);
  });

  it('puts interval, floor and n beside every difference', () => {
    const [row] = overheadTable(report())?.rows ?? [];
    assert.deepEqual(row, [
      'sample both against direct',
      '500/s',
      'p99',
      '+1.84 ms',
      '+1.31 … +2.4 ms',
      '±0.22 ms',
      '12',
      'slower',
    ]);
    assert.equal(overheadTable(report([])), undefined);
  });

  it('says how little an interval of few repetitions covers, and why nothing is decided', () => {
    const few: OverheadResult = {
      ...COMPARISON,
      n: 3,
      confidence: 0.75,
      outcome: 'inconclusive',
      reason: '3 repetitions give an interval of 75 %',
    };
    const row = (overheadTable(report([few]))?.rows[0] ?? []).join(' ');
    assert.match(row, /\(covers 75 %\)/);
    assert.match(row, /inconclusive: 3 repetitions/);
  });

  it('shows what stands behind the numbers in every format for people', async () => {
    for (const text of [
      terminal(report(), 400),
      (await textOf('markdown')).replaceAll('\\', ''),
      await textOf('html'),
    ]) {
      for (const said of [
        'sample both against direct',
        '184 µs',
        '41 MiB',
        '2 of 96 (foreign-cpu 2)',
        'spiffe://sample/ns/a/sa/b',
        '4210/s',
        '256: X·R is -9.1 % off N',
        '2100/s',
        'only 3 of 48 pairs are valid',
        'not measurable: nobody is let out',
        'one note',
      ])
        assert.ok(text.includes(said), `${said} in\n${text.slice(0, 3000)}`);
    }
  });

  it('names a measurement one, and one without a number to stand behind too', () => {
    assert.match(terminal(), /^MEASURED\nsample 1\.2\.3 was measured\./);
    const silent = report([], { exit: { code: 2, reason: 'no comparison is valid' } });
    assert.match(terminal(silent), /^INCONCLUSIVE\nsample 1\.2\.3 was measured, but no number/);
  });

  it('leaves out what is not there', async () => {
    const { bench: _none, ...rest } = report([]);
    assert.deepEqual(benchTables(rest), []);
    assert.doesNotMatch(await textOf('html', rest), /id="overhead"/);
    assert.doesNotMatch(await textOf('html'), /Every case|Verdicts by area/);
  });

  it('draws one chart a quantile, with floor, interval and each repetition, and loads nothing', async () => {
    const html = await textOf('html', report([COMPARISON, { ...COMPARISON, quantile: 'p50', outcome: 'equivalent' }]));
    assert.equal(html.match(/<svg class="chart"/g)?.length, 2);
    assert.equal(html.match(/<g [^>]*fill="var\(--quiet\)"[^>]*><rect /g)?.length, 2, 'the noise floor');
    assert.equal(html.match(/<circle [^>]*r="2"/g)?.length, 8, 'each repetition');
    assert.equal(html.match(/<circle [^>]*fill="var\(--fail\)"/g)?.length, 1, 'only what is slower is marked');
    assert.match(html, /aria-label="sample both against direct: \+1\.84 ms, interval \+1\.31 to \+2\.4 ms/);
    assert.doesNotMatch(html, /NaN|<script>alert/);
  });
});
