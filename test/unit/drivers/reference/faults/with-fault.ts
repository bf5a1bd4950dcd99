/** What a mesh with one fault makes of objects. */
import { createFaults, type ActiveFaults } from '../../../../../drivers/reference/faults/index.js';
import { compileInbound, type Grant, type InboundPolicy } from '../../../../../drivers/reference/policy/access.js';
import { indexSpecs, type HttpCondition } from '../../../../../drivers/reference/policy/specs.js';
import { compileRouting, indexSplits, type Leg } from '../../../../../drivers/reference/policy/split.js';
import type { World } from '../../../../../drivers/reference/policy/world.js';
import type { SmiObject } from '../../../../../src/smi/model.js';
import { pod, world } from '../world.js';

/** The policy at pod `s`; without a name, of a mesh without faults. */
export function policyWith(fault: string | ActiveFaults | undefined, objects: readonly SmiObject[]): InboundPolicy {
  const faults = typeof fault === 'object' ? fault : createFaults(fault === undefined ? [] : [fault]);
  const seen = faults.objects(objects);
  return faults.inbound(compileInbound(world(seen), indexSpecs(seen), pod('s')));
}

export function grantsWith(
  fault: string | ActiveFaults | undefined,
  objects: readonly SmiObject[],
  port = 8080,
): readonly Grant[] {
  return policyWith(fault, objects).ports.find((candidate) => candidate.port === port)?.grants ?? [];
}

export function conditionsWith(fault: string | undefined, objects: readonly SmiObject[]): readonly HttpCondition[] {
  return grantsWith(fault, objects).flatMap(({ conditions = [] }) => conditions);
}

/** Names of the accounts that some grant of the port names. */
export function accountsWith(fault: string | undefined, objects: readonly SmiObject[]): readonly string[] {
  return grantsWith(fault, objects).flatMap(({ peers }) =>
    peers.kind === 'identities'
      ? peers.identities.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`)
      : [peers.kind],
  );
}

/** The legs of the first route of the first port of a service, as `service:port` to weight. */
export function legsWith(
  fault: string | undefined,
  { objects, services, pods }: Pick<World, 'objects' | 'services' | 'pods'>,
  name = 'root',
): Readonly<Record<string, number>> {
  const faults = createFaults(fault === undefined ? [] : [fault]);
  const seen = faults.objects(objects);
  const byName = new Map(services.map((service) => [`${service.namespace}/${service.name}`, service]));
  const service = byName.get(`ns1/${name}`);
  const [port] = service?.ports ?? [];
  if (service === undefined || port === undefined) throw new Error(`there is no service ${name}`);
  const split = indexSplits(seen).get(`ns1/${name}`);
  const usual = compileRouting(service, port, { split, services: byName, specs: indexSpecs(seen) });
  const [route] = faults.routing(usual, { service, port, objects: seen, pods, services: byName });
  return Object.fromEntries((route?.legs ?? []).map((leg) => [nameOf(leg), leg.weight]));
}

function nameOf({ to }: Leg): string {
  return `${to.namespace === 'ns1' ? '' : `${to.namespace}/`}${to.service}${to.port === 8080 ? '' : `:${to.port}`}`;
}
