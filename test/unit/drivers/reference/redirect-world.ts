/** A world whose pods have their connections redirected to their proxies: some services, a headless one, a split, all protocols. */
import { compileMesh, type ProxyResources } from '../../../../drivers/reference/compile.js';
import { createFaults } from '../../../../drivers/reference/faults/index.js';
import type { World } from '../../../../drivers/reference/policy/world.js';
import { PROXY_PORTS } from '../../../../drivers/reference/resources/proxy.js';
import { redirectedListen } from '../../../../drivers/reference/sidecar.js';
import type { Pod } from '../../../../src/mesh/driver.js';
import { pod, service, split, target, tcpRoute, udpRoute, world } from './world.js';

export const SERVER = pod('s');
export const CLIENT = pod('c1', { ports: [] });

export const REDIRECTED: World = world(
  [
    tcpRoute('t', [8300, 8080]),
    udpRoute('u', []),
    target(['TCPRoute/t', 'UDPRoute/u']),
    split({ leaf: 1, gone: 3 }, { service: 'srv' }),
  ],
  {
    pods: [CLIENT, SERVER, pod('s2', { labels: { app: 's' } })],
    services: [
      service('srv', [{ port: 80 }, { port: 8300, targetPort: 8300, protocol: 'tcp' }], {
        selector: { app: 's' },
        clusterIP: '10.96.0.1',
        physicalPorts: new Map([['tcp/80', 40_080]]),
      }),
      service('leaf', [{}, { port: 8300, targetPort: 8300, protocol: 'tcp' }], {
        selector: { app: 's' },
        clusterIP: '10.96.0.2',
      }),
      headless('pods'),
      headless('same-pods'),
      service('dns', [{ port: 53, targetPort: 8301, protocol: 'udp' }], {
        selector: { app: 's' },
        clusterIP: '10.96.0.3',
      }),
    ],
  },
);

export function compileRedirected(
  each: Pod,
  overrides: Partial<World> = {},
  faults: readonly string[] = [],
): ProxyResources {
  const resourcesOf = compileMesh(
    { ...REDIRECTED, ...overrides },
    createFaults(faults),
    () => PROXY_PORTS.firstService,
  );
  return resourcesOf({ id: each.name, pod: each, interception: 'redirect', listen: redirectedListen(each) });
}

function headless(name: string) {
  const { clusterIP: _none, ...rest } = service(name, [{}], { selector: { app: 's' } });
  return rest;
}
