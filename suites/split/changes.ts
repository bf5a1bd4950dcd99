/** Splits that change: new weights, a backend that comes later, deletion, another root, many changes at once. */
import type { Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { split } from '../../src/cases/objects.js';
import { all, allow, only } from '../../src/cases/questions.js';
import type { Evidence } from '../../src/evidence/records.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { continuous, failuresOf, judgeUnbroken, throughout, visitUnderLoad } from './continuous.js';
import { LEAVES, TRIO, TRIO_NAMES, splitCase } from './split-case.js';

const toV1 = split('ts', 'root', { v1: 100, v2: 0 });
const toV2 = split('ts', 'root', { v1: 0, v2: 100 });

const atFirst: Phase = {
  name: '100 to 0',
  objects: [toV1],
  samples: [only('root:8080', ['v1'], { groups: LEAVES })],
};
const shifted: Phase = {
  name: '0 to 100',
  objects: [toV2],
  samples: [only('root:8080', ['v2'], { groups: LEAVES })],
};
const shiftedBack: Phase = {
  name: '100 to 0 again',
  control: true,
  objects: [toV1],
  samples: [only('root:8080', ['v1'], { groups: LEAVES })],
};
const duringShift = continuous('during the shift', 'root:8080');

export const newWeights = splitCase({
  id: 'SPL-03',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'traffic follows an update of the weights',
  phrase: 'the user increases the weight of foobar-v2 by updating the TrafficSplit resource',
  setup: 'weights 100 and 0, then 0 and 100, while requests keep coming',
  expectation: 'after convergence all traffic has moved to the other backend',
  control: 'the update back moves it back',
  catches: [
    'ignore-split',
    'zero-weight-leak',
    'stale-config',
    'swapped-weights',
    'root-included',
    'update-ignored',
    'slow-config',
  ],
  phases: [atFirst, shifted, shiftedBack],
  run: async (ctx) => {
    await visit(ctx, atFirst);
    await visitUnderLoad(ctx, duringShift, shifted);
    await visit(ctx, shiftedBack);
  },
  judge: (exchanges) => {
    const { sent, failed } = failuresOf(duringShift, exchanges);
    return sent === 0 ? {} : { variant: `${failed.length} of ${sent} requests failed during the shift` };
  },
});

const LATER = [
  {
    name: 'later',
    selector: { leaf: '2' },
    ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }],
  },
];
const WITH_LATER = { v1: ['p1'], later: ['p2'] };
const everyAnswer = allow('c1', 'root:8080', { path: '/every', count: 50 });
const unborn = split('ts', 'root', { v1: 100, later: 0 });
const beforeService: Phase = {
  name: 'before the service exists',
  objects: [unborn],
  cells: [everyAnswer],
  samples: [only('root:8080', ['v1'], { groups: WITH_LATER })],
};
const afterService: Phase = {
  name: 'after the service exists',
  objects: [unborn],
  services: LATER,
  cells: [everyAnswer],
  samples: [only('root:8080', ['v1'], { groups: WITH_LATER })],
};
const raised: Phase = {
  name: 'weight raised',
  control: true,
  objects: [split('ts', 'root', { v1: 50, later: 50 })],
  services: LATER,
  samples: [all('root:8080', ['v1', 'later'], { groups: WITH_LATER })],
};
const duringBirth = continuous('while the service is created', 'root:8080');

export const serviceCreatedLater = splitCase({
  id: 'SPL-12',
  class: 'X',
  title: 'a split may name a service that does not exist yet',
  phrase: 'refers to the service foobar-v2 even before it is created',
  setup:
    'weight 100 for a service, weight 0 for one that is missing; then the missing one is created while requests keep coming',
  expectation: 'not one request fails, and none reaches the backend of weight 0, before and after it exists',
  control: 'raising its weight sends requests to it',
  catches: ['ignore-split', 'zero-weight-leak', 'missing-backend-black-hole', 'swapped-weights', 'root-included'],
  phases: [beforeService, afterService, raised],
  run: async (ctx) => {
    await visit(ctx, beforeService);
    await visitUnderLoad(ctx, duringBirth, afterService);
    await visit(ctx, raised);
  },
  judge: (exchanges) => ({ findings: judgeUnbroken(duringBirth, exchanges) }),
});

export const splitDeleted = splitCase({
  id: 'SPL-25',
  class: 'M',
  title: 'deleting the split gives the root its own pods back',
  phrase: 'Delete foobar-rollout as it is no longer needed',
  setup: 'weights 100 and 0, then the TrafficSplit is deleted',
  expectation: 'every pod that the root selects answers again',
  control: 'while the split existed, the first backend alone answered',
  catches: ['stale-config', 'split-deletion-ignored', 'late-deletion'],
  phases: [
    {
      name: '100 to 0',
      control: true,
      objects: [toV1],
      samples: [only('root:8080', ['v1'], { groups: LEAVES })],
    },
    { name: 'deleted', objects: [], samples: [all('root:8080', TRIO_NAMES, { groups: TRIO })] },
  ],
});

