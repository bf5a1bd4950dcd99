/** From what was asked for to what will run: selection, what the mesh cannot say, lanes. Nothing random, nothing started yet. */
import picomatch from 'picomatch';
import { PROFILES, type Area, type CaseClass, type CaseRecord, type Need, type ProfileName } from '../cases/case.js';
import { badInput } from '../errors/harness-error.js';
import type { Capabilities } from '../mesh/driver.js';

/** Each part that is given leaves fewer cases. */
export interface Selection {
  readonly profile: ProfileName;
  /** Globs over case ids, whatever the profile; empty: all of the profile. */
  readonly cases: readonly string[];
  readonly areas?: readonly Area[];
  readonly classes?: readonly CaseClass[];
  /** Regular expression over `ID title`. */
  readonly grep?: string;
}

/** @throws HarnessError (bad input) for a pattern that matches nothing. */
export function selectCases(all: readonly CaseRecord[], selection: Selection): readonly CaseRecord[] {
  const { profile, cases: globs, areas, classes, grep } = selection;
  const matchesTitle = grep === undefined ? undefined : matchTitle(grep);
  const isWanted = (record: CaseRecord): boolean =>
    (areas?.includes(record.area) ?? true) &&
    (classes?.includes(record.class) ?? true) &&
    (matchesTitle?.(record) ?? true);
  const inProfile = all.filter(({ profiles }) => profiles.includes(profile));
  const chosen = (globs.length === 0 ? inProfile : matchIds(all, globs)).filter(isWanted);
  if (chosen.length > 0) return chosen;
  const wanted = [
    ...globs,
    ...(areas ?? []).map((area) => `--area ${area}`),
    ...(classes ?? []).map((tier) => `--class ${tier}`),
    ...(grep === undefined ? [] : [`--grep ${grep}`]),
  ].join(', ');
  const elsewhere =
    globs.length === 0
      ? PROFILES.filter((one) => all.some((record) => record.profiles.includes(one) && isWanted(record)))
      : [];
  throw badInput(
    'E_NO_CASES',
    `no case of profile ${profile}${wanted === '' ? '' : ` matches ${wanted}`}`,
    elsewhere.length === 0
      ? 'see the list with "meshgauge explain"'
      : `there are such cases in ${elsewhere.map((one) => `--profile ${one}`).join(', ')}`,
  );
}

function matchIds(all: readonly CaseRecord[], globs: readonly string[]): readonly CaseRecord[] {
  const unmatched = globs.filter((glob) => !all.some(({ id }) => picomatch.isMatch(id, glob, { nocase: true })));
  if (unmatched.length > 0) {
    throw badInput(
      'E_UNKNOWN_CASE',
      `no case is called ${unmatched.join(', ')}`,
      'case ids look like ACC-07; globs such as "SPL-*" work; "meshgauge explain" lists them all',
    );
  }
  return all.filter(({ id }) => globs.some((glob) => picomatch.isMatch(id, glob, { nocase: true })));
}

function matchTitle(grep: string): (record: CaseRecord) => boolean {
  try {
    const pattern = new RegExp(grep);
    return ({ id, title }) => pattern.test(`${id} ${title}`);
  } catch (cause) {
    throw badInput(
      'E_GREP',
      `--grep ${grep} is not a regular expression: ${(cause as Error).message}`,
      'quote special characters',
    );
  }
}

/** Why a mesh cannot be asked this, or undefined. */
export function unmetNeed(record: CaseRecord, capabilities: Capabilities): string | undefined {
  const missing = record.needs.filter((need) => !offers(capabilities, need));
  return missing.length === 0
    ? undefined
    : `the mesh does not offer ${missing.map((need) => need.replace(':', ' ')).join(', ')}`;
}

export function offers(capabilities: Capabilities, need: Need): boolean {
  const [what, value = ''] = need.split(':') as [string, string | undefined];
  const any = (have: readonly string[]): boolean => value.split(',').some((one) => have.includes(one));
  switch (what) {
    case 'kind':
      return any(capabilities.kinds);
    case 'protocol':
      return any(capabilities.protocols);
    case 'access':
      return any(capabilities.access);
    case 'specs':
      return any(capabilities.specs);
    case 'split':
      return any(capabilities.split);
    case 'mtls':
      return any(capabilities.mtls);
    case 'feature':
      return any(capabilities.features);
    default:
      return any([capabilities.identity]);
  }
}

/** A set of pods in which cases run one after the other. */
export interface LanePlan {
  readonly name: string;
  readonly fixture: string;
}

/** What a case waits for its changes is worth about as long as so many requests take. */
const CHANGES_IN_REQUESTS = 2_000;

/**
 * One lane a fixture; each further one goes to the fixture whose lanes have most to do. Fewer lanes than fixtures is no lane less:
 * `width` then bounds how many run at once. Lanes with most to do come first.
 */
export function assignLanes(cases: readonly CaseRecord[], width: number): readonly LanePlan[] {
  const loads = [...new Set(cases.map(({ fixture }) => fixture))].map((fixture) => {
    const own = cases.filter((record) => record.fixture === fixture);
    const work = own.reduce((sum, { plan }) => sum + CHANGES_IN_REQUESTS + plan.n, 0);
    return { fixture, cases: own.length, work, lanes: 1 };
  });
  const perLane = ({ work, lanes }: (typeof loads)[number]): number => work / lanes;
  const count = (): number => loads.reduce((sum, { lanes }) => sum + lanes, 0);
  while (count() < width) {
    const [busiest] = loads.filter(({ cases, lanes }) => lanes < cases).sort((a, b) => perLane(b) - perLane(a));
    if (busiest === undefined) break;
    busiest.lanes += 1;
  }
  return loads
    .sort((a, b) => perLane(b) - perLane(a))
    .flatMap(({ fixture, lanes }) => Array.from({ length: lanes }, () => fixture))
    .map((fixture, index) => ({ name: `lane${index + 1}`, fixture }));
}
