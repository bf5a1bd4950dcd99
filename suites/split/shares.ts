/** How much each backend gets: weights are relative, between services, for every request. */
import type { Phase, Sample } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { split } from '../../src/cases/objects.js';
import { notShares, only, present, shares } from '../../src/cases/questions.js';
import type { Exchange } from '../../src/judge/exchanges.js';
import { samplesForZeroHits } from '../../src/judge/statistics.js';
import { dispersion } from './dispersion.js';
import { fateOfForty, offerForty } from './forty.js';
import { LEAVES, TRIO, splitCase } from './split-case.js';

const RATIOS = [
  [90, 10],
  [75, 25],
  [50, 50],
] as const;
const ratioPhases = RATIOS.map(([v1, v2]): Phase => ({
  name: `${v1} to ${v2}`,
  objects: [split('ts', 'root', { v1, v2 })],
  samples: [shares('root:8080', { v1, v2 }, { groups: LEAVES })],
}));

export const percentages = splitCase({
  id: 'SPL-04',
  class: 'M',
  title: 'traffic is shared as the weights say',
  phrase: 'will route 90% of the website incoming traffic to the website-v1 service and 10% to website-v2 service',
  ref: 'traffic-split v1alpha4',
  setup: 'weights 90 and 10, 75 and 25, 50 and 50',
  expectation: 'the exact test accepts each ratio; a shift of five points would be found with probability 0.99',
  control: 'without the split the very same test of 90/10 rejects',
  catches: [
    'ignore-split',
    'stale-config',
    'sticky-split',
    'swapped-weights',
    'equal-weights',
    'first-backend-only',
    'root-included',
    'slow-config',
    'flapping-config',
  ],
  phases: [
    ...ratioPhases,
    {
      name: 'no split',
      control: true,
      objects: [],
      samples: [notShares('root:8080', { v1: 90, v2: 10 }, { groups: TRIO })],
    },
  ],
});

export const relativeWeights = splitCase({
  id: 'SPL-05',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'weights are relative to each other',
  phrase: 'redirects approximately 33% of traffic to foobar-v2',
  setup: 'weights 1000 and 500, which add up to no round number',
  expectation: 'the backends get two thirds and one third',
  control: 'weights 500 and 1000 turn the shares round',
  catches: ['ignore-split', 'sticky-split', 'swapped-weights', 'equal-weights', 'first-backend-only', 'root-included'],
  phases: [
    {
      name: '1000 to 500',
      objects: [split('ts', 'root', { v1: 1000, v2: 500 })],
      samples: [shares('root:8080', { v1: 1000, v2: 500 }, { groups: LEAVES })],
    },
    {
      name: '500 to 1000',
      control: true,
      objects: [split('ts', 'root', { v1: 500, v2: 1000 })],
      // A third against two thirds: a coarse test turns round just as surely.
      samples: [shares('root:8080', { v1: 500, v2: 1000 }, { groups: LEAVES, delta: 0.1 })],
    },
  ],
});

/** `e1` … `eN`, one pod each, under a root that selects two pods more: an ignored split shows in them. */
const leaves = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `e${index + 1}`, pod: `p${index + 1}` }));
const groupsOf = (count: number) => Object.fromEntries(leaves(count).map(({ name, pod }) => [name, [pod]]));
const weightsOf = (count: number, first: number) =>
  Object.fromEntries(leaves(count).map(({ name }, index) => [name, index === 0 ? first : 1]));

/** A doubled weight moves the shares by far more than these: 17 points of three, 10 points of eight. */
const equalPhases = (count: number, delta: number): Phase[] => [
  {
    name: `${count} equal weights`,
    objects: [split('ts', 'wide', weightsOf(count, 1))],
    samples: [shares('wide:8080', weightsOf(count, 1), { groups: groupsOf(count), delta })],
  },
  {
    name: `one of ${count} doubled`,
    control: true,
    objects: [split('ts', 'wide', weightsOf(count, 2))],
    samples: [notShares('wide:8080', weightsOf(count, 1), { groups: groupsOf(count), delta })],
  },
];

const evenly = [...equalPhases(3, 0.08), ...equalPhases(8, 0.06)];

export const equalWeights = splitCase({
  id: 'SPL-06',
  class: 'M',
  title: 'equal weights share equally, however many there are',
  phrase: 'Implementations will weight outgoing traffic between the services',
  setup: 'three, then eight backends of weight 1; an object with forty of them is offered to the API',
  expectation: 'no share of three and none of eight backends differs from the others',
  control: 'with one weight doubled the very same test rejects',
  catches: ['ignore-split', 'stale-config', 'sticky-split', 'first-backend-only', 'root-included'],
  phases: evenly,
  run: async (ctx) => {
    for (const phase of evenly) await visit(ctx, phase);
    await offerForty(ctx);
  },
  judge: (_exchanges, evidence) => {
    const variant = fateOfForty(evidence);
    return variant === undefined ? {} : { variant };
  },
});

