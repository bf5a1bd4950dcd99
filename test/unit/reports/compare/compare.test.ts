import assert from 'node:assert/strict';
import {
  compareRuns,
  gateOf,
  refuseNothing,
  renderComparison,
  type Comparison,
  type Source,
} from '../../../../reports/compare/index.js';
import { countVerdicts, type Report, type ReportCase } from '../../../../reports/model.js';
import { EXIT, HarnessError } from '../../../../src/errors/harness-error.js';
import { HOSTILE, sampleReport } from '../sample-report.js';

const [ONE] = sampleReport().cases;

function caseOf(id: string, part: Partial<ReportCase>): ReportCase {
  assert(ONE);
  const { statistics: _, evidence: __, ...plain } = ONE;
  return { ...plain, id, title: `title of ${id}`, ...part };
}

let counter = 0;

function source(mesh: string, cases: readonly ReportCase[], part: Partial<Report> = {}): Source {
  counter += 1;
  const whole = sampleReport({ cases, summary: countVerdicts(cases), overhead: [], convergence: [] });
  const { bench: _, scale: __, deviations: ___, ...plain } = whole;
  return {
    dir: `runs/${counter}`,
    report: {
      ...plain,
      run: { ...whole.run, id: `run-${counter}` },
      mesh: { ...whole.mesh, name: mesh, faults: [] },
      ...part,
    },
  };
}

const pass = (id: string): ReportCase => caseOf(id, { verdict: 'pass' });
const fail = (id: string): ReportCase => caseOf(id, { verdict: 'fail', reason: 'it let everybody in' });
const reading = (id: string, variant: string): ReportCase =>
  caseOf(id, { verdict: 'recorded', class: 'A', variant, fidelity: 'exact' });

/** Convergence as `converge` measured it: one value a change, Infinity where it never came. */
function converged(mesh: string, valuesMs: readonly number[], part: Partial<Report> = {}): Source {
  const sorted = [...valuesMs].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? NaN;
  const one: Report['convergence'][number] = {
    ...{ change: 'deny', proxies: 4, flips: valuesMs.length, mixWindowMs: 0, resolutionMs: 1, glitches: 0, nacks: 0 },
    censored: valuesMs.filter((ms) => ms === Infinity).length,
    ...(median === Infinity ? {} : { allMs: { median, low: sorted[0] ?? 0, high: sorted.at(-1) ?? 0 } }),
    raster: valuesMs.map((ms) => ({ ...(ms === Infinity ? {} : { allMs: ms }), endedMs: 60_000, proxies: [] })),
  };
  return source(mesh, [], { convergence: [one], ...part });
}

/** As the command refuses it. */
/** One benchmark of several meshes: overhead of p50 with a proxy at either end, one value a repetition. */
function benched(
  meshes: Readonly<Record<string, readonly number[]>>,
  load: { readonly generator?: string } = {},
): Source {
  const names = Object.keys(meshes);
  const bench = names.map((mesh) => ({
    ...{
      mesh,
      version: '1',
      rate: 500,
      rateReason: 'the usual rate',
      seconds: 4,
      reps: 8,
      connections: 16,
      payloadBytes: 1024,
    },
    ...{ arrivals: 'uniform' as const, arms: [], saturation: [], slo: [], withheld: [], notes: [], raw: [], ...load },
  }));
  const overhead = names.map((mesh) => {
    const differencesMs = meshes[mesh] ?? [];
    const middle = differencesMs[differencesMs.length >> 1] ?? 0;
    return {
      ...{
        arm: `${mesh} both`,
        against: 'direct',
        rate: 500,
        quantile: 'p50',
        mesh,
        differencesMs,
        n: differencesMs.length,
      },
      ...{ deltaMs: middle, lowMs: middle, highMs: middle, floorMs: 0.1, outcome: 'slower' as const },
    };
  });
  return source(names.join('+'), [], { bench, overhead });
}

const refuse = (...sources: readonly Source[]): HarnessError => refusalOf(() => refuseNothing(compareRuns(sources)));

const refusalOf = (act: () => unknown): HarnessError => {
  try {
    act();
  } catch (error) {
    assert(error instanceof HarnessError, String(error));
    assert.equal(error.exitCode, EXIT.badInput);
    return error;
  }
  assert.fail('must be refused');
};

