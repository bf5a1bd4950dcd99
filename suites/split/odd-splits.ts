/** Splits that the text does not foresee, or advises against: no weight at all, itself among its backends, another split below it. */
import type { Phase } from '../../src/cases/case.js';
import { split } from '../../src/cases/objects.js';
import { all, observe, only } from '../../src/cases/questions.js';
import type { Exchange } from '../../src/judge/exchanges.js';
import type { Finding } from '../../src/judge/findings.js';
import { among, exactly, nobody, partly } from './answers.js';
import { reads, rejected, splitReading } from './readings.js';
import { FEW, LEAVES, TRIO } from './split-case.js';

const TRIO_PODS = Object.values(TRIO).flat();
/** Two backends with half a share each are told from one with a certainty of 2^-39. */
const seenOnRoot = observe('c1', 'root:8080', { count: 40 });

const beside = (v1: number, v2: number) => split('other', 'root2', { v1, v2 });
const nothing = split('ts', 'root', { v1: 0, v2: 0 });

export const allZero = splitReading({
  id: 'SPL-09',
  alone: true,
  title: 'what a split does whose weights are all zero',
  setup: 'weights 0 and 100, then 0 and 0; with it, and once more after it, a split of another root is updated',
  expectation: 'recorded: where its traffic goes; whatever it is, the other split keeps following its updates',
  control: 'with weights 1 and 1 both backends answer',
  catches: ['ignore-split', 'zero-weight-leak', 'stale-config'],
  before: [
    {
      name: '0 to 100',
      control: true,
      objects: [split('ts', 'root', { v1: 0, v2: 100 }), beside(100, 0)],
      samples: [only('root:8080', ['v2'], { groups: LEAVES, n: FEW })],
    },
  ],
  read: [
    {
      name: 'all weights 0',
      objects: [nothing, beside(0, 100)],
      cells: [seenOnRoot],
      samples: [only('root2:8080', ['v2'], { groups: LEAVES, n: FEW })],
    },
  ],
  after: [
    {
      name: 'later update',
      objects: [nothing, beside(100, 0)],
      samples: [only('root2:8080', ['v1'], { groups: LEAVES })],
    },
    {
      name: 'weights 1 and 1',
      control: true,
      objects: [split('ts', 'root', { v1: 1, v2: 1 }), beside(100, 0)],
      samples: [all('root:8080', ['v1', 'v2'], { groups: LEAVES })],
    },
  ],
  readings: {
    rejected,
    errors: reads(nobody),
    'root selector behaviour': reads((seen) => exactly(seen, ...TRIO_PODS)),
    uniform: reads((seen) => exactly(seen, 'p1', 'p2')),
    'last good config kept': reads((seen) => exactly(seen, 'p2')),
  },
});

/** The other backend is no pod of the root, so that its answers are told from those of the root's own selector. */
const FOURTH = { e4: ['p4'] };

export const selfReference = splitReading({
  id: 'SPL-15',
  alone: true,
  title: 'what a split does that has its own root among its backends',
  phrase: 'TrafficSplits cannot be self-referential',
  setup: 'weights 50 and 50 for the root itself and for a service of another pod',
  expectation: 'recorded: where the share of the root goes; whatever it is, no request goes round in a loop',
  control: 'without itself the split sends everything to the other service',
  catches: [],
  read: [
    {
      name: 'root among its backends',
      objects: [split('ts', 'root', { root: 50, e4: 50 })],
      cells: [seenOnRoot],
      samples: [only('v1:8080', ['v1'], { groups: TRIO, n: FEW })],
    },
  ],
  after: [
    {
      name: 'without itself',
      control: true,
      objects: [split('ts', 'root', { e4: 50 })],
      samples: [only('root:8080', ['e4'], { groups: FOURTH, n: FEW })],
    },
  ],
  readings: {
    rejected,
    'TS ignored': reads((seen) => among(seen, ...TRIO_PODS)),
    'root leg answered by the root selector': reads(
      (seen) => seen.pods.has('p4') && seen.pods.size > 1 && among(seen, 'p4', ...TRIO_PODS),
    ),
  },
  never: goesRound,
});

