/** The defects the reference mesh can be given, by name. */
import type { SmiObject } from '../../../src/smi/model.js';
import { badInput } from '../../../src/errors/harness-error.js';
import type { InboundPolicy } from '../policy/access.js';
import { allowAll } from './allow-all.js';
import { anyIdentity } from './any-identity.js';
import { denyAll } from './deny-all.js';
import type { Fault, FaultHooks, ObjectChange } from './fault.js';
import { ignoreMethod } from './ignore-method.js';
import { ignorePort } from './ignore-port.js';
import { ignoreSplit } from './ignore-split.js';
import { namespaceBlind } from './namespace-blind.js';
import { plaintextAccepted } from './plaintext-accepted.js';
import { prefixPath } from './prefix-path.js';
import { revocationIgnored } from './revocation-ignored.js';
import { staleConfig } from './stale-config.js';
import { zeroWeightLeak } from './zero-weight-leak.js';

export const FAULTS: readonly Fault[] = [
  allowAll,
  denyAll,
  ignoreSplit,
  staleConfig,
  plaintextAccepted,
  anyIdentity,
  prefixPath,
  ignoreMethod,
  ignorePort,
  zeroWeightLeak,
  namespaceBlind,
  revocationIgnored,
];

/** All chosen faults as one set of hooks, applied in the order they were named. */
export function createFaults(names: readonly string[]): Required<FaultHooks> {
  const hooks = names.map((name) => findFault(name).create());
  return {
    hears: (change: ObjectChange) => hooks.every((hook) => hook.hears?.(change) ?? true),
    objects: (objects: readonly SmiObject[]) =>
      hooks.reduce((current, hook) => hook.objects?.(current) ?? current, objects),
    inbound: (policy: InboundPolicy) => hooks.reduce((current, hook) => hook.inbound?.(current) ?? current, policy),
  };
}

function findFault(name: string): Fault {
  const fault = FAULTS.find((candidate) => candidate.name === name);
  if (fault !== undefined) return fault;
  throw badInput(
    'E_UNKNOWN_FAULT',
    `no fault is called "${name}"`,
    `Known faults: ${FAULTS.map((known) => known.name).join(', ')}.`,
  );
}
