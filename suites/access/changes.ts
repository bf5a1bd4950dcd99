/** What happens while policy changes: late groups, updates, revocation, swaps, re-syncs. */
import type { Cell, Phase } from '../../src/cases/case.js';
import { visit } from '../../src/cases/define.js';
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny, LEAK_COUNT, observe } from '../../src/cases/questions.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { accessCase } from './access-case.js';

const anything = group('anything', [match('any', '.*')]);
const grant = (...from: string[]) => target('t', { from, rules: [http('anything')] });

/** Two targets whose routes overlap, reconciled again and again. */
const overlapping: Phase = {
  name: 'overlapping',
  objects: [
    group('ga', [match('api', '/api.*')]),
    group('gb', [match('any', '.*')]),
    target('ta', { from: ['c1'], rules: [http('ga')] }),
    target('tb', { from: ['c2'], rules: [http('gb')] }),
  ],
  cells: [allow('c2', 'srv:8080', { path: '/api/x' }), allow('c1', 'srv:8080', { path: '/api/x' })],
};
const overlapRevoked: Phase = {
  name: 'second deleted',
  control: true,
  objects: [
    group('ga', [match('api', '/api.*')]),
    group('gb', [match('any', '.*')]),
    target('ta', { from: ['c1'], rules: [http('ga')] }),
  ],
  cells: [deny('c2', 'srv:8080', { path: '/api/x' })],
};
const RESYNCS = 20;
const resyncCell = allow('c2', 'srv:8080', { path: '/api/x', count: 2 });

export const overlappingTargets = accessCase({
  id: 'ACC-10',
  class: 'M',
  title: 'overlapping targets add up, at every re-sync',
  phrase: 'Access control in this specification is additive',
  setup: 'c1 may reach /api.*, c2 anything, by two targets; each of 20 re-syncs touches both',
  expectation: 'the second source is allowed on the overlapping route in every round',
  control: 'deleting the second target denies it',
  catches: ['deny-all', 'first-target-only', 'literal-path', 'flapping-config'],
  phases: [overlapping, overlapRevoked],
  run: async (ctx) => {
    await visit(ctx, overlapping);
    for (let round = 1; round <= RESYNCS; round += 1) {
      for (const object of overlapping.objects)
        if (object.kind === 'TrafficTarget') await ctx.touch(`re-sync ${round}`, object);
      await ctx.probe(`re-sync ${round}`, [resyncCell]);
    }
    await visit(ctx, overlapRevoked);
  },
  judge: (exchanges) => ({ findings: flapping(exchanges) }),
});

function flapping(exchanges: Exchanges): Finding[] {
  const rounds = Array.from({ length: RESYNCS }, (_, index) => exchanges.of(`re-sync ${index + 1}`, resyncCell.key));
  const missing = rounds.filter((round) => round.length < resyncCell.count).length;
  if (missing > 0) return [invalid(`${missing} of ${RESYNCS} re-sync rounds are not on record`)];
  const wrong = rounds.filter((round) => round.some(({ outcome }) => outcome !== 'allow')).length;
  if (wrong === 0) return [];
  const message = `c2 was refused in ${wrong} of ${RESYNCS} re-sync rounds`;
  return [{ kind: wrong === RESYNCS ? 'violation' : 'unstable', message }];
}

export const lateGroup = accessCase({
  id: 'ACC-25',
  class: 'M',
  title: 'a missing group fails closed and takes effect when it appears',
  phrase: 'via referenced TrafficSpecs',
  setup: 'the target first, its group later, the target untouched',
  expectation: 'denied while the group is missing, allowed once it exists',
  control: 'the phase before the group exists is denied',
  catches: ['allow-all', 'deny-all', 'missing-group-open', 'ignore-path'],
  phases: [
    {
      name: 'group missing',
      objects: [target('t', { from: ['c1'], rules: [http('late')] })],
      cells: [deny('c1', 'srv:8080', { path: '/late' })],
    },
    {
      name: 'group created',
      objects: [target('t', { from: ['c1'], rules: [http('late')] }), group('late', [match('late', '/late')])],
      cells: [allow('c1', 'srv:8080', { path: '/late' }), deny('c1', 'srv:8080', { path: '/other' })],
    },
  ],
});

const routed = (path: string): Phase['objects'] => [
  group('g', [match('only', path)]),
  target('t', { from: ['c1'], rules: [http('g')] }),
];