/** One root is split, the other is served by its selector. */
const rooted = (service: 'root' | 'root2'): Pick<Phase, 'objects' | 'samples'> => ({
  objects: [split('ts', service, { v1: 100, v2: 0 })],
  samples: [
    only(`${service}:8080`, ['v1'], { groups: LEAVES }),
    all(`${service === 'root' ? 'root2' : 'root'}:8080`, TRIO_NAMES, { groups: TRIO }),
  ],
});

export const otherRoot = splitCase({
  id: 'SPL-26',
  class: 'M',
  title: 'a split moves with its spec.service',
  phrase: 'This is referenced via spec.service',
  setup: 'a split of one root, updated to name another root',
  expectation: 'the new root is split and the old one is served by its selector again',
  control: 'naming the first root again turns it round',
  catches: ['ignore-split', 'zero-weight-leak', 'stale-config', 'swapped-weights', 'root-included'],
  phases: [
    { name: 'root', ...rooted('root') },
    { name: 'root2', ...rooted('root2') },
    { name: 'root again', control: true, ...rooted('root') },
  ],
});

const FLIPS = 100;
const LONGEST_MS = 10_000;
/** Faster than any proxy needs to follow, slow enough that the load sees states in between. */
const FLIP_EVERY_MS = 10;
const FLIPS_FACT = 'flips';
const steady: Phase = {
  name: 'before the flips',
  control: true,
  objects: [toV1],
  samples: [only('root:8080', ['v1'], { groups: LEAVES })],
};
const settled: Phase = {
  name: 'after the flips',
  objects: [toV2],
  samples: [only('root:8080', ['v2'], { groups: LEAVES })],
};
const calmLoad = continuous('no flips', 'root:8080');
const flipLoad = continuous('during the flips', 'root:8080');

export const manyFlips = splitCase({
  id: 'SPL-27',
  class: 'M',
  title: 'a hundred updates in ten seconds break no request, and the last one wins',
  phrase: 'the user increases the weight of foobar-v2 by updating the TrafficSplit resource',
  setup: `${FLIPS} flips between 100/0 and 0/100, each one every ${FLIP_EVERY_MS} ms and never before the API has accepted the one before, under continuous load`,
  expectation: 'no request fails during the flips and the final weights decide where traffic goes',
  control: 'the same load without flips fails no request either, and follows the first weights',
  catches: ['ignore-split', 'zero-weight-leak', 'stale-config', 'swapped-weights', 'root-included', 'gap-on-change'],
  phases: [steady, settled],
  run: async (ctx) => {
    await ctx.enter(steady);
    await throughout(ctx, calmLoad, async () => {
      for (const sample of steady.samples ?? []) await ctx.sample(steady.name, sample);
    });
    await throughout(ctx, flipLoad, async () => {
      // Bare: each flip is one update and nothing else; the marker that shows convergence comes after the last.
      const start = performance.now();
      for (let flip = 1; flip <= FLIPS; flip += 1) {
        await ctx.until(() => Promise.resolve(performance.now() - start >= (flip - 1) * FLIP_EVERY_MS), LONGEST_MS);
        await ctx.change({
          name: flipLoad.phase,
          bare: true,
          objects: [flip % 2 === 0 ? toV2 : toV1],
        });
      }
      ctx.fact(flipLoad.phase, FLIPS_FACT, { count: FLIPS, durationMs: Math.round(performance.now() - start) });
      await visit(ctx, settled);
    });
  },
  judge: (exchanges, evidence) => {
    const calm = judgeUnbroken(calmLoad, exchanges).map(({ message }) => invalid(`without flips: ${message}`));
    // A request that fails without flips is none that flips can be blamed for.
    return { findings: [...judgePace(evidence), ...(calm.length > 0 ? calm : judgeUnbroken(flipLoad, exchanges))] };
  },
});

function judgePace({ lines }: Evidence): Finding[] {
  const line = lines.find((candidate) => candidate.kind === 'fact' && candidate.name === FLIPS_FACT);
  const value = line?.kind === 'fact' ? line.value : undefined;
  if (typeof value !== 'object' || value === null || !('durationMs' in value))
    return [invalid('how long the flips took is not on record')];
  return Number(value.durationMs) > LONGEST_MS
    ? [
        invalid(
          `the API took ${Number(value.durationMs)} ms for ${FLIPS} updates, more than the ${LONGEST_MS} ms that the case is about`,
        ),
      ]
    : [];
}
