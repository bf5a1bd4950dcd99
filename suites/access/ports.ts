/** On which ports a listed source may come in: TCPRoute, UDPRoute, destination.port. */
import { group, http, match, target, tcp, tcpRule, udp, udpRule } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import type { Cell, Phase } from '../../src/cases/case.js';
import { accessCase } from './access-case.js';
import { askNumber, judgeNumber } from './port-numbers.js';

const anything = group('anything', [match('any', '.*')]);
const overTcp = { protocol: 'tcp' } as const;
const overUdp = { protocol: 'udp' } as const;
const TCP_NEEDS = ['kind:TrafficTarget', 'kind:TCPRoute', 'protocol:tcp', 'identity:service-account'] as const;

export const noCrossProduct = accessCase({
  id: 'ACC-12',
  class: 'M',
  title: 'ports and routes of two targets do not mix',
  phrase: 'makes a call to the destination on one of the defined routes',
  setup: 'one target allows /a on 8080, another /b on 9090, both for c1',
  expectation: '/b on 8080 and /a on 9090 are denied',
  control: '/a on 8080 and /b on 9090 are allowed at the same time',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'kind:TCPRoute', 'specs:v1alpha4'],
  catches: [
    'allow-all',
    'deny-all',
    'ignore-port',
    'first-rule-only',
    'first-target-only',
    'ignore-path',
    'partial-push',
  ],
  phases: [
    {
      name: 'two targets',
      objects: [
        group('ga', [match('a', '/a')]),
        group('gb', [match('b', '/b')]),
        tcp('p8080', [8080]),
        tcp('p9090', [9090]),
        target('ta', { from: ['c1'], rules: [tcpRule('p8080'), http('ga')] }),
        target('tb', { from: ['c1'], rules: [tcpRule('p9090'), http('gb')] }),
      ],
      cells: [
        allow('c1', 'srv:8080', { path: '/a' }),
        allow('c1', 'srv:9090', { path: '/b' }),
        deny('c1', 'srv:8080', { path: '/b' }),
        deny('c1', 'srv:9090', { path: '/a' }),
      ],
    },
  ],
});

export const portAndRoute = accessCase({
  id: 'ACC-13',
  class: 'X',
  title: 'a TCPRoute beside an HTTPRouteGroup restricts the port',
  phrase: '(shown by the example only)',
  ref: 'traffic-access v1alpha3 example; issue 206',
  setup: 'one target with TCPRoute 8080 and GET /metrics',
  expectation: 'the route is allowed on the named port and denied on another',
  control: 'GET /metrics on 8080 is allowed at the same time',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'kind:TCPRoute', 'specs:v1alpha4'],
  catches: ['ignore-port', 'allow-all', 'deny-all'],
  phases: [
    {
      name: 'port and route',
      objects: [
        group('g', [match('metrics', '/metrics', { methods: ['GET'] })]),
        tcp('p', [8080]),
        target('t', { from: ['c3'], rules: [tcpRule('p'), http('g')] }),
      ],
      // No other case lets c3 in by 9090: proxies keep connections for long, and some ask for ports only when one is opened.
      cells: [allow('c3', 'srv:8080', { path: '/metrics' }), deny('c3', 'srv:9090', { path: '/metrics' })],
    },
  ],
});

/** The same pods by another number, which is a question beside the case: which of the two does a target mean? */
const ALIAS = {
  name: 'srv-alias',
  selector: { app: 'srv' },
  ports: [{ name: 'http', port: 8081, targetPort: 8080, protocol: 'http' as const }],
};
const TCP_ALIAS = {
  name: 'srv-tcp-alias',
  selector: { app: 'srv' },
  ports: [{ name: 'tcp', port: 8400, targetPort: 8300, protocol: 'tcp' as const }],
};
const NO_PORT = 'no port';
const ADDED = '8302 added';
const httpAsked = askNumber('srv-alias:8081', { everyPort: 'c1', targetPort: 'c2', servicePort: 'c3' });
const tcpAsked = askNumber('srv-tcp-alias:8400', { everyPort: 'ns2/c1', targetPort: 'c2', servicePort: 'c3' }, overTcp);

export const destinationPort = accessCase({
  id: 'ACC-15',
  class: 'M',
  title: 'destination.port limits access to that port',
  phrase: 'allows the user to specify specifically which port traffic should be allowed on',
  ref: 'traffic-access v1alpha1–v1alpha2',
  setup: 'a target of access v1alpha2 with destination.port 8080',
  expectation: 'the named port is allowed, another is denied',
  control: 'omitting the port allows both',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'access:v1alpha2'],
  catches: ['allow-all', 'deny-all', 'ignore-port', 'destination-port-ignored'],
  phases: [
    {
      name: 'port 8080',
      profile: { access: 'v1alpha2' },
      services: [ALIAS],
      objects: [anything, target('t', { from: ['c1'], rules: [http('anything')], port: 8080 })],
      cells: [allow('c1', 'srv:8080'), deny('c1', 'srv:9090')],
    },
    {
      name: NO_PORT,
      control: true,
      profile: { access: 'v1alpha2' },
      services: [ALIAS],
      objects: [
        anything,
        target('t', { from: ['c1'], rules: [http('anything')] }),
        target('by-target', { from: ['c2'], rules: [http('anything')], port: 8080 }),
        target('by-service', { from: ['c3'], rules: [http('anything')], port: 8081 }),
      ],
      cells: [allow('c1', 'srv:8080'), allow('c1', 'srv:9090'), ...httpAsked.cells],
    },
  ],
  judge: (exchanges) => judgeNumber(NO_PORT, httpAsked, exchanges),
});

