/** The self-test as a whole: which checks there are, and what a miss means. */
import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { RunRegistration } from '../environments/local/run-state.js';
import { badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import type { Check } from './check.js';
import { checkClosedPort, checkClosing, checkMerge } from './checks/accounting.js';
import { checkComparison } from './checks/comparison.js';
import { checkDesign, checkTrials } from './checks/design.js';
import { checkDelay, checkPacing, checkStall } from './checks/latency.js';
import { checkConvergence, checkGlitches } from './checks/probing.js';
import { checkSplits } from './checks/split.js';
import { Stand } from './stand.js';

/** Above these the machine, not the instrument, may be at fault. */
const QUIET = { sendLagMs: 1, foreignShare: 0.1, stealShare: 0.02 } as const;

export interface Result {
  /** Name of the group, as `--only` takes it. */
  readonly group: string;
  readonly seconds: number;
  readonly checks: readonly Check[];
  /** What the machine did besides, in words; empty: it was quiet. */
  readonly disturbances: readonly string[];
}

export interface SelfTestOptions {
  readonly envoyPath: () => Promise<string>;
  readonly only?: readonly string[];
  readonly onResult?: (result: Result) => void;
}

type Run = (stand: Stand) => Promise<Check[]>;

/** In the order of their cost. */
function composeGroups(envoyPath: () => Promise<string>): Readonly<Record<string, Run>> {
  return {
    merge: () => checkMerge(),
    'closed-port': checkClosedPort,
    closing: checkClosing,
    delay: checkDelay,
    pacing: checkPacing,
    stall: checkStall,
    glitches: checkGlitches,
    convergence: async (stand) => checkConvergence(stand, await envoyPath()),
    splits: checkSplits,
    comparison: checkComparison,
    design: async (stand) => checkDesign(stand, await envoyPath()),
    trials: checkTrials,
  };
}

/** Take minutes each: only by name. */
const LONG = ['design', 'trials'];

export const GROUPS: readonly string[] = Object.keys(composeGroups(() => Promise.reject(new Error('not asked for'))));

/** @throws HarnessError E_OPTION for a group that does not exist */
export async function runSelfTest(
  registration: Pick<RunRegistration, 'runId' | 'runDir'>,
  options: SelfTestOptions,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  const chosen = options.only ?? GROUPS.filter((name) => !LONG.includes(name));
  const unknown = chosen.filter((name) => !GROUPS.includes(name));
  if (unknown.length > 0)
    throw badInput('E_OPTION', `no self-test is called ${unknown.join(', ')}`, `there are ${GROUPS.join(', ')}`);
  const groups = composeGroups(options.envoyPath);
  const results: Result[] = [];
  for (const [group, run] of Object.entries(groups)) {
    if (!chosen.includes(group)) continue;
    signal.throwIfAborted();
    // Anew for each group: what one server leaves behind must not load the machine of the next.
    const runDir = join(registration.runDir, group);
    await mkdir(runDir, { mode: 0o700 });
    await using stand = new Stand({ runId: registration.runId, runDir }, signal);
    const result = await runGroup(group, run, stand);
    results.push(result);
    options.onResult?.(result);
  }
  return results;
}

async function runGroup(group: string, run: Run, stand: Stand): Promise<Result> {
  const before = stand.sample();
  const started = performance.now();
  const checks = await run(stand);
  const seconds = (performance.now() - started) / 1_000;
  return { group, seconds, checks, disturbances: findDisturbances(stand, before, seconds) };
}

function findDisturbances(stand: Stand, before: ReturnType<Stand['sample']>, seconds: number): readonly string[] {
  const found: string[] = [];
  const lag = Math.max(0, ...stand.sendLagsMs);
  if (lag > QUIET.sendLagMs)
    found.push(`the generator was late by ${lag.toFixed(1)} ms (p99; more than ${QUIET.sendLagMs})`);
  const after = stand.sample();
  if (before === undefined || after === undefined) return found;
  const capacityMs = seconds * 1_000 * cpus().length;
  // A process that was started meanwhile has used nothing before.
  const ownMs = [...after.own].reduce((sum, [pid, ms]) => sum + ms - (before.own.get(pid) ?? 0), 0);
  const foreign = (after.busyMs - before.busyMs - ownMs) / capacityMs;
  const steal = (after.stealMs - before.stealMs) / capacityMs;
  const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;
  if (foreign > QUIET.foreignShare) found.push(`other programs used ${percent(foreign)} of the processors`);
  if (steal > QUIET.stealShare) found.push(`the hypervisor took ${percent(steal)} of the processors`);
  return found;
}

/**
 * 0: every goal was met. 2: goals were missed that a busy machine can make one miss, on a machine that was busy: nothing can be said.
 * 3: a goal was missed on a quiet machine, or one that no machine excuses. That is no verdict about a mesh (1), it is a harness
 * whose figures nobody should use here.
 */
export function judgeSelfTest(results: readonly Result[]): ExitCode {
  const missed = results.flatMap(({ checks, disturbances }) =>
    checks.filter(({ ok }) => !ok).map(({ depends }) => depends === 'machine' && disturbances.length > 0),
  );
  if (missed.length === 0) return EXIT.conformant;
  return missed.every((isExcused) => isExcused) ? EXIT.inconclusive : EXIT.harness;
}