/** What goes round in a loop does not come back in time, or arrives more than once. */
function goesRound(seen: readonly Exchange[]): readonly Finding[] {
  const round = seen.filter(({ client, servers }) => client.error?.code === 'ETIMEDOUT' || servers.length > 1).length;
  return round === 0
    ? []
    : [{ kind: 'violation', message: `${round} of ${seen.length} requests went round: no answer in time, or copies` }];
}

/** What the outer split names is the root of the inner one; its own pod is none of the outer root's. */
const inner = split('inner', 'e5', { e4: 100 });
const outer = split('outer', 'root', { e5: 100 });
const FIFTH = { e5: ['p5'] };

export const hierarchy = splitReading({
  id: 'SPL-16',
  title: 'what a split does whose backend is the root of another split',
  phrase: 'TrafficSplits are not hierarchical',
  setup: 'a split sends everything to a service of which another split sends everything elsewhere',
  expectation: 'recorded: whether what the first split sends is split again',
  control: 'the inner split works on its own, and without it the service answers for itself',
  before: [
    {
      name: 'inner split',
      control: true,
      objects: [inner],
      samples: [only('e5:8080', ['e4'], { groups: FOURTH, n: FEW })],
    },
  ],
  read: [{ name: 'one below the other', objects: [inner, outer], cells: [seenOnRoot] }],
  after: [
    {
      name: 'outer split',
      control: true,
      objects: [outer],
      samples: [only('root:8080', ['e5'], { groups: FIFTH, n: FEW })],
    },
  ],
  readings: {
    rejected,
    'leaf not re-split': reads((seen) => exactly(seen, 'p5')),
    're-split': reads((seen) => exactly(seen, 'p4')),
    'TS dropped': reads((seen) => among(seen, ...TRIO_PODS)),
  },
});

const later = (selector: Readonly<Record<string, string>>) => [
  { name: 'later', selector, ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }] },
];
const halves = split('ts', 'root', { v1: 50, later: 50 });
const bothAnswer = (name: string): Phase => ({
  name,
  control: true,
  objects: [halves],
  services: later({ leaf: '2' }),
  samples: [all('root:8080', ['v1', 'later'], { groups: { v1: ['p1'], later: ['p2'] } })],
});

export const missingBackend = splitReading({
  id: 'SPL-13',
  title: 'what becomes of the share of a backend that does not exist',
  setup: 'weights 50 and 50, the second for a service that does not exist',
  expectation: 'recorded: what becomes of the share of the missing service',
  control: 'once the service exists both answer',
  read: [{ name: 'no such service', objects: [halves], cells: [seenOnRoot] }],
  after: [bothAnswer('service created')],
  readings: {
    'its share errors': reads((seen) => partly(seen, 'p1')),
    'share redistributed': reads((seen) => exactly(seen, 'p1')),
    'whole TS dropped': reads((seen) => exactly(seen, ...TRIO_PODS)),
  },
});

/** Half a share of failures is told from a quarter, which is what one more try leaves of it. */
const manyOnRoot = observe('c1', 'root:8080', { count: 200 });
const MOSTLY = 3 / 8;

export const noEndpoints = splitReading({
  id: 'SPL-14',
  title: 'what becomes of the share of a backend without pods',
  phrase: 'if 50% of traffic is being sent to a service that has no healthy endpoints - what happens?',
  setup: 'weights 50 and 50, the second for a service that selects no pod',
  expectation: 'recorded: what becomes of the share of the service without pods',
  control: 'once the service has a pod both answer',
  read: [{ name: 'no pods', objects: [halves], services: later({ leaf: 'none' }), cells: [manyOnRoot] }],
  after: [bothAnswer('a pod for it')],
  readings: {
    'its share errors': reads((seen) => seen.failed > MOSTLY * seen.asked && partly(seen, 'p1')),
    redistributed: reads((seen) => exactly(seen, 'p1')),
    'errors then retried elsewhere': reads((seen) => partly(seen, 'p1')),
  },
});
