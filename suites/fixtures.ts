/** The fixtures of the suites: workload sets, the policy always in force in them, and their markers. */
import type { FixtureRecord } from '../src/cases/fixture.js';
import { group, http, match, target, tcp, tcpRule } from '../src/cases/objects.js';

const CLIENTS = ['c1', 'c2', 'c3', 'witness', 'ns2/c1'];
/** Servers ask as well where it takes a client to see what configuration a proxy has. */
const SERVERS = ['s', 'quiet'];

/** Clients, one server under test and a control target that every meshed pod may always reach. */
export const ACCESS: FixtureRecord = {
  name: 'access',
  workloads: 'access',
  base: [
    group('control-http', [match('any', '.*')]),
    tcp('control-tcp'),
    target('control-http', { to: 'ctl', from: [...CLIENTS, ...SERVERS], rules: [http('control-http')] }),
    target('control-tcp', { to: 'ctl', from: CLIENTS, rules: [tcpRule('control-tcp')] }),
  ],
  markers: ['server-access', 'client-policy'],
  markerPods: ['ctl', 'ctl2'],
  markerPorts: [8080, 9090],
  controlTarget: (client) => (client === 'stranger' ? 'stranger:8080' : 'ctl:8080'),
  witness: 'witness',
  serviceOf: { s: 'srv', quiet: 'quiet' },
};

const LEAVES = Array.from({ length: 10 }, (_, index) => `leaf-${index + 1}`);

/** Every client may reach every leaf, so that only the split decides: all but the second one, and the last leaf. */
const sourcesOf = (leaf: string): readonly string[] => ['c1', ...(leaf === LEAVES.at(-1) ? [] : ['c2']), 'witness'];

/** Ten leaves behind many services. */
const SPLIT: FixtureRecord = {
  name: 'split',
  workloads: 'split',
  base: [
    group('any', [match('any', '.*')]),
    tcp('any'),
    ...LEAVES.flatMap((leaf) => [
      target(`${leaf}-http`, { to: leaf, from: sourcesOf(leaf), rules: [http('any')] }),
      target(`${leaf}-tcp`, { to: leaf, from: sourcesOf(leaf), rules: [tcpRule('any')] }),
    ]),
  ],
  markers: ['client-split'],
  markerPods: ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'],
  markerPorts: [8080],
  controlTarget: () => 'v1:8080',
  witness: 'witness',
  serviceOf: {},
};

export const FIXTURES: readonly FixtureRecord[] = [ACCESS, SPLIT];