const rowsOf = ({ verdicts }: Comparison): readonly string[] =>
  verdicts.map(
    ({ id, cells }) => `${id} ${cells.map(({ verdict = 'not run', variant = '' }) => verdict + variant).join(' ')}`,
  );

describe('compare: verdicts', () => {
  it('puts what differs first, readings of the text beside each other', () => {
    const a = source('a', [pass('ACC-01'), pass('ACC-02'), reading('ACC-21', 'yes')]);
    const b = source('b', [pass('ACC-01'), fail('ACC-02'), reading('ACC-21', 'no')]);
    assert.deepEqual(rowsOf(compareRuns([a, b])), [
      'ACC-02 pass fail',
      'ACC-21 recordedyes recordedno',
      'ACC-01 pass pass',
    ]);
  });

  it('counts how a mesh could be told', () => {
    const cases = [
      pass('ACC-01'),
      reading('ACC-21', 'x'),
      caseOf('SPC-01', { verdict: 'unsupported', fidelity: 'unsupported' }),
    ];
    const { portability } = compareRuns([source('a', cases), source('b', cases)]);
    assert.deepEqual(portability[0], { run: 'a 1.2.3', cases: 3, native: 1, exact: 1, lossy: 0, unsupported: 1 });
  });

  it('tells runs of one mesh apart', () => {
    const labels = (...sources: readonly Source[]): readonly string[] =>
      compareRuns(sources).runs.map(({ label }) => label);
    const one = [pass('ACC-01')];
    const environment = { ...sampleReport().environment, name: 'kind' };
    assert.deepEqual(labels(source('a', one), source('b', one)), ['a 1.2.3', 'b 1.2.3']);
    const [here, there] = labels(source('a', one), source('a', one, { environment }));
    assert.ok(here !== there && there?.endsWith('in kind'), there);
    const twins = labels(source('a', one), source('a', one));
    assert.match(twins.join(), /\(run-\d+\).*\(run-\d+\)/);
  });

  it('refuses what was not made alike, and names the field', () => {
    const one = [pass('ACC-01')];
    const a = source('a', one);
    const other = (run: Partial<Report['run']>): Source => {
      const made = source('b', one);
      return { ...made, report: { ...made.report, run: { ...made.report.run, ...run } } };
    };
    const error = refuse(a, other({ profile: 'smoke' }));
    assert.equal(error.code, 'E_NOT_ALIKE');
    assert.match(error.message, /run\.profile is \w+ \(a 1\.2\.3\), smoke \(b 1\.2\.3\)/);
    assert.match(refuse(a, source('b', one, { harness: { version: '9', commit: '' } })).message, /harness\.version/);
    const message = refuse(a, source('b', [...one, pass('ACC-09')])).message;
    assert.match(message, /cases is 1 cases.*2 cases, not everywhere: ACC-09/);
  });

  it('refuses the same run twice, and folders with nothing in common', () => {
    const a = source('a', [pass('ACC-01')]);
    assert.equal(refuse(a, { ...a, dir: 'copy' }).code, 'E_RUN_TWICE');
    assert.equal(refuse(source('a', []), source('b', [])).code, 'E_NOT_ALIKE');
  });
});

