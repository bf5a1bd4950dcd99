/** The defects the reference mesh can be given, by name. */
import { badInput } from '../../../src/errors/harness-error.js';
import { apiFaults } from './api/index.js';
import { convergenceFaults } from './convergence/index.js';
import type { Fault, FaultHooks } from './fault.js';
import { headerFaults } from './header/index.js';
import { identityFaults } from './identity/index.js';
import { methodFaults } from './method/index.js';
import { metricsFaults, tamperOf } from './metrics/index.js';
import { mtlsFaults } from './mtls/index.js';
import { namespaceFaults } from './namespace/index.js';
import { pathFaults } from './path/index.js';
import { policyFaults } from './policy/index.js';
import { portFaults } from './port/index.js';
import { protocolFaults } from './protocol/index.js';
import { splitFaults } from './split/index.js';

export const FAULTS: readonly Fault[] = [
  ...policyFaults,
  ...pathFaults,
  ...methodFaults,
  ...headerFaults,
  ...portFaults,
  ...protocolFaults,
  ...namespaceFaults,
  ...identityFaults,
  ...mtlsFaults,
  ...splitFaults,
  ...convergenceFaults,
  ...apiFaults,
  ...metricsFaults,
];

/** All chosen faults at once; without `delivers` nothing waits. */
export type ActiveFaults = Required<Omit<FaultHooks, 'delivers'>> & Pick<FaultHooks, 'delivers'>;

/** The hooks of all chosen faults, one after the other in the order they were named. */
export function createFaults(names: readonly string[]): ActiveFaults {
  return combine(names.map((name) => findFault(name).create()));
}

/** Where one answer is needed, the first fault that gives one decides. */
export function combine(hooks: readonly FaultHooks[]): ActiveFaults {
  const delivering = hooks.find((hook) => hook.delivers !== undefined);
  return {
    admits: (sent) => firstAnswer(hooks, (hook) => hook.admits?.(sent)),
    salvages: (object) => firstAnswer(hooks, (hook) => hook.salvages?.(object)),
    hears: (change) => hooks.every((hook) => hook.hears?.(change) ?? true),
    objects: (objects) => hooks.reduce((current, hook) => hook.objects?.(current) ?? current, objects),
    inbound: (policy) => hooks.reduce((current, hook) => hook.inbound?.(current) ?? current, policy),
    routing: (routing, site) => hooks.reduce((current, hook) => hook.routing?.(current, site) ?? current, routing),
    served: (resources, to) => hooks.reduce((current, hook) => hook.served?.(current, to) ?? current, resources),
    certified: (account, proxyId, address) =>
      hooks.reduce((current, hook) => hook.certified?.(current, proxyId, address) ?? current, account),
    ...(delivering === undefined ? {} : { delivers: (delivery) => delivering.delivers?.(delivery) }),
    metrics: tamperOf(hooks),
  };
}

function firstAnswer<T>(hooks: readonly FaultHooks[], ask: (hook: FaultHooks) => T | undefined): T | undefined {
  for (const hook of hooks) {
    const answer = ask(hook);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** @throws HarnessError (bad input) that names all faults. */
export function findFault(name: string): Fault {
  const fault = FAULTS.find((candidate) => candidate.name === name);
  if (fault !== undefined) return fault;
  throw badInput(
    'E_UNKNOWN_FAULT',
    `no fault is called "${name}"`,
    `Known faults: ${FAULTS.map((known) => known.name).join(', ')}.`,
  );
}
