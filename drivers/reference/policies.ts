/** What the objects of a world come to, faults included: all that resources are made of, besides what no fault changes. */
import type { Pod, Service, ServicePort } from '../../src/mesh/driver.js';
import type { ActiveFaults } from './faults/index.js';
import { compileInbound, type InboundPolicy } from './policy/access.js';
import { indexSpecs } from './policy/specs.js';
import { compileRouting, indexSplits, type Routing } from './policy/split.js';
import type { World } from './policy/world.js';

export interface Policies {
  /** What a pod's proxy enforces. */
  readonly inboundOf: (pod: Pod) => InboundPolicy;
  /** Where the calls of a service port go. */
  readonly routingOf: (service: Service, port: ServicePort) => Routing;
}

export function compilePolicies(world: World, faults: Pick<ActiveFaults, 'inbound' | 'routing'>): Policies {
  const { objects, pods } = world;
  const specs = indexSpecs(objects);
  const splits = indexSplits(objects);
  const services = new Map(world.services.map((service) => [`${service.namespace}/${service.name}`, service]));
  return {
    inboundOf: (pod) => faults.inbound(compileInbound(world, specs, pod)),
    routingOf: (service, port) => {
      const split = splits.get(`${service.namespace}/${service.name}`);
      const routing = compileRouting(service, port, { split, services, specs });
      return faults.routing(routing, { service, port, objects, pods, services });
    },
  };
}
