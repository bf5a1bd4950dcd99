/** What a run will do, decided from flags and configuration before anything starts. */
import { CASES } from '../../suites/index.js';
import { PROFILES, type CaseRecord, type ProfileName } from '../cases/case.js';
import type { Config } from '../config/config.js';
import { badInput } from '../errors/harness-error.js';
import { selectCases } from '../run/plan.js';
import { checkReporter } from '../run/mocha.js';
import { makeMeshPlan, type MeshFlags, type MeshPlan } from './mesh-plan.js';

export interface RunFlags extends MeshFlags {
  readonly profile?: string;
  readonly case?: string[];
  readonly grep?: string;
  readonly lanes?: number;
  readonly reporter?: string;
  readonly acceptDeviations?: boolean;
}

/** Everything decided before anything starts: all mistakes of the user are found here. */
export interface RunPlan extends MeshPlan {
  /** Known deviations do not decide the exit code. */
  readonly acceptDeviations: boolean;
  readonly profile: ProfileName;
  readonly cases: readonly CaseRecord[];
  readonly lanes: number;
}

const DEFAULT_LANES = 2;

export async function makePlan(flags: RunFlags, config: Config): Promise<RunPlan> {
  const profile = readProfile(flags.profile ?? config.profile ?? 'core');
  if (flags.reporter !== undefined) checkReporter(flags.reporter);
  const cases = selectCases(CASES, {
    profile,
    cases: flags.case ?? config.cases ?? [],
    ...(flags.grep === undefined ? {} : { grep: flags.grep }),
  });
  return {
    ...(await makeMeshPlan(flags, config)),
    acceptDeviations: flags.acceptDeviations === true,
    profile,
    cases,
    lanes: Math.max(1, flags.lanes ?? config.lanes ?? DEFAULT_LANES),
  };
}

function readProfile(name: string): ProfileName {
  const profile = PROFILES.find((known) => known === name);
  if (profile === undefined)
    throw badInput('E_UNKNOWN_PROFILE', `no profile is called "${name}"`, `known profiles: ${PROFILES.join(', ')}`);
  return profile;
}