export const allPorts = accessCase({
  id: 'ACC-16',
  class: 'M',
  title: 'without a port all ports are allowed',
  phrase: 'if not specified, traffic will be allowed to all ports on the destination service',
  setup: 'a TCPRoute with no ports beside an HTTPRouteGroup',
  expectation: 'both HTTP ports are allowed',
  control: 'restricting the route to 8080 denies 9090',
  needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'kind:TCPRoute', 'specs:v1alpha4'],
  catches: ['deny-all', 'empty-ports-deny', 'partial-push'],
  phases: [
    {
      name: 'all ports',
      objects: [anything, tcp('p', []), target('t', { from: ['c1'], rules: [tcpRule('p'), http('anything')] })],
      cells: [allow('c1', 'srv:8080'), allow('c1', 'srv:9090')],
    },
    {
      name: 'only 8080',
      control: true,
      objects: [anything, tcp('p', [8080]), target('t', { from: ['c1'], rules: [tcpRule('p'), http('anything')] })],
      cells: [allow('c1', 'srv:8080'), deny('c1', 'srv:9090')],
    },
  ],
});

export const tcpPorts = accessCase({
  id: 'ACC-17',
  class: 'M',
  title: 'a TCPRoute allows its ports and no other',
  phrase: 'specifically which port traffic should be allowed on',
  ref: 'traffic-access v1alpha3, traffic-specs v1alpha4',
  setup: 'a TCPRoute with ports 8300 and 8301',
  expectation: 'connections to the listed ports are allowed, to another port denied',
  control: 'adding 8302 allows it',
  needs: [...TCP_NEEDS, 'specs:v1alpha4'],
  catches: ['allow-all', 'deny-all', 'ignore-port', 'first-port-only', 'tcp-open', 'partial-push', 'tls-plaintext'],
  phases: [
    {
      name: '8300, 8301',
      services: [TCP_ALIAS],
      objects: [tcp('p', [8300, 8301]), target('t', { from: ['c1'], rules: [tcpRule('p')] })],
      cells: [allow('c1', 'srv:8300', overTcp), allow('c1', 'srv:8301', overTcp), deny('c1', 'srv:8302', overTcp)],
    },
    {
      name: ADDED,
      control: true,
      services: [TCP_ALIAS],
      objects: [
        tcp('p', [8300, 8301, 8302]),
        target('t', { from: ['c1'], rules: [tcpRule('p')] }),
        tcp('every'),
        tcp('by-target', [8300]),
        tcp('by-service', [8400]),
        target('every', { from: ['ns2/c1'], rules: [tcpRule('every')] }),
        target('by-target', { from: ['c2'], rules: [tcpRule('by-target')] }),
        target('by-service', { from: ['c3'], rules: [tcpRule('by-service')] }),
      ],
      cells: [allow('c1', 'srv:8302', overTcp), ...tcpAsked.cells],
    },
  ],
  judge: (exchanges) => judgeNumber(ADDED, tcpAsked, exchanges),
});

/** The L4 example: TCP 8300–8302 and UDP 8301, 8302. The UDP half is left out where a mesh carries no UDP. */
const tcpHalf: readonly Cell[] = [8300, 8301, 8302].map((port) => allow('c1', `srv:${port}`, overTcp));
const udpHalf: readonly Cell[] = [
  allow('c1', 'srv:8301', overUdp),
  allow('c1', 'srv:8302', overUdp),
  deny('c1', 'srv:8300', { ...overUdp, count: 5 }),
];
const l4 = (rules: 'tcp' | 'both'): Phase['objects'] => [
  tcp('tcp-ports', [8300, 8301, 8302]),
  ...(rules === 'both' ? [udp('udp-ports', [8301, 8302])] : []),
  target('t', { from: ['c1'], rules: [tcpRule('tcp-ports'), ...(rules === 'both' ? [udpRule('udp-ports')] : [])] }),
];
export const l4Example = accessCase({
  id: 'ACC-18',
  class: 'X',
  title: 'the L4 example allows its TCP and UDP ports and blocks UDP on 8300',
  phrase: 'will block UDP traffic to 8300',
  ref: 'traffic-access v1alpha3 example',
  setup: 'TCPRoute 8300–8302 and UDPRoute 8301, 8302 in one target',
  expectation: 'TCP 8300–8302 and UDP 8301, 8302 are allowed, UDP 8300 is denied',
  control: 'UDP 8301 is allowed at the same time; c2 on TCP 8300 is denied',
  needs: [...TCP_NEEDS, 'specs:v1alpha4'],
  catches: [
    'allow-all',
    'deny-all',
    'any-identity',
    'stale-config',
    'first-port-only',
    'udp-by-tcp-route',
    'udp-route-ignored',
    'first-rule-only',
    'tcp-open',
    'udp-rule-refused',
    'update-ignored',
    'partial-push',
  ],
  phases: [
    { name: 'TCP half', objects: l4('tcp'), cells: [...tcpHalf, deny('c2', 'srv:8300', overTcp)] },
    {
      name: 'TCP and UDP',
      needs: ['protocol:udp', 'kind:UDPRoute'],
      objects: l4('both'),
      cells: [...tcpHalf, ...udpHalf],
    },
  ],
});