describe('compare: figures', () => {
  const fast = [100, 101, 102, 103, 104, 105, 106, 107];
  const slow = fast.map((ms) => ms + 50);

  it('tells what is more than chance, with the difference and its interval', () => {
    const { convergence } = compareRuns([converged('a', fast), converged('b', slow)]);
    const [pair] = convergence[0]?.pairs ?? [];
    assert.deepEqual([pair?.run, pair?.against, pair?.outcome, pair?.shiftMs], ['b 1.2.3', 'a 1.2.3', 'slower', 50]);
    assert.ok((pair?.lowMs ?? 0) > 40 && (pair?.highMs ?? 0) < 60);
    assert.ok((pair?.adjustedPValue ?? 1) < 0.001);
  });

  it('claims nothing of what chance would do, nor below the floor of the instrument', () => {
    const twins = compareRuns([converged('a', fast), converged('b', [...fast].reverse())]);
    assert.equal(twins.convergence[0]?.pairs[0]?.outcome, 'no difference shown');
    const close = compareRuns([
      converged('a', [1, 1.01, 1.02, 1.03, 1.04, 1.05]),
      converged('b', [1.2, 1.21, 1.22, 1.23, 1.24, 1.25]),
    ]);
    assert.match(close.convergence[0]?.pairs[0]?.reason ?? '', /noise floor/);
  });

  it('takes changes that never came as the slowest', () => {
    const { convergence } = compareRuns([
      converged('a', fast),
      converged(
        'b',
        fast.map(() => Infinity),
      ),
    ]);
    const [pair] = convergence[0]?.pairs ?? [];
    assert.equal(pair?.outcome, 'slower');
    assert.equal(pair?.shiftMs, undefined);
    assert.match(convergence[0]?.figures[1]?.note ?? '', /8 of 8 never/);
  });

  it('takes more of what never came as slower, though both medians are never', () => {
    const some = [100, 101, Infinity, Infinity, Infinity, Infinity, Infinity, Infinity, 102, 103, 104, 105, Infinity];
    const none = some.map(() => Infinity);
    const { convergence } = compareRuns([converged('a', some), converged('b', none)]);
    assert.equal(convergence[0]?.pairs[0]?.outcome, 'slower');
  });

  it('says when there are too few values to show anything', () => {
    const { convergence } = compareRuns([converged('a', [1, 2, 3]), converged('b', [101, 102, 103])]);
    assert.equal(convergence[0]?.pairs[0]?.outcome, 'too few values');
    assert.equal(
      gateOf(compareRuns([converged('b', [101, 102, 103])], converged('a', [1, 2, 3]))).code,
      EXIT.inconclusive,
    );
  });

  it('holds each mesh of a benchmark against the same of the baseline', () => {
    const before = benched({ a: fast, b: slow });
    const same = compareRuns([benched({ a: fast, b: slow })], before);
    assert.deepEqual(
      same.overhead[0]?.pairs.map(({ outcome }) => outcome),
      ['no difference shown', 'no difference shown'],
    );
    const worse = compareRuns([benched({ a: slow, b: slow })], before);
    assert.deepEqual(
      worse.regressions?.map(({ what }) => what),
      ['overhead p50'],
    );
    const part = compareRuns([benched({ b: slow })], before);
    assert.deepEqual(
      part.overhead[0]?.pairs.map(({ outcome }) => outcome),
      ['no difference shown'],
    );
  });

  it('compares no load with another', () => {
    const other = benched({ a: fast }, { generator: 'k6 1.8.1' });
    assert.deepEqual(
      compareRuns([benched({ a: fast }), other]).refused.map(({ field }) => field),
      ['generator'],
    );
  });

  it('corrects for every comparison that it shows', () => {
    const three = compareRuns([
      converged('a', fast),
      converged('b', slow),
      converged(
        'c',
        slow.map((ms) => ms + 50),
      ),
    ]);
    const pairs = three.convergence[0]?.pairs ?? [];
    assert.equal(pairs.length, 3);
    assert.ok(pairs.every(({ pValue, adjustedPValue }) => adjustedPValue >= pValue));
    const many = Array.from({ length: 9 }, (_, index) => converged(`m${index}`, fast));
    const { convergence, notes } = compareRuns(many);
    assert.equal(convergence[0]?.pairs.length, 8, 'each with the first');
    assert.match(notes.join(), /compared with the first only/);
  });

  it('leaves out what was measured on another machine, and goes on with the rest', () => {
    const cases = [pass('ACC-01')];
    const environment = { ...sampleReport().environment, cpus: 64 };
    const there = { ...converged('b', slow, { environment }) };
    const both = compareRuns([source('a', cases), source('b', cases), converged('c', fast), there]);
    assert.equal(both.convergence.length, 0);
    assert.equal(both.verdicts.length, 1);
    assert.deepEqual(
      both.refused.map(({ part, field }) => `${part} ${field}`),
      ['convergence environment.cpus'],
    );
  });
});

