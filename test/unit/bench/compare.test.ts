import assert from 'node:assert/strict';
import { createSeededRandom } from '../../../fixtures/agent/seeded-random.js';
import { TWIN, type ArmName } from '../../../src/bench/arms.js';
import {
  compareArm,
  decide,
  isWithheld,
  judgeComparisons,
  type Comparison,
  type Judged,
  type Withheld,
} from '../../../src/bench/compare.js';
import { QUANTILES, type MeasuredQuantile } from '../../../src/bench/quantiles.js';
import type { SliceRecord } from '../../../src/bench/records.js';
import { QUIET, runExperiment } from './slices.js';

const ARMS: readonly ArmName[] = [TWIN.name, 'both'];

function judge(slices: readonly SliceRecord[]): { judged: readonly Judged[]; withheld: readonly Withheld[] } {
  const compared = ARMS.flatMap((arm) => compareArm('mesh', arm, slices));
  const { judged, withheld } = judgeComparisons(
    compared.flatMap((one) => (isWithheld(one) ? [] : [one])),
    1,
  );
  return { judged, withheld: [...compared.filter(isWithheld), ...withheld] };
}

/** Latencies around 1 ms; the arm `both` is late by what is given. */
function noisy(seed: number, extraMs: number): (arm: ArmName) => number {
  const random = createSeededRandom(seed);
  return (arm) => 0.9 + 0.2 * random() + (arm === 'both' ? extraMs : 0);
}

const of = (judged: readonly Judged[], arm: ArmName, quantile: string): Judged => {
  const found = judged.find((one) => one.arm === arm && one.quantile.name === quantile);
  assert.ok(found);
  return found;
};

