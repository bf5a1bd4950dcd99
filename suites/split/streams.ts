/** Splits below and beyond HTTP/1.1: streams of one HTTP/2 connection, gRPC calls, TCP connections. */
import { GRPC_BESIDE_HTTP, type Phase, type Sample } from '../../src/cases/case.js';
import { split } from '../../src/cases/objects.js';
import { all, observe, only, shares } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { planRatio, testShare } from '../../src/judge/statistics.js';
import type { Statistic } from '../../src/judge/verdict.js';
import { answersTo, exactly, nobody, unreadable } from './answers.js';
import { dispersion } from './dispersion.js';
import { notInForce } from './readings.js';
import { EXTENDED, FEW, splitCase, TRIO, TRIO_NAMES } from './split-case.js';

/** Ports that say what they carry, as in the example of the text: a mesh need not guess. */
const grpcPort = (name: string, selector: Readonly<Record<string, string>>) => ({
  name,
  selector,
  ports: [{ name: 'grpc', port: 8080, targetPort: 8080, protocol: 'http' as const }],
});
const services = [
  grpcPort('birds', { trio: 'yes' }),
  grpcPort('blue-birds', { leaf: '1' }),
  grpcPort('green-birds', { leaf: '2' }),
];
const COLOURS = { 'blue-birds': ['p1'], 'green-birds': ['p2'] };
const DIALECTS = ['h2c', 'grpc'] as const;
/** A phase for each of them: not every mesh can be asked both. */
const overStreams = (
  name: string,
  phase: Partial<Phase>,
  draw: (protocol: (typeof DIALECTS)[number]) => Sample,
): Phase[] =>
  DIALECTS.map((protocol) => ({
    name: `${name}, ${protocol}`,
    ...phase,
    ...(protocol === 'grpc' ? { needs: [GRPC_BESIDE_HTTP] } : {}),
    objects: phase.objects ?? [],
    services,
    samples: [draw(protocol)],
  }));
const halves = overStreams(
  '50 to 50',
  { objects: [split('ts', 'birds', { 'blue-birds': 50, 'green-birds': 50 })] },
  (protocol) =>
    shares('birds:8080', { 'blue-birds': 50, 'green-birds': 50 }, { groups: COLOURS, protocol, delta: 0.1 }),
);

export const perStream = splitCase({
  id: 'SPL-29',
  class: 'M',
  profiles: EXTENDED,
  title: 'streams of one HTTP/2 connection and gRPC calls are shared one by one',
  phrase: 'Implementations will weight outgoing traffic',
  setup:
    'weights 50 and 50; HTTP/2 requests, then gRPC unary calls, each all on one connection, several under way at once',
  expectation: 'the ratio holds on a single connection, for HTTP/2 and for gRPC; a shift of ten points would be found',
  control: 'with weights 100 and 0 the same client, on one connection, reaches the first backend alone',
  catches: ['ignore-split'],
  phases: [
    ...halves,
    ...overStreams(
      '100 to 0',
      { control: true, objects: [split('ts', 'birds', { 'blue-birds': 100, 'green-birds': 0 })] },
      (protocol) => only('birds:8080', ['blue-birds'], { groups: COLOURS, protocol, n: FEW }),
    ),
  ],
  judge: (exchanges) => {
    const spreads = halves.flatMap(({ name, samples = [] }) =>
      samples.flatMap(({ protocol, key }) => {
        const spread = dispersion(exchanges.of(name, key));
        return spread === undefined ? [] : [`${protocol}: ${spread}`];
      }),
    );
    return spreads.length === 0 ? {} : { variant: spreads.join('; ') };
  },
});

const HALF = planRatio({ p0: 0.5, delta: 0.2 });
const overTcp = observe('c1', 'root:8300', { protocol: 'tcp', count: HALF.n });
const tcpSplit: Phase = { name: '50 to 50', objects: [split('ts', 'root', { v1: 50, v2: 50 })], cells: [overTcp] };

export const tcpConnections = splitCase({
  id: 'SPL-30',
  class: 'A',
  profiles: EXTENDED,
  title: 'whether TCP connections are shared',
  phrase: '(silent)',
  needs: ['kind:TrafficSplit', 'protocol:tcp'],
  setup: `weights 50 and 50; ${HALF.n} TCP connections to the root, with one exchange each`,
  expectation: 'recorded: whether connections are shared as the weights say',
  control: 'without the split connections reach every pod of the root',
  variants: ['split per connection', 'not split', 'connections fail'],
  plan: {
    n: HALF.n,
    alpha: HALF.alpha,
    power: HALF.power,
    unit: 'connection',
    note: 'one exact test of one half',
    finds: ['a share off by twenty points'],
  },
  phases: [
    tcpSplit,
    {
      name: 'no split',
      control: true,
      objects: [],
      samples: [all('root:8300', TRIO_NAMES, { groups: TRIO, protocol: 'tcp' })],
    },
  ],
  judge: (exchanges) => {
    const findings = [...notInForce(tcpSplit, exchanges), ...unreadable(tcpSplit, overTcp, exchanges)];
    return findings.length > 0 ? { findings } : readConnections(exchanges);
  },
});

function readConnections(exchanges: Exchanges): {
  readonly variant: string;
  readonly statistics?: readonly Statistic[];
} {
  const answers = answersTo(tcpSplit, overTcp, exchanges);
  if (nobody(answers)) return { variant: 'connections fail' };
  if (exactly(answers, 'p1', 'p2', 'p3')) return { variant: 'not split' };
  const hits = exchanges.of(tcpSplit.name, overTcp.key).filter(({ servers }) => servers[0]?.pod === 'p1').length;
  const share = {
    ...testShare('v1', { hits, n: answers.asked }, HALF),
    unit: 'connection' as const,
  };
  const variant = exactly(answers, 'p1', 'p2') && !share.rejected ? 'split per connection' : `other: ${answers.tally}`;
  return { variant, statistics: [share] };
}
