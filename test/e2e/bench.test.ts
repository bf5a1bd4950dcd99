import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { BenchReport } from '../../reports/bench-model.js';
import type { Report } from '../../reports/model.js';
import { spoiling } from '../../src/bench/gates.js';
import type { SliceRecord } from '../../src/bench/records.js';
import { decodeHistogram } from '../../src/load/histogram.js';
import { assertExplained, assertNoStack, CliHome, type EndedCli } from './cli-fixture.js';

const REPS = 2;
const RATE = 100;
/** Two pairs an ABBA block and two interleaved windows: eight slots of the comparison, of which each arm has four. */
const SLICES_EACH = 4;

/** What was measured depends on the machine; that everything is accounted for does not. */
describe('meshgauge bench', function () {
  let home: CliHome;
  let ended: EndedCli;
  let report: Report;
  let bench: BenchReport;
  before(async () => {
    home = await CliHome.create();
    const size = ['--rate', String(RATE), '--duration', '2', '--reps', String(REPS), '--no-ladder'];
    ended = await home.call(['bench', '--mesh', 'reference', ...size, '--seed', '3', '--out', 'out']);
    report = await home.report('out');
    const [one] = report.bench ?? [];
    assert.ok(one, ended.stderr);
    bench = one;
  });
  after(() => home[Symbol.asyncDispose]());

  it('ends with numbers or without, but never in between, and leaves nothing running', async () => {
    assert.equal(ended.exitCode, report.overhead.length > 0 ? 0 : 2, ended.stderr);
    assertNoStack(ended);
    await home.assertNothingLeft();
  });

  it('measures every arm that the mesh lets through, and says why it lets others not', () => {
    assert.deepEqual(
      bench.arms.map(({ name }) => name),
      ['direct', 'A/A', 'client-only', 'server-only', 'both'],
    );
    for (const arm of ['direct', 'A/A', 'server-only', 'both'])
      assert.equal(bench.arms.find(({ name }) => name === arm)?.unmeasurable, undefined, arm);
    assert.match(
      bench.arms.find(({ name }) => name === 'client-only')?.unmeasurable ?? '',
      /does not let a client out/,
    );
  });

  it('proves who is on the way: the server hears of the client from a proxy in one arm only', () => {
    const told = bench.arms.filter(({ identity }) => identity !== undefined);
    assert.deepEqual(
      told.map(({ name }) => name),
      ['both'],
    );
    assert.match(told[0]?.identity ?? '', /^spiffe:\/\/.*member/);
  });

  it('tells a number or a reason for each comparison and quantile, once', () => {
    const arms = ['A/A', 'server-only', 'both'];
    const told = report.overhead.map(({ arm, quantile }) => `${arm} ${quantile}`);
    const withheld = bench.withheld.map(({ arm, quantile }) => `reference ${arm} ${quantile}`);
    const expected = arms.flatMap((arm) => ['p50', 'p90', 'p95', 'p99'].map((name) => `reference ${arm} ${name}`));
    assert.deepEqual([...told, ...withheld].sort(), expected.sort());
    // Two repetitions prove nothing.
    assert.ok(report.overhead.every(({ outcome, n }) => outcome === 'inconclusive' && n <= REPS));
  });

  it('keeps raw data from which everything can be computed again', async () => {
    assert.equal(bench.raw.length, REPS);
    const slices: SliceRecord[] = [];
    for (const file of bench.raw) {
      const raw = JSON.parse(await readFile(home.path('out', file), 'utf8')) as { slices: SliceRecord[] };
      slices.push(...raw.slices);
    }
    for (const arm of bench.arms.filter(({ unmeasurable }) => unmeasurable === undefined)) {
      const own = slices.filter((slice) => slice.arm === arm.name);
      const comparisons = arm.name === 'direct' ? 3 : 1;
      assert.equal(arm.slices.total, REPS * SLICES_EACH * comparisons);
      assert.equal(own.length, arm.slices.total);
      assert.equal(
        own.reduce((sum, { window }) => sum + window.due, 0),
        arm.requests,
      );
      assert.equal(own.filter(({ causes }) => spoiling(causes).length > 0).length, arm.slices.invalid);
      for (const { window, good } of own) {
        assert.equal(window.due, (window.durationMs / 1000) * RATE, 'uniform arrivals are counted');
        const failed = Object.values(window.failed).reduce((sum, count) => sum + count, 0);
        assert.equal(window.answered + failed + window.unsent, window.due);
        assert.equal(decodeHistogram(window.response).totalCount, good);
      }
    }
  });

  it('sees processor time and memory of proxies on this machine', () => {
    const both = bench.arms.find(({ name }) => name === 'both');
    assert.ok((both?.proxyResidentBytes ?? 0) > 2 ** 20);
    assert.equal(bench.arms.find(({ name }) => name === 'direct')?.proxyResidentBytes, undefined);
    // It is a part of the harness here, and its time is not told as if it were its own.
    assert.equal(bench.controlPlane, undefined);
    assert.ok(bench.notes.some((note) => note.includes('control plane is a part of the harness')));
  });

  it('shows the same in every report, without sections on cases', async () => {
    const read = (name: string): Promise<string> => readFile(home.path('out', name), 'utf8');
    assert.match(await read('report.md'), /## Arms/);
    assert.doesNotMatch(await read('report.md'), /## Verdicts/);
    const html = await read('report.html');
    assert.match(html, /id="overhead"/);
    assert.doesNotMatch(html, /id="cases"/);
    assert.match(ended.stdout, /client-only[\s\S]*not measurable/);
    assert.match(ended.stderr, /repetition 2 of 2\n/);
  });

  it('refuses what cannot be measured before anything starts', async () => {
    const refuse = async (args: readonly string[], code: string, what: RegExp): Promise<void> =>
      assertExplained(await home.call(['bench', ...args]), { code, exitCode: 4, what });
    await refuse(['--slo', 'fast'], 'E_SLO', /--slo fast/);
    await refuse(['--arrivals', 'bursts'], 'E_ARRIVALS', /bursts/);
    await refuse(['--load', 'rockets'], 'E_LOAD', /rockets/);
    await refuse(['--engine', 'steam'], 'E_ENGINE', /steam/);
    await refuse(['--engine', 'k6', '--load', 'jobs'], 'E_ENGINE', /--load jobs/);
    await refuse(['--mesh', 'none,none'], 'E_MESH_TWICE', /none twice/);
    await refuse(['--mesh', 'none,nobody'], 'E_UNKNOWN_MESH', /nobody/);
  });

  it('says that Jobs and the k6 operator need a cluster', async () => {
    for (const [load, code] of [
      ['jobs', 'E_LOAD_JOBS'],
      ['k6-operator', 'E_K6_OPERATOR'],
    ] as const)
      assertExplained(await home.call(['bench', '--mesh', 'none', '--load', load]), {
        code,
        exitCode: 4,
        what: /local has none/,
      });
  });

  it('refuses a rate that the machine cannot offer', async () => {
    const args = ['bench', '--mesh', 'none', '--rate', '100000', '--duration', '2', '--reps', '2', '--no-ladder'];
    const refused = await home.call([...args, '--out', 'fast']);
    assertExplained(refused, {
      code: 'E_RATE_UNREACHABLE',
      exitCode: 4,
      what: /cannot offer 100000 requests a second/,
    });
    await home.assertNothingLeft();
  });
});