describe('compare: a baseline', () => {
  const before = (): Source => source('a', [pass('ACC-01'), fail('ACC-02'), pass('ACC-03')]);

  it('tells exactly what became worse and what better', () => {
    const now = source('a', [fail('ACC-01'), pass('ACC-02'), pass('ACC-03')]);
    const comparison = compareRuns([now], before());
    assert.deepEqual(
      comparison.regressions?.map(({ what, was, is }) => [what.slice(0, 6), was, is]),
      [['ACC-01', 'pass', 'fail: it let everybody in']],
    );
    assert.deepEqual(
      comparison.improvements?.map(({ what }) => what.slice(0, 6)),
      ['ACC-02'],
    );
    assert.equal(gateOf(comparison).code, EXIT.violated);
  });

  it('passes on the same verdicts, and never on what it could not compare', () => {
    const same = source('a', [pass('ACC-01'), fail('ACC-02'), pass('ACC-03')]);
    assert.equal(gateOf(compareRuns([same], before())).code, EXIT.conformant);
    const fast = [1, 2, 3, 4, 5, 6];
    const environment = { ...sampleReport().environment, cpus: 64 };
    const unlike = compareRuns([same, converged('b', fast), converged('c', fast, { environment })], before());
    assert.equal(gateOf(unlike).code, EXIT.inconclusive);
  });

  it('does not pass over a run that judged nothing', () => {
    const crashed = source('a', [], { exit: { code: 3, reason: 'the cluster died' } });
    const { code, reason } = gateOf(compareRuns([crashed], before()));
    assert.equal(code, EXIT.inconclusive);
    assert.match(reason, /no verdict of a .*the cluster died/);
  });

  it('does not take trouble for a regression, nor what is expected', () => {
    const unsure = source('a', [
      caseOf('ACC-01', { verdict: 'inconclusive', reason: 'too slow' }),
      fail('ACC-02'),
      pass('ACC-03'),
    ]);
    const { code, reason } = gateOf(compareRuns([unsure], before()));
    assert.equal(code, EXIT.inconclusive);
    assert.match(reason, /ACC-01 is inconclusive/);
    const listed = {
      case: 'ACC-01',
      verdict: 'fail',
      what: 'lets in',
      evidence: 'seen',
      version: '1',
      state: 'seen',
    } as const;
    const borne = { deviations: { listed: [listed], unlisted: [], accepted: true } };
    const now = [fail('ACC-01'), fail('ACC-02'), pass('ACC-03')];
    assert.equal(gateOf(compareRuns([source('a', now, borne)], before())).code, EXIT.conformant);
    const refused = { deviations: { ...borne.deviations, accepted: false } };
    assert.equal(gateOf(compareRuns([source('a', now, refused)], before())).code, EXIT.violated);
  });

  it('is of no use when it was not made alike', () => {
    const old = before();
    const other = { ...old, report: { ...old.report, harness: { version: '9', commit: '' } } };
    const { code, reason } = gateOf(compareRuns([source('a', [pass('ACC-01')])], other));
    assert.equal(code, EXIT.inconclusive);
    assert.match(reason, /harness\.version/);
  });

  it('needs evidence for a figure', () => {
    const base = converged('a', [100, 101, 102, 103, 104, 105, 106, 107]);
    const noisy = converged('a', [100, 99, 104, 103, 140, 101, 106, 102]);
    assert.equal(gateOf(compareRuns([noisy], base)).code, EXIT.conformant);
    const worse = converged('a', [200, 201, 202, 203, 204, 205, 206, 207]);
    const { regressions } = compareRuns([worse], base);
    assert.match(regressions?.[0]?.is ?? '', /slower, p = /);
  });
});

describe('compare: formats', () => {
  const cases = [pass('ACC-01'), fail('ACC-02'), caseOf('ACC-03', { verdict: 'pass', title: HOSTILE })];
  const comparison = compareRuns([source('a', cases), source('b', [pass('ACC-01'), pass('ACC-02'), fail('ACC-03')])]);

  it('say the same in each', () => {
    for (const format of ['text', 'md', 'html', 'json']) {
      const text = renderComparison(format, comparison, 100);
      for (const word of ['ACC-02', 'a 1.2.3', 'b 1.2.3', 'pass', 'fail'])
        assert.ok(text.includes(word), `${format}: ${word}`);
      assert.equal(text, renderComparison(format, comparison, 100), 'byte-stable');
    }
    assert.equal(refusalOf(() => renderComparison('pdf', comparison, 100)).code, 'E_REPORT_FORMAT');
  });

  it('load nothing, and let no words become markup', () => {
    const html = renderComparison('html', comparison, 100);
    assert.doesNotMatch(html, /(?:src|href)="(?!#)/);
    assert.doesNotMatch(html, /<script>alert/);
  });

  it('fit a narrow terminal', () => {
    const lines = renderComparison('text', comparison, 60).split('\n');
    assert.ok(lines.filter((line) => line.startsWith('  ACC')).every((line) => line.length <= 60));
  });
});
