/** Splits as several clients meet them: each for itself, and only where it may go. */
import type { Phase } from '../../src/cases/case.js';
import { group, http, match, split, target } from '../../src/cases/objects.js';
import { all, notShares, observe, only, shares } from '../../src/cases/questions.js';
import type { Exchange } from '../../src/judge/exchanges.js';
import type { Finding } from '../../src/judge/findings.js';
import { exactly, nobody, partly, type Answers } from './answers.js';
import { splitReading } from './readings.js';
import { EXTENDED, FEW, LEAVES, splitCase, TRIO } from './split-case.js';

const CLIENTS = ['c1', 'c2'] as const;
const QUARTER = { v1: 75, v2: 25 };
const fromEach = CLIENTS.map((from) => shares('root:8080', QUARTER, { groups: LEAVES, from, delta: 0.1 }));
const together: Phase = { name: '75 to 25', objects: [split('ts', 'root', QUARTER)], samples: fromEach };
const unsplit: Phase = {
  name: 'no split',
  control: true,
  objects: [],
  samples: CLIENTS.map((from) => notShares('root:8080', QUARTER, { groups: TRIO, from, delta: 0.1 })),
};

export const perClient = splitCase({
  id: 'SPL-31',
  class: 'X',
  profiles: EXTENDED,
  title: 'each client sees the ratio for itself',
  phrase: 'this is on a per-client basis and not global across all requests destined for these backends',
  setup: 'weights 75 and 25; two clients ask at the same time',
  expectation: 'the ratio holds for each of the two clients by itself',
  control: 'without the split the same test rejects for both',
  catches: ['ignore-split'],
  phases: [together, unsplit],
  run: async (ctx) => {
    for (const phase of [together, unsplit]) {
      await ctx.enter(phase);
      await Promise.all((phase.samples ?? []).map((sample) => ctx.sample(phase.name, sample)));
    }
  },
});

/** The only pod of the fixture that the second client may not reach. */
const FORBIDDEN = 'p10';
const services: NonNullable<Phase['services']> = [
  {
    name: 'forbidden',
    selector: { leaf: '10' },
    ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' }],
  },
];
const BOTH = { e1: ['p1'], forbidden: [FORBIDDEN] };
const seenByC2 = observe('c2', 'wide:8080', { count: 40 });
const weighed = (e1: number, forbidden: number) => split('ts', 'wide', { e1, forbidden });
const granted = [
  group('any', [match('any', '.*')]),
  target('t', { to: 'leaf-10', from: ['c2'], rules: [http('any')] }),
];

export const partlyAllowed = splitReading({
  id: 'SPL-38',
  title: 'what a client gets that may reach only one of two backends',
  needs: [
    'kind:TrafficSplit',
    'kind:TrafficTarget',
    'kind:HTTPRouteGroup',
    'identity:service-account',
    'feature:deny-by-default',
  ],
  setup:
    'weights 50 and 50, then 100 and 0; the client is authorised for all pods but the one behind the second backend',
  expectation:
    'recorded: what becomes of the share that it may not reach; whatever it is, none of its requests arrives there',
  control: 'once it is authorised for that pod too, both backends answer',
  catches: ['allow-all', 'any-identity'],
  read: [
    { name: '50 to 50', objects: [weighed(50, 50)], services, cells: [seenByC2] },
    { name: '100 to 0', objects: [weighed(100, 0)], services, cells: [seenByC2] },
  ],
  after: [
    // Servers hear of a grant by themselves: the gate of the next phase gives them the time.
    {
      name: 'authorised for both',
      control: true,
      objects: [...granted, weighed(100, 0)],
      services,
      samples: [only('wide:8080', ['e1'], { groups: BOTH, from: 'c2', n: FEW })],
    },
    {
      name: 'both, 50 to 50',
      control: true,
      objects: [...granted, weighed(50, 50)],
      services,
      samples: [all('wide:8080', ['e1', 'forbidden'], { groups: BOTH, from: 'c2' })],
    },
  ],
  readings: {
    "v2's share fails": ([halves, rest]) => isSeen(halves, (seen) => partly(seen, 'p1')) && isSeen(rest, onlyFirst),
    'all goes to v1': ([halves, rest]) => isSeen(halves, onlyFirst) && isSeen(rest, onlyFirst),
    'root denied entirely': ([halves, rest]) => isSeen(halves, nobody) && isSeen(rest, onlyFirst),
    'root denied even when v2 has weight 0': ([halves, rest]) => isSeen(halves, nobody) && isSeen(rest, nobody),
  },
  never: arrived,
});

const onlyFirst = (seen: Answers): boolean => exactly(seen, 'p1');
const isSeen = (seen: Answers | undefined, is: (seen: Answers) => boolean): boolean => seen !== undefined && is(seen);

function arrived(seen: readonly Exchange[]): readonly Finding[] {
  const through = seen.filter(({ servers }) => servers.some(({ pod }) => pod === FORBIDDEN)).length;
  return through === 0
    ? []
    : [
        {
          kind: 'violation',
          message: `${through} of ${seen.length} requests reached ${FORBIDDEN}, for which nobody authorised c2`,
        },
      ];
}
