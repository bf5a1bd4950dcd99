/** Where the traffic of a root service goes, with a split and without one. */
import type { Phase } from '../../src/cases/case.js';
import { visit, type Extra } from '../../src/cases/define.js';
import { split } from '../../src/cases/objects.js';
import { all, LEAK_COUNT, observe, only } from '../../src/cases/questions.js';
import type { Exchange } from '../../src/judge/exchanges.js';
import { invalid } from '../../src/judge/findings.js';
import { samplesForPresence } from '../../src/judge/statistics.js';
import { tally } from './answers.js';
import { LEAVES, TRIO, TRIO_NAMES, splitCase } from './split-case.js';

export const noSplit = splitCase({
  id: 'SPL-01',
  class: 'M',
  title: 'without a split every pod of a service answers',
  catches: ['first-pod-only'],
  phrase: 'the standard Kubernetes service configuration would continue to operate',
  setup: 'no TrafficSplit; the selector of the service covers the pods of two leaves',
  expectation: 'both leaves answer; every other split case builds on this',
  control: 'a service that selects one leaf alone is answered by that leaf alone',
  profiles: ['smoke', 'core', 'extended', 'full'],
  phases: [
    { name: 'no split', objects: [], samples: [all('pair:8080', ['v1', 'v2'], { groups: LEAVES })] },
    {
      name: 'one leaf',
      control: true,
      objects: [],
      samples: [only('v1:8080', ['v1'], { groups: TRIO }), only('v2:8080', ['v2'], { groups: TRIO })],
    },
  ],
});

const noWeight: Phase = {
  name: '100 to 0',
  objects: [split('ts', 'root', { v1: 100, v2: 0 })],
  // From two clients: each has a proxy of its own.
  samples: ['c1', 'c2'].map((from) => only('root:8080', ['v1'], { groups: LEAVES, from })),
};
const unsplit: Phase = {
  name: 'no split',
  control: true,
  objects: [],
  samples: [all('root:8080', TRIO_NAMES, { groups: TRIO })],
};
const overTcp = observe('c1', 'root:8300', { protocol: 'tcp', count: LEAK_COUNT });

export const zeroWeight = splitCase({
  id: 'SPL-02',
  class: 'M',
  title: 'a backend of weight 0 gets nothing',
  phrase: 'does not redirect any traffic to foobar-v2',
  setup: 'weights 100 and 0, over HTTP; over TCP as well where connections are split at all',
  expectation:
    'not one request, and no TCP connection, reaches the backend of weight 0; a leak of 1 % would show with probability 0.99',
  control: 'without the split both backends answer',
  catches: ['ignore-split', 'zero-weight-leak', 'swapped-weights', 'root-included', 'one-proxy-never'],
  profiles: ['smoke', 'core', 'extended', 'full'],
  phases: [noWeight, unsplit],
  run: async (ctx) => {
    await visit(ctx, noWeight);
    if (ctx.offers('protocol:tcp') && ctx.offers('feature:tcp-split')) await ctx.probe(noWeight.name, [overTcp]);
    await visit(ctx, unsplit);
  },
  judge: (exchanges) => judgeConnections(exchanges.of(noWeight.name, overTcp.key)),
});

/** Whether connections are split is the question of a case of its own: here it only counts whether a split of them leaks. */
function judgeConnections(seen: readonly Exchange[]): Extra {
  if (seen.length === 0) return {};
  const pods = new Set(seen.flatMap(({ servers }) => servers.map(({ pod }) => pod)));
  if (pods.has('p3') || pods.size === 0) return { variant: `TCP is not split (${tally(seen)})` };
  const leaked = seen.filter(({ servers }) => servers.some(({ pod }) => pod !== 'p1')).length;
  if (leaked > 0)
    return {
      findings: [
        {
          kind: 'violation',
          message: `${noWeight.name}: ${leaked} of ${seen.length} TCP connections reached the backend of weight 0`,
        },
      ],
    };
  return seen.length < LEAK_COUNT
    ? { findings: [invalid(`${noWeight.name}: ${seen.length} of ${LEAK_COUNT} TCP connections are on record`)] }
    : {};
}

export const singleBackend = splitCase({
  id: 'SPL-11',
  class: 'X',
  title: 'a single backend of weight 1 gets everything',
  phrase: 'weight: 1',
  setup: 'one backend with weight 1',
  expectation: 'every request reaches the only backend',
  control: 'without the split every pod of the root answers',
  catches: ['ignore-split', 'root-included'],
  phases: [
    {
      name: 'only v2',
      objects: [split('ts', 'root', { v2: 1 })],
      samples: [only('root:8080', ['v2'], { groups: LEAVES })],
    },
    { name: 'no split', control: true, objects: [], samples: [all('root:8080', TRIO_NAMES, { groups: TRIO })] },
  ],
});

const HALVES = split('ts', 'root', { v1: 50, v2: 50 });

export const leavesStayReachable = splitCase({
  id: 'SPL-23',
  class: 'M',
  title: 'the backends of a split stay reachable by their own names',
  catches: ['leaves-split-too'],
  phrase: 'spot check by sending manual requests to the foobar-v2 service',
  setup: 'weights 50 and 50; requests to the backends themselves',
  expectation: 'each backend answers the requests to its own name, all of them and no others',
  control: 'requests to the root reach both backends',
  phases: [
    {
      name: 'by own name',
      objects: [HALVES],
      samples: [only('v1:8080', ['v1'], { groups: TRIO }), only('v2:8080', ['v2'], { groups: TRIO })],
    },
    {
      name: 'by the root',
      control: true,
      objects: [HALVES],
      samples: [all('root:8080', ['v1', 'v2'], { groups: LEAVES })],
    },
  ],
});

const OPEN = { namespace: 'ns1', mode: { mtls: 'permissive', access: 'allow' } } as const;
/** A plain service chooses once per connection: every request of the sample, has one of its own. */
const EACH_ITS_OWN = samplesForPresence(1 / (2 * TRIO_NAMES.length));
const ALL_TO_V1 = split('ts', 'root', { v1: 100, v2: 0 });

export const clientOutside = splitCase({
  id: 'SPL-24',
  class: 'M',
  title: 'a client outside the mesh sees the plain service',
  catches: ['permissive-ignored'],
  phrase: 'the standard Kubernetes service configuration would continue to operate',
  needs: ['kind:TrafficSplit', 'mtls:permissive', 'feature:default-allow'],
  setup: 'the mesh lets plaintext in; weights 100 and 0; a client without a proxy calls the root',
  expectation: 'the client outside reaches every pod that the root selects',
  control: 'a client in the mesh reaches the first backend alone at the same time',
  // The servers have to open up too: the client in the mesh goes first, and its gate and sample give them the time.
  phases: [
    {
      name: 'in the mesh',
      control: true,
      mode: OPEN,
      objects: [ALL_TO_V1],
      samples: [only('root:8080', ['v1'], { groups: LEAVES })],
    },
    {
      name: 'outside the mesh',
      mode: OPEN,
      objects: [ALL_TO_V1],
      samples: [all('root:8080', TRIO_NAMES, { groups: TRIO, from: 'stranger', connections: EACH_ITS_OWN })],
    },
  ],
});