export const groupUpdated = accessCase({
  id: 'ACC-27',
  class: 'M',
  title: 'access follows an update of the group alone, in both directions',
  phrase: 'via referenced TrafficSpecs',
  setup: 'only the HTTPRouteGroup changes: /a, then /b, then /a again',
  expectation: 'the new path is allowed and the old one denied after each change',
  control: 'the old path is denied after each change',
  catches: ['stale-config', 'allow-all', 'deny-all', 'ignore-path', 'update-ignored', 'slow-config'],
  phases: [
    {
      name: 'route a',
      objects: routed('/a'),
      cells: [allow('c1', 'srv:8080', { path: '/a' }), deny('c1', 'srv:8080', { path: '/b' })],
    },
    {
      name: 'route b',
      objects: routed('/b'),
      cells: [allow('c1', 'srv:8080', { path: '/b' }), deny('c1', 'srv:8080', { path: '/a' })],
    },
    {
      name: 'route a again',
      objects: routed('/a'),
      cells: [allow('c1', 'srv:8080', { path: '/a' }), deny('c1', 'srv:8080', { path: '/b' })],
    },
  ],
});

export const revocation = accessCase({
  id: 'ACC-28',
  class: 'M',
  title: 'deleting the target revokes access',
  phrase: 'all traffic is denied by default',
  setup: 'c1 is allowed, then its only target is deleted',
  expectation: `after convergence not one of ${LEAK_COUNT} requests is let in`,
  control: 'recreating the target lets c1 in again',
  catches: ['allow-all', 'deny-all', 'stale-config', 'revocation-ignored', 'late-deletion'],
  phases: [
    { name: 'granted', objects: [anything, grant('c1')], cells: [allow('c1', 'srv:8080')] },
    { name: 'deleted', objects: [anything], cells: [deny('c1', 'srv:8080', { count: LEAK_COUNT })] },
    { name: 'recreated', control: true, objects: [anything, grant('c1')], cells: [allow('c1', 'srv:8080')] },
  ],
});

/** Swapping the source: nobody else may slip in between. */
const swapBefore: Phase = {
  name: 'c1 listed',
  objects: [anything, grant('c1')],
  cells: [allow('c1', 'srv:8080'), deny('c2', 'srv:8080')],
};
const swapAfter: Phase = {
  name: 'c2 listed',
  control: true,
  objects: [anything, grant('c2')],
  cells: [allow('c2', 'srv:8080'), deny('c1', 'srv:8080')],
};
const DURING = 'during the swap';
const swapStreams: readonly Cell[] = ['c1', 'c2', 'c3'].map((client) => observe(client, 'srv:8080', { path: '/swap' }));

export const swapSources = accessCase({
  id: 'ACC-30',
  class: 'M',
  title: 'swapping the source opens no window for a third',
  phrase: 'not in the defined list of sources will be denied',
  setup: 'sources change from [c1] to [c2] in one update while c1, c2 and c3 send without pause',
  expectation: 'a client in neither list is never let in, not even during the change',
  control: 'after the change c2 is allowed and c1 denied',
  catches: ['allow-all', 'deny-all', 'any-identity'],
  phases: [swapBefore, swapAfter],
  run: async (ctx) => {
    await visit(ctx, swapBefore);
    const streams = await Promise.all(swapStreams.map((cell) => ctx.stream(DURING, cell, 2)));
    await ctx.enter(swapAfter);
    // They go on beside the questions: a change that takes a few milliseconds leaves no time for enough of them.
    await ctx.probe(swapAfter.name, swapAfter.cells ?? []);
    await Promise.all(streams.map((stream) => stream.stop()));
  },
  judge: (exchanges) => judgeSwap(exchanges),
});

function judgeSwap(exchanges: Exchanges): { findings: Finding[]; variant: string } {
  const [first, second, third] = swapStreams.map((cell) => exchanges.of(DURING, cell.key));
  const leaked = (third ?? []).filter(({ servers }) => servers.length > 0);
  const few = [first, second, third].some((stream) => (stream ?? []).length < 10);
  const findings: Finding[] = [];
  if (leaked.length > 0)
    findings.push({
      kind: 'violation',
      message: `c3, in neither list, was let in ${leaked.length} times during the change`,
    });
  if (few) findings.push(invalid('fewer than 10 probes a client were sent during the change'));
  const lastOld = Math.max(
    ...(first ?? []).filter(({ outcome }) => outcome === 'allow').map(({ client }) => client.t),
    0,
  );
  const firstNew = Math.min(
    ...(second ?? []).filter(({ outcome }) => outcome === 'allow').map(({ client }) => client.t),
    Infinity,
  );
  if (lastOld === 0 || firstNew === Infinity) return { findings, variant: 'neither seen during the change' };
  const gapMs = Math.round(firstNew - lastOld);
  return {
    findings,
    variant:
      gapMs >= 0
        ? `gap of ${gapMs} ms in which neither is allowed`
        : `overlap of ${-gapMs} ms in which both are allowed`,
  };
}
