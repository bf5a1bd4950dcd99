import type { Leg } from '../../policy/split.js';
import type { Fault, RoutingSite } from '../fault.js';
import { splitOf } from './site.js';

export const splitPortIgnored: Fault = {
  name: 'split-port-ignored',
  description: 'a backend without the port of the root gets its share on the port it has',
  create: () => ({
    routing: (routing, site) => {
      const odd = legsElsewhere(site);
      const [first, ...others] = routing;
      return first === undefined || odd.length === 0
        ? routing
        : [{ ...first, legs: [...first.legs, ...odd] }, ...others];
    },
  }),
};

/** Backends that have a port of the protocol, but none of the root's number; with the weight they were given. */
function legsElsewhere(site: RoutingSite): readonly Leg[] {
  const { service: root, port, services } = site;
  const { namespace } = root;
  return (splitOf(site)?.backends ?? []).flatMap(({ service: name, weight }) => {
    const own = services.get(`${namespace}/${name}`)?.ports.filter(({ protocol }) => protocol === port.protocol) ?? [];
    const [first] = own;
    if (first === undefined || weight <= 0 || own.some((candidate) => candidate.port === port.port)) return [];
    return [{ to: { namespace, service: name, port: first.port, protocol: port.protocol }, weight: 1 }];
  });
}