describe('bench: comparisons', () => {
  it('find an arm that is slower, by as much as it is, and its twin not', () => {
    const { judged, withheld } = judge(runExperiment({ reps: 12, comparisons: ARMS, latencyMs: noisy(1, 0.5) }));
    assert.deepEqual(withheld, []);
    for (const quantile of ['p50', 'p90', 'p95', 'p99']) {
      const both = of(judged, 'both', quantile);
      assert.equal(both.outcome, 'slower', both.reason);
      assert.ok(Math.abs(both.deltaMs - 0.5) < 0.05, `${quantile}: ${both.deltaMs}`);
      assert.ok(both.interval.low <= both.deltaMs && both.deltaMs <= both.interval.high);
      assert.equal(of(judged, TWIN.name, quantile).outcome, 'equivalent');
    }
    assert.equal(of(judged, 'both', 'p50').differences.length, 12);
    assert.equal(of(judged, 'both', 'p50').pairs.planned, 12 * 4);
  });

  it('find an arm that is faster', () => {
    const { judged } = judge(runExperiment({ reps: 12, comparisons: ARMS, latencyMs: noisy(2, -0.5) }));
    assert.equal(of(judged, 'both', 'p50').outcome, 'faster');
  });

  it('call no winner below the noise floor, however often the sign is the same', () => {
    const wobble = createSeededRandom(3);
    const byRep = Array.from({ length: 12 }, () => wobble() * 4);
    const latencyMs = (arm: ArmName, rep: number): number =>
      5 + (arm === TWIN.name ? (byRep[rep] ?? 0) : arm === 'both' ? 0.3 : 0);
    const { judged } = judge(runExperiment({ reps: 12, comparisons: ARMS, latencyMs }));
    const both = of(judged, 'both', 'p50');
    assert.ok(both.pValue < 0.001 && both.deltaMs < both.floorMs);
    assert.equal(both.outcome, 'equivalent');
    assert.notEqual(of(judged, TWIN.name, 'p50').outcome, 'equivalent');
  });

  it('stay inconclusive with too few repetitions, and say how few', () => {
    const { judged } = judge(runExperiment({ reps: 3, comparisons: ARMS, latencyMs: noisy(4, 0.5) }));
    const both = of(judged, 'both', 'p50');
    assert.equal(both.outcome, 'inconclusive');
    assert.match(both.reason, /3 repetitions .* 75 %: 6 are needed/);
  });

  it('tell no number when most slices are invalid, and say why', () => {
    const hostOf = (_arm: ArmName, rep: number) => (rep < 8 ? { ...QUIET, foreign: 0.5 } : QUIET);
    const { judged, withheld } = judge(
      runExperiment({ reps: 12, comparisons: ARMS, latencyMs: noisy(5, 0.5), hostOf }),
    );
    assert.deepEqual(judged, []);
    assert.equal(withheld.length, 8);
    assert.match(withheld[0]?.reason ?? '', /only 16 of 48 pairs are valid: foreign-cpu \d+×/);
  });

  it('leave out spoilt pairs only, not their repetition', () => {
    const slices = runExperiment({
      reps: 8,
      comparisons: ARMS,
      latencyMs: noisy(6, 0.5),
      hostOf: (arm, _rep, slot) => (arm === 'both' && slot.name.endsWith('.1') ? { ...QUIET, steal: 0.5 } : QUIET),
    });
    const both = of(judge(slices).judged, 'both', 'p50');
    assert.ok(both.pairs.valid < both.pairs.planned);
    assert.equal(both.differences.length, 8);
  });

  it('tell no quantile that stands on fewer than ten values beyond it', () => {
    const { withheld, judged } = judge(
      runExperiment({ reps: 6, comparisons: ARMS, count: 20, latencyMs: noisy(7, 0.5) }),
    );
    assert.ok(withheld.every(({ quantile }) => quantile === 'p99'));
    assert.ok(withheld.length === 2 && judged.length === 6);
  });

  it('tell nothing at all without a twin', () => {
    const slices = runExperiment({ reps: 6, comparisons: ['both'], latencyMs: noisy(8, 0.5) });
    const compared = compareArm('mesh', 'both', slices).flatMap((one) => (isWithheld(one) ? [] : [one]));
    const { judged, withheld } = judgeComparisons(compared, 1);
    assert.deepEqual(judged, []);
    assert.match(withheld[0]?.reason ?? '', /no noise floor/);
  });

  it('call a winner between equals in at most one of twenty trials', () => {
    const trials = Array.from({ length: 20 }, (_, trial) => {
      const random = createSeededRandom(trial);
      // Heavy tails, as the differences of busy machines have them.
      const draw = (): number => (random() - 0.5) / (0.05 + random());
      const equal = (arm: ArmName, quantile: MeasuredQuantile): Comparison => {
        const differences = Array.from({ length: 12 }, draw);
        const pairs = { valid: 12, planned: 12 };
        return {
          mesh: 'mesh',
          arm,
          quantile,
          differences,
          pairDifferences: differences,
          pairs,
          baselineMs: 1,
          armMs: 1,
        };
      };
      return judgeComparisons(
        ARMS.flatMap((arm) => QUANTILES.map((quantile) => equal(arm, quantile))),
        trial,
      ).judged.some(({ outcome }) => outcome === 'slower' || outcome === 'faster');
    });
    assert.ok(trials.filter(Boolean).length <= 1);
  });

  it('let chance decide nothing after the correction for many comparisons', () => {
    const differences = [0.5, 0.6, 0.4, 0.5, 0.7, 0.3];
    const facts = {
      deltaMs: 0.5,
      interval: { low: 0.3, high: 0.7, confidence: 0.97 },
      floorMs: 0.01,
      marginMs: 0.1,
    };
    assert.equal(decide(differences, { ...facts, adjustedP: 0.03 }).outcome, 'slower');
    assert.equal(decide(differences, { ...facts, adjustedP: 0.25 }).outcome, 'inconclusive');
    assert.match(decide(differences, { ...facts, adjustedP: 0.25 }).reason, /chance alone .* p = 0\.25/);
  });
});
