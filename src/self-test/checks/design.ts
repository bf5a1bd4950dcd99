/**
 * Whether the design of a comparison is worth its trouble: how far estimates of the same overhead lie apart, beside those of two
 * blocks one after the other, and how often two equal arms get a winner.
 */
import { BASELINE, TWIN, type ArmName } from '../../bench/arms.js';
import { compareArm, isWithheld, judgeComparisons, type Comparison } from '../../bench/compare.js';
import type { SliceRecord } from '../../bench/records.js';
import { makeBlocks, makeSchedule } from '../../bench/schedule.js';
import { atMost, exactly, type Check } from '../check.js';
import { findClosedPort } from '../closed-port.js';
import { hopSidecar } from '../envoy-hop.js';
import { measureRep } from '../repetition.js';
import type { Stand, Target } from '../stand.js';
import { isWinner } from './comparison.js';

const REPS = 12;
const SECONDS = 6;
const SEED = 17;
const PROXIED: ArmName = 'both';

/** Direct against two Envoys in a row: each repetition is estimated by both designs, from as many seconds each. */
export async function checkDesign(stand: Stand, envoyPath: string): Promise<Check[]> {
  const server = await stand.serve({ kind: 'instant' });
  const inner = await findClosedPort();
  const outer = await findClosedPort();
  await stand.pod('proxies', (pod) => [
    hopSidecar(envoyPath, pod, { name: 'inner', listen: inner, to: server }),
    hopSidecar(envoyPath, pod, { name: 'outer', listen: outer, to: inner }),
  ]);
  const targets = new Map<ArmName, Target>([
    [BASELINE.name, server],
    [PROXIED, outer],
  ]);
  const slices: SliceRecord[] = [];
  const blocks: SliceRecord[][] = [];
  for (let rep = 0; rep < REPS; rep++) {
    const options = { rep, seed: SEED };
    blocks.push([...(await measureRep(stand, targets, makeBlocks(PROXIED, SECONDS), options))]);
    slices.push(...(await measureRep(stand, targets, makeSchedule([PROXIED], SECONDS, SEED + rep), options)));
  }
  const own = compareArm('self-test', PROXIED, slices);
  const differencesOf = (name: string): readonly number[] =>
    own.flatMap((one) => (isWithheld(one) || one.quantile.name !== name ? [] : [...one.differences]));
  const beside = (name: string): number =>
    deviation(differencesOf(name)) / deviation(blocks.map((block) => blockDifference(block, name)));
  const wrong = differencesOf('p99').filter((difference) => difference < 0).length;
  const signs = { name: 'overhead p99, repetitions with the wrong sign', unit: 'verdict', truth: 0 } as const;
  return [
    atMost(
      { name: 'overhead p90, deviation beside the sequential design', unit: 'share', reading: beside('p90') },
      0.2,
    ),
    atMost(
      { name: 'overhead p99, deviation beside the sequential design', unit: 'share', reading: beside('p99') },
      0.1,
    ),
    { ...exactly({ ...signs, reading: differencesOf('p99').length === 0 ? NaN : wrong }), depends: 'machine' },
  ];
}

const TRIALS = 20;
/** As few as can tell a winner at 5 % after the correction for four quantiles. */
const TRIAL_REPS = 8;
const TRIAL_SECONDS = 3;

/** The same server by two agents, again and again: a winner is a false one. */
export async function checkTrials(stand: Stand): Promise<Check[]> {
  const server = await stand.serve({ kind: 'instant' });
  const targets = new Map<ArmName, Target>([
    [BASELINE.name, server],
    [TWIN.name, server],
  ]);
  let judgedTrials = 0;
  let won = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const slices: SliceRecord[] = [];
    for (let rep = 0; rep < TRIAL_REPS; rep++) {
      const seed = SEED + trial * TRIAL_REPS;
      const schedule = makeSchedule([TWIN.name], TRIAL_SECONDS, seed + rep);
      slices.push(...(await measureRep(stand, targets, schedule, { rep, seed })));
    }
    const compared = compareArm('self-test', TWIN.name, slices);
    const { judged } = judgeComparisons(
      compared.filter((one): one is Comparison => !isWithheld(one)),
      SEED,
    );
    if (judged.length > 0) judgedTrials += 1;
    if (judged.some(({ outcome }) => isWinner(outcome))) won += 1;
  }
  return [
    {
      ...exactly({ name: 'A/A trials that could be judged', unit: 'verdict', truth: TRIALS, reading: judgedTrials }),
      depends: 'machine',
    },
    {
      ...atMost({ name: `A/A trials with a winner, of ${TRIALS}`, unit: 'verdict', reading: won }, 1),
      depends: 'nothing',
    },
  ];
}

function blockDifference(block: readonly SliceRecord[], quantile: string): number {
  const read = (wanted: ArmName): number => block.find(({ arm }) => arm === wanted)?.quantilesMs[quantile] ?? NaN;
  return read(PROXIED) - read(BASELINE.name);
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
