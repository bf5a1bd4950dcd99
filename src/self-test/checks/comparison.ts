/** The comparison of arms itself: nothing must be found between equals, and what was added must be found as it is. */
import type { ArmName } from '../../bench/arms.js';
import { BASELINE, TWIN } from '../../bench/arms.js';
import { compareArm, isWithheld, judgeComparisons, type Comparison, type Judged } from '../../bench/compare.js';
import type { SliceRecord } from '../../bench/records.js';
import { makeSchedule } from '../../bench/schedule.js';
import { covers, exactly, near, type Check } from '../check.js';
import { measureRep } from '../repetition.js';
import type { Stand, Target } from '../stand.js';

/** As few as can tell a winner at 5 % after the correction for eight comparisons. */
const REPS = 10;
const SECONDS_EACH = 3;
const SEED = 5;

const INJECTED_MS = 0.2;
/** Holds the server that works longer; the name is that of an arm, because arms are what is compared. */
const SLOWED: ArmName = 'server-only';

/** The same server by another agent (A/A), and one that works 0.2 ms longer on each request, against the first. */
export async function checkComparison(stand: Stand): Promise<Check[]> {
  const plain = await stand.serve({ kind: 'instant' });
  const slowed = await stand.serve({ kind: 'busy', ms: INJECTED_MS });
  const targets = new Map<ArmName, Target>([
    [BASELINE.name, plain],
    [TWIN.name, plain],
    [SLOWED, slowed],
  ]);
  const slices: SliceRecord[] = [];
  for (let rep = 0; rep < REPS; rep++) {
    const schedule = makeSchedule([TWIN.name, SLOWED], SECONDS_EACH, SEED + rep);
    slices.push(...(await measureRep(stand, targets, schedule, { rep, seed: SEED })));
  }
  return judge(slices);
}

function judge(slices: readonly SliceRecord[]): Check[] {
  const compared = [TWIN.name, SLOWED].flatMap((arm) => compareArm('self-test', arm, slices));
  const { judged } = judgeComparisons(
    compared.filter((one): one is Comparison => !isWithheld(one)),
    SEED,
  );
  const withheld = compared.length - judged.length;
  const middle = judged.find(({ arm, quantile }) => arm === SLOWED && quantile.name === 'p50');
  const twins = judged.filter(({ arm }) => arm === TWIN.name);
  const winner = { name: 'A/A, quantiles with a winner', unit: 'verdict', truth: 0 } as const;
  const injected = { truth: INJECTED_MS, reading: middle?.deltaMs ?? NaN, unit: 'ms' } as const;
  return [
    // Withheld for causes that lie outside: only a busy machine can be at fault.
    {
      ...exactly({ name: 'comparisons withheld by a gate', unit: 'verdict', truth: 0, reading: withheld }),
      depends: 'machine',
    },
    twins.length === 0
      ? { ...exactly({ ...winner, reading: NaN }), depends: 'machine' }
      : exactly({ ...winner, reading: twins.filter(({ outcome }) => isWinner(outcome)).length }),
    near({ name: `${INJECTED_MS} ms added, p50 of the difference`, ...injected }, 0.05),
    covers(`${INJECTED_MS} ms added, confidence interval`, INJECTED_MS, middle?.interval ?? { low: NaN, high: NaN }),
    {
      ...exactly({
        name: `${INJECTED_MS} ms added, found slower`,
        unit: 'verdict',
        truth: 1,
        reading: Number(middle?.outcome === 'slower'),
      }),
      depends: 'machine',
    },
  ];
}

export function isWinner(outcome: Judged['outcome']): boolean {
  return outcome === 'slower' || outcome === 'faster';
}
