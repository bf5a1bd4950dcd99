/** What a run will do, decided from flags and configuration before anything starts. */
import { CASES } from '../../suites/index.js';
import { AREAS, CLASSES, PROFILES, type CaseRecord, type ProfileName } from '../cases/case.js';
import type { Config } from '../config/config.js';
import { badInput } from '../errors/harness-error.js';
import type { Deviation, MeshDriver } from '../mesh/driver.js';
import { selectCases } from '../run/plan.js';
import { checkReporter } from '../run/mocha.js';
import { makeMeshPlan, type MeshFlags, type MeshPlan } from './mesh-plan.js';

export interface RunFlags extends MeshFlags {
  readonly profile?: string;
  readonly case?: string[];
  readonly area?: string[];
  readonly class?: string[];
  readonly grep?: string;
  readonly lanes?: number;
  readonly reporter?: string;
  readonly acceptDeviations?: boolean;
}

/** Everything decided before anything starts: all mistakes of the user are found here. */
export interface RunPlan extends MeshPlan {
  /** Known deviations do not decide the exit code. */
  readonly acceptDeviations: boolean;
  /** Set beside what the run finds; absent: nobody keeps a list. */
  readonly known?: readonly Deviation[];
  readonly profile: ProfileName;
  readonly cases: readonly CaseRecord[];
  readonly lanes: number;
}

const DEFAULT_LANES = 2;

export async function makePlan(flags: RunFlags, config: Config): Promise<RunPlan> {
  const profile = readName('profile', PROFILES, flags.profile ?? config.profile ?? 'core');
  if (flags.reporter !== undefined) checkReporter(flags.reporter);
  const cases = selectCases(CASES, {
    profile,
    cases: flags.case ?? config.cases ?? [],
    ...(flags.area === undefined ? {} : { areas: flags.area.map((name) => readName('area', AREAS, name)) }),
    ...(flags.class === undefined ? {} : { classes: flags.class.map((name) => readName('class', CLASSES, name)) }),
    ...(flags.grep === undefined ? {} : { grep: flags.grep }),
  });
  const plan = await makeMeshPlan(flags, config);
  return {
    ...plan,
    ...readDeviations(plan.driver, flags, config),
    profile,
    cases,
    lanes: Math.max(1, flags.lanes ?? config.lanes ?? DEFAULT_LANES),
  };
}

/**
 * What the configuration expects is borne without more ado, and it alone; the list that comes with the driver is borne only when that
 * is asked for.
 */
function readDeviations(
  driver: MeshDriver,
  flags: RunFlags,
  config: Config,
): Pick<RunPlan, 'acceptDeviations' | 'known'> {
  const unknown = (config.deviations ?? []).find((one) => !CASES.some(({ id }) => id === one.case));
  if (unknown !== undefined)
    throw badInput(
      'E_UNKNOWN_CASE',
      `deviations name ${unknown.case}, which is no case`,
      '"meshgauge explain" lists them all',
    );
  const expected = (config.deviations ?? [])
    .filter(({ mesh = driver.name }) => mesh === driver.name)
    .map((one): Deviation => ({
      case: one.case,
      verdict: one.verdict,
      what: one.reason,
      evidence: `expected by the configuration until ${one.until}`,
      version: driver.versions.mesh,
    }));
  const listed = driver.deviations?.();
  if (flags.acceptDeviations === true || config.acceptDeviations === true) {
    const ids = new Set(expected.map((one) => one.case));
    const others = (listed ?? []).filter((one) => !ids.has(one.case));
    return { acceptDeviations: true, known: [...expected, ...others] };
  }
  if (expected.length > 0) return { acceptDeviations: true, known: expected };
  return { acceptDeviations: false, ...(listed === undefined ? {} : { known: listed }) };
}

/** Letter case does not matter. */
function readName<T extends string>(what: 'profile' | 'area' | 'class', known: readonly T[], name: string): T {
  const found = known.find((one) => one.toLowerCase() === name.toLowerCase());
  if (found === undefined)
    throw badInput(UNKNOWN[what], `no ${what} is called "${name}"`, `known: ${known.join(', ')}`);
  return found;
}

const UNKNOWN = { profile: 'E_UNKNOWN_PROFILE', area: 'E_UNKNOWN_AREA', class: 'E_UNKNOWN_CLASS' } as const;
