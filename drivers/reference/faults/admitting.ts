/** Faults about objects that are not valid need an API that admits them. */
import { pruneUnknown, validateAgainstCrd } from '../../../src/smi/crds.js';
import type { KubeObject, SmiKind } from '../../../src/smi/model.js';
import { refuseObject } from '../admission.js';
import type { FaultHooks } from './fault.js';

/** What an object says, whether or not its version has a `spec` around it. */
export type SentBody = Readonly<Record<string, unknown>>;

/** Stores objects of these kinds as they were sent where the usual checks would refuse them, and where `isOdd` says so. */
export function admitting(
  kinds: readonly SmiKind[],
  isOdd: (body: SentBody) => boolean = () => true,
): Pick<FaultHooks, 'admits'> {
  const known: readonly string[] = kinds;
  return { admits: (sent) => (known.includes(sent.kind) && isOdd(bodyOf(sent)) && isRefused(sent) ? sent : undefined) };
}

function isRefused(sent: KubeObject): boolean {
  const { manifest } = pruneUnknown(sent);
  return validateAgainstCrd(manifest).length > 0 || refuseObject(manifest) !== undefined;
}

/** v1alpha1 calls rules specs. */
function bodyOf({ apiVersion: _version, kind: _kind, metadata: _metadata, ...rest }: KubeObject): SentBody {
  const { spec, specs, ...top } = rest;
  if (typeof spec === 'object' && spec !== null) return spec as SentBody;
  return specs === undefined ? top : { ...top, rules: specs };
}
