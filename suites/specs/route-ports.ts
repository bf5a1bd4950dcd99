/** The ports of TCPRoutes and UDPRoutes. */
import type { Phase } from '../../src/cases/case.js';
import { target, tcp, tcpRule, udp, udpRule } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import { specsCase } from './specs-case.js';

const overTcp = { protocol: 'tcp' } as const;
/** A refused datagram is silence until its deadline: no more of them than wait at once. */
const overUdp = { protocol: 'udp', count: 4 } as const;

const tcpAlone = (...ports: readonly number[]): Phase['objects'] => [
  tcp('tcp-ports', ports),
  target('t', { from: ['c1'], rules: [tcpRule('tcp-ports')] }),
];
const both: Phase['objects'] = [
  tcp('tcp-ports', [8300]),
  udp('udp-ports', [8301]),
  target('t', { from: ['c1'], rules: [tcpRule('tcp-ports'), udpRule('udp-ports')] }),
];

export const routePorts = specsCase({
  id: 'SPC-28',
  class: 'M',
  profiles: ['extended', 'full'],
  title: 'a TCPRoute or UDPRoute stands for its ports, and for its protocol alone',
  phrase: 'to describe L4 TCP traffic for a list of ports',
  ref: 'traffic-specs v1alpha4',
  setup: 'a TCPRoute with ports 8300 and 8301; then TCPRoute 8300 beside UDPRoute 8301',
  expectation: 'listed ports are allowed and others denied; a port listed for one protocol is not open for the other',
  control: 'adding a port to the list allows it',
  needs: ['kind:TrafficTarget', 'kind:TCPRoute', 'protocol:tcp', 'identity:service-account', 'specs:v1alpha4'],
  catches: [
    'allow-all',
    'deny-all',
    'ignore-port',
    'stale-config',
    'tcp-open',
    'udp-by-tcp-route',
    'udp-route-ignored',
  ],
  phases: [
    {
      name: 'TCP 8300, 8301',
      objects: tcpAlone(8300, 8301),
      cells: [allow('c1', 'srv:8300', overTcp), allow('c1', 'srv:8301', overTcp), deny('c1', 'srv:8302', overTcp)],
    },
    {
      name: 'TCP 8302 added',
      control: true,
      objects: tcpAlone(8300, 8301, 8302),
      cells: [allow('c1', 'srv:8302', overTcp)],
    },
    {
      name: 'TCP 8300, UDP 8301',
      needs: ['protocol:udp', 'kind:UDPRoute'],
      objects: both,
      cells: [
        allow('c1', 'srv:8300', overTcp),
        deny('c1', 'srv:8301', overTcp),
        allow('c1', 'srv:8301', overUdp),
        deny('c1', 'srv:8300', overUdp),
      ],
    },
  ],
});
