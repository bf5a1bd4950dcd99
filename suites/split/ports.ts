/** Ports: each backend maps its own to the pod's, and every port of the root is split. */
import type { Phase } from '../../src/cases/case.js';
import { split } from '../../src/cases/objects.js';
import { all, observe } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { answersTo, partly, unreadable } from './answers.js';
import { EXTENDED, LEAVES, splitCase, TRIO, TRIO_NAMES } from './split-case.js';

const ALT_PORT = 8081;
const UNUSED_PORT = 8082;
const ALTERNATIVE = { v1: ['p1'], 'v2-alt': ['p2'] };
const alternative = (targetPort: number): NonNullable<Phase['services']> => [
  { name: 'v2-alt', selector: { leaf: '2' }, ports: [{ name: 'http', port: 8080, targetPort, protocol: 'http' }] },
];
const halves = split('ts', 'root', { v1: 50, 'v2-alt': 50 });
const bothPorts = all('root:8080', ['v1', 'v2-alt'], { groups: ALTERNATIVE });
const mapped: Phase = {
  name: 'target port 8081',
  objects: [halves],
  services: alternative(ALT_PORT),
  samples: [bothPorts],
};
const seenOnRoot = observe('c1', 'root:8080', { count: 40 });
const astray: Phase = {
  name: 'target port of nobody',
  control: true,
  objects: [halves],
  services: alternative(UNUSED_PORT),
  cells: [seenOnRoot],
};

export const targetPort = splitCase({
  id: 'SPL-21',
  class: 'X',
  profiles: EXTENDED,
  title: 'each backend maps its port to its own target port',
  phrase: 'the targetPort is used and goes to 8081 on the destination pod',
  setup: 'weights 50 and 50; the second backend has the port of the root, with target port 8081',
  expectation: 'both backends answer, the second one on port 8081 of its pod',
  control: 'with a target port on which nobody listens its share fails',
  catches: ['ignore-split'],
  phases: [mapped, astray],
  judge: (exchanges) => ({
    findings: [
      ...arrivals(mapped.name, bothPorts.key, { p1: 8080, p2: ALT_PORT }, exchanges),
      ...unreadable(astray, seenOnRoot, exchanges),
      ...shareLost(exchanges),
    ],
  }),
});

function shareLost(exchanges: Exchanges): readonly Finding[] {
  const answers = answersTo(astray, seenOnRoot, exchanges);
  return partly(answers, 'p1') ? [] : [invalid(`the control did not flip: ${astray.name}: ${answers.tally}`)];
}

/** At its pod, each request must come to the port that its backend names. */
function arrivals(
  phase: string,
  key: string,
  wanted: Readonly<Record<string, number>>,
  exchanges: Exchanges,
): readonly Finding[] {
  const strays = exchanges
    .of(phase, key)
    .flatMap(({ servers }) => servers.filter(({ pod, port }) => pod in wanted && wanted[pod] !== port));
  const [first] = strays;
  if (first === undefined) return [];
  const message = `${phase}: ${key}: ${strays.length} requests came to another port, such as ${first.port} of ${first.pod}`;
  return [{ kind: 'violation', message }];
}

/** As in the example: one root with two ports, and two backends with both of them. */
const bird = (name: string, selector: Readonly<Record<string, string>>) => ({
  name,
  selector,
  ports: [
    { name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const },
    { name: 'http-rest', port: 9090, targetPort: ALT_PORT, protocol: 'http' as const },
  ],
});
const BIRDS = [bird('birds', { trio: 'yes' }), bird('blue-birds', { leaf: '1' }), bird('green-birds', { leaf: '2' })];
const COLOURS = { 'blue-birds': LEAVES.v1, 'green-birds': LEAVES.v2 };
const onPort = (port: number) => all(`birds:${port}`, Object.keys(COLOURS), { groups: COLOURS });
const SPLIT_PHASE = 'split';

export const everyPort = splitCase({
  id: 'SPL-22',
  class: 'X',
  profiles: EXTENDED,
  title: 'every port of the root is split',
  phrase: 'traffic destined for birds:9090 follows the same guidelines',
  setup: 'a root and two backends with the ports 8080 and 9090, weights 50 and 50',
  expectation: 'on either port both backends answer and nobody else, on the target port of that port',
  control: 'without the split every pod of the root answers, on either port',
  catches: ['ignore-split'],
  phases: [
    {
      name: SPLIT_PHASE,
      objects: [split('ts', 'birds', { 'blue-birds': 50, 'green-birds': 50 })],
      services: BIRDS,
      samples: [onPort(8080), onPort(9090)],
    },
    {
      name: 'no split',
      control: true,
      objects: [],
      services: BIRDS,
      samples: [8080, 9090].map((port) => all(`birds:${port}`, TRIO_NAMES, { groups: TRIO })),
    },
  ],
  judge: (exchanges) => ({
    findings: [
      ...arrivals(SPLIT_PHASE, onPort(8080).key, { p1: 8080, p2: 8080 }, exchanges),
      ...arrivals(SPLIT_PHASE, onPort(9090).key, { p1: ALT_PORT, p2: ALT_PORT }, exchanges),
    ],
  }),
});
