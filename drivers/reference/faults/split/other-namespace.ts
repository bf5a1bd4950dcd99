import type { Leg } from '../../policy/split.js';
import type { Fault, RoutingSite } from '../fault.js';
import { splitOf } from './site.js';

export const splitOtherNamespace: Fault = {
  name: 'split-other-namespace',
  description: 'a backend written with another namespace is looked for there',
  create: () => ({
    routing: (routing, site) => {
      const foreign = foreignLegs(site);
      return foreign.length === 0 ? routing : routing.map((route) => ({ ...route, legs: [...foreign, ...route.legs] }));
    },
  }),
};

function foreignLegs(site: RoutingSite): readonly Leg[] {
  const { port, services } = site;
  return (splitOf(site)?.backends ?? []).flatMap(({ service, weight }) => {
    const [name = service, namespace] = service.split('.');
    if (namespace === undefined || weight <= 0 || namespace === site.service.namespace) return [];
    if (!services.has(`${namespace}/${name}`)) return [];
    return [{ to: { namespace, service: name, port: port.port, protocol: port.protocol }, weight: 1 }];
  });
}
