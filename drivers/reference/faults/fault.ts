/** A deliberate defect: it proves that a case can fail. Each one changes what passes through one of the narrow hooks. */
import type { SmiObject } from '../../../src/smi/model.js';
import type { InboundPolicy } from '../policy/access.js';

/** One change of an SMI object, as the control plane learns of it. */
export interface ObjectChange {
  readonly action: 'applied' | 'deleted';
  readonly object: SmiObject;
}

export interface FaultHooks {
  /** False: the control plane never hears of the change. */
  hears?(change: ObjectChange): boolean;
  /** What the policy is compiled from. */
  objects?(objects: readonly SmiObject[]): readonly SmiObject[];
  /** What one pod's proxy enforces. */
  inbound?(policy: InboundPolicy): InboundPolicy;
}

export interface Fault {
  readonly name: string;
  readonly description: string;
  /** New hooks for each installation: some remember. */
  create(): FaultHooks;
}

/** Names an object in the memory of a fault. */
export function objectKey({ kind, metadata }: SmiObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** An inbound hook that replaces the grants of every port. */
export function replacingGrants(
  replace: (grants: InboundPolicy['ports'][number]['grants']) => InboundPolicy['ports'][number]['grants'],
): FaultHooks {
  return {
    inbound: (policy) => ({
      ...policy,
      ports: policy.ports.map((port) => ({ ...port, grants: replace(port.grants) })),
    }),
  };
}
