import type { FieldProblem } from './problem.js';
import { kindsOf, RELEASED_VERSIONS } from './versions.js';
import type { TypeLookup } from './versions.js';

/** In the spec's repository, but in no release. */
const UNRELEASED: ReadonlySet<string> = new Set([
  'access/v1alpha4',
  'specs/v1alpha5',
  'split/v1alpha5',
  'metrics/v1alpha2',
]);

/** Says why an apiVersion and kind are not a released SMI type, and what there is instead. */
export function explainUnknownType(
  type: Exclude<TypeLookup, { status: 'known' }>,
  apiVersion: string,
  kind: string,
): FieldProblem {
  switch (type.status) {
    case 'not-smi':
      return apiVersion === '' || kind === '' ? missingType(apiVersion) : foreignType(apiVersion, kind);
    case 'unknown-group':
      return {
        path: ['apiVersion'],
        rule: `SMI's groups are ${groupNames()}`,
        message: `${type.group} is not a group of SMI`,
        hint: `use one of ${groupNames()}`,
        severity: 'error',
      };
    case 'unknown-version': {
      const versions = RELEASED_VERSIONS[type.group].join(', ');
      const unreleased = UNRELEASED.has(`${type.group}/${type.version}`);
      return {
        path: ['apiVersion'],
        rule: `released versions of ${type.group}.smi-spec.io are ${versions}`,
        message: unreleased
          ? `${apiVersion} is a draft that was never released`
          : `${apiVersion} is not a version of ${type.group}.smi-spec.io`,
        hint: `use one of ${versions}`,
        severity: 'error',
      };
    }
    case 'unknown-kind': {
      const kinds = kindsOf(type.group, type.version).join(', ');
      const hint =
        kind === 'UDPRoute' && type.group === 'specs'
          ? 'UDPRoute exists in specs.smi-spec.io/v1alpha4'
          : `use one of ${kinds}`;
      return {
        path: ['kind'],
        rule: `kinds of ${apiVersion} are ${kinds}`,
        message: `${kind || '(no kind)'} is not a kind of ${apiVersion}`,
        hint,
        severity: 'error',
      };
    }
  }
}

function missingType(apiVersion: string): FieldProblem {
  return {
    path: [apiVersion === '' ? 'apiVersion' : 'kind'],
    rule: 'a manifest is an object with apiVersion, kind and metadata',
    message: 'is missing: without it nobody knows what this object is',
    hint: 'start with apiVersion and kind',
    severity: 'error',
  };
}

/** Files often hold the services next to the policies, so this is no mistake; but it must not look checked. */
function foreignType(apiVersion: string, kind: string): FieldProblem {
  return {
    path: ['apiVersion'],
    rule: `SMI's groups are ${groupNames()}`,
    message: `${kind} (${apiVersion}) is not an SMI object and was not checked`,
    hint: 'only SMI objects are checked',
    severity: 'warning',
  };
}

function groupNames(): string {
  return Object.keys(RELEASED_VERSIONS)
    .map((group) => `${group}.smi-spec.io`)
    .join(', ');
}
