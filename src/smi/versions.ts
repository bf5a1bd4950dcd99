import { GROUP_OF } from './model.js';
import type { SmiGroup, SmiKind, SmiProfile, SmiVersion } from './model.js';

/** Every released version per group, oldest first (smi-spec v0.6.0). */
export const RELEASED_VERSIONS: Readonly<Record<SmiGroup, readonly SmiVersion[]>> = {
  access: ['v1alpha1', 'v1alpha2', 'v1alpha3'],
  specs: ['v1alpha1', 'v1alpha2', 'v1alpha3', 'v1alpha4'],
  split: ['v1alpha1', 'v1alpha2', 'v1alpha3', 'v1alpha4'],
  metrics: ['v1alpha1'],
};

const GROUP_SUFFIX = '.smi-spec.io';
const ORDER: readonly SmiVersion[] = ['v1alpha1', 'v1alpha2', 'v1alpha3', 'v1alpha4'];

/** Whether `version` is `since` or newer. */
export function isSince(version: SmiVersion, since: SmiVersion): boolean {
  return ORDER.indexOf(version) >= ORDER.indexOf(since);
}

/** The kinds that exist in one version of a group: UDPRoute came with specs v1alpha4. */
export function kindsOf(group: SmiGroup, version: SmiVersion): SmiKind[] {
  const kinds = (Object.keys(GROUP_OF) as SmiKind[]).filter((kind) => GROUP_OF[kind] === group);
  return kinds.filter((kind) => kind !== 'UDPRoute' || isSince(version, 'v1alpha4'));
}

/** `access` and `v1alpha3` as Kubernetes writes them: `access.smi-spec.io/v1alpha3`. */
export function apiVersionOf(group: SmiGroup, version: SmiVersion): string {
  return `${group}${GROUP_SUFFIX}/${version}`;
}

/** The apiVersion a profile uses for a kind. */
export function profileApiVersion(kind: SmiKind, profile: SmiProfile): string {
  const group = GROUP_OF[kind];
  return apiVersionOf(group, profile[group]);
}

/** What an apiVersion and kind name: a released SMI kind, something else of an SMI group, or nothing of SMI at all. */
export type TypeLookup =
  | { readonly status: 'known'; readonly group: SmiGroup; readonly version: SmiVersion; readonly kind: SmiKind }
  | { readonly status: 'unknown-version'; readonly group: SmiGroup; readonly version: string }
  | { readonly status: 'unknown-kind'; readonly group: SmiGroup; readonly version: SmiVersion }
  | { readonly status: 'unknown-group'; readonly group: string }
  | { readonly status: 'not-smi' };

/** Finds out what an apiVersion and a kind mean to SMI. */
export function lookUpType(apiVersion: string, kind: string): TypeLookup {
  const [groupName = '', versionName = ''] = apiVersion.split('/');
  if (!groupName.endsWith(GROUP_SUFFIX)) return { status: 'not-smi' };
  const shortName = groupName.slice(0, -GROUP_SUFFIX.length);
  if (!isGroup(shortName)) return { status: 'unknown-group', group: groupName };
  const version = RELEASED_VERSIONS[shortName].find((released) => released === versionName);
  if (version === undefined) return { status: 'unknown-version', group: shortName, version: versionName };
  const known = kindsOf(shortName, version).find((candidate) => candidate === kind);
  if (known === undefined) return { status: 'unknown-kind', group: shortName, version };
  return { status: 'known', group: shortName, version, kind: known };
}

function isGroup(name: string): name is SmiGroup {
  return Object.hasOwn(RELEASED_VERSIONS, name);
}

/** Whether the fields of a kind live under `spec` in this version, or beside `metadata`. */
export function hasSpecWrapper(kind: SmiKind, version: SmiVersion): boolean {
  switch (kind) {
    case 'TrafficTarget':
      return isSince(version, 'v1alpha2');
    case 'HTTPRouteGroup':
    case 'TCPRoute':
    case 'UDPRoute':
      return isSince(version, 'v1alpha3');
    case 'TrafficSplit':
      return true;
    case 'TrafficMetrics':
      return false;
  }
}

/** The path of a kind's fields in this version: `['spec']` or `[]`. */
export function bodyPath(kind: SmiKind, version: SmiVersion): string[] {
  return hasSpecWrapper(kind, version) ? ['spec'] : [];
}

/** access v1alpha1 calls the list `specs`, later versions call it `rules`. */
export function rulesField(version: SmiVersion): 'specs' | 'rules' {
  return version === 'v1alpha1' ? 'specs' : 'rules';
}