/** A thousandth must be told from nothing at all. */
const NO_THOUSANDTH = samplesForZeroHits(0.001);

export const largeRatio = splitCase({
  id: 'SPL-07',
  class: 'M',
  title: 'a very small weight is neither lost nor inflated',
  phrase: 'Implementations will weight outgoing traffic between the services',
  setup: 'weights 1 and 999, then 5 and 995',
  expectation: 'the small backend gets requests, and no more than its share',
  control: 'with weight 0 it gets none',
  catches: [
    'ignore-split',
    'rounded-to-percent',
    'sticky-split',
    'off-by-three',
    'swapped-weights',
    'equal-weights',
    'first-backend-only',
    'root-included',
    'flapping-config',
  ],
  phases: [
    {
      name: '1 to 999',
      objects: [split('ts', 'root', { v1: 1, v2: 999 })],
      samples: [present('root:8080', 'v1', 1 / 1000, { groups: LEAVES })],
    },
    {
      name: '5 to 995',
      objects: [split('ts', 'root', { v1: 5, v2: 995 })],
      samples: [present('root:8080', 'v1', 5 / 1000, { groups: LEAVES })],
    },
    {
      name: '0 to 999',
      control: true,
      objects: [split('ts', 'root', { v1: 0, v2: 999 })],
      samples: [only('root:8080', ['v2'], { groups: LEAVES, n: NO_THOUSANDTH })],
    },
  ],
});

const NINE = Array.from({ length: 9 }, (_, index) => `p${index + 2}`);
const ONE_AND_NINE = { w1: ['p1'], w9: NINE };
/** By pods the small service would get a tenth: ten points off is fine enough a test. */
const byService = shares('wide:8080', { w1: 1, w9: 1 }, { groups: ONE_AND_NINE, delta: 0.1 });

export const serviceLevel = splitCase({
  id: 'SPL-08',
  class: 'M',
  title: 'weights count services, not pods',
  phrase: 'between the services referenced by spec.backends',
  setup: 'a backend of one pod and a backend of nine, equal weights',
  expectation: 'each service gets one half, whatever its number of pods',
  control: 'without the split the pods share evenly, so that the very same test rejects',
  catches: ['ignore-split', 'sticky-split', 'first-backend-only', 'split-by-pods'],
  phases: [
    { name: 'one pod to nine', objects: [split('ts', 'wide', { w1: 1, w9: 1 })], samples: [byService] },
    {
      name: 'no split',
      control: true,
      objects: [],
      samples: [notShares('wide:8080', { w1: 1, w9: 1 }, { groups: ONE_AND_NINE, delta: 0.1 })],
    },
  ],
  judge: (exchanges) => evenness(exchanges.of('one pod to nine', byService.key)),
});

function evenness(seen: readonly Exchange[]): { readonly variant?: string } {
  const hits = NINE.map((pod) => seen.filter(({ servers }) => servers[0]?.pod === pod).length);
  const total = hits.reduce((sum, count) => sum + count, 0);
  if (total === 0) return {};
  const percent = (count: number): string => ((100 * count) / total).toFixed(1);
  return {
    variant: `within the service of nine pods each got ${percent(Math.min(...hits))} to ${percent(Math.max(...hits))} %`,
  };
}

const onOneConnection: Sample = shares('root:8080', { v1: 50, v2: 50 }, { groups: LEAVES, connections: 1 });

export const perRequest = splitCase({
  id: 'SPL-28',
  class: 'M',
  title: 'requests of one connection are shared one by one',
  phrase: 'Implementations will weight outgoing traffic',
  setup: 'weights 50 and 50; all requests on one kept-alive connection',
  expectation: 'the ratio holds on a single connection',
  control: 'with weights 100 and 0 the same client, on one connection, reaches the first backend alone',
  catches: ['ignore-split', 'sticky-split', 'first-backend-only', 'root-included'],
  phases: [
    { name: '50 to 50', objects: [split('ts', 'root', { v1: 50, v2: 50 })], samples: [onOneConnection] },
    {
      name: '100 to 0',
      control: true,
      objects: [split('ts', 'root', { v1: 100, v2: 0 })],
      samples: [only('root:8080', ['v1'], { groups: LEAVES, connections: 1 })],
    },
  ],
  judge: (exchanges) => {
    const variant = dispersion(exchanges.of('50 to 50', onOneConnection.key));
    return variant === undefined ? {} : { variant };
  },
});
