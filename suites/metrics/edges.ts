/** Who asked whom: the edges between two resources. */
import { visit } from '../../src/cases/define.js';
import type { Evidence } from '../../src/evidence/records.js';
import { invalid, violation, type Finding } from '../../src/judge/findings.js';
import type { Reading } from '../../src/metrics/read-answer.js';
import { isAbout, readAll } from './answers.js';
import { asked, awaitQuiet, countingPlan, load, make, metricsCase, podPath } from './metrics-case.js';
import { judgeCounts } from './truth.js';

const edgesOfPod = (pod: string): string => `${podPath(pod)}/edges`;
const OF_CLIENT = edgesOfPod('c2');
const OF_SERVER = edgesOfPod('p3');
/** Nobody outside the mesh can be seen by it. */
const OF_BYSTANDER = edgesOfPod('stranger');
const byC2 = load('e3:8080', 40, { from: 'c2' });
const phase = asked('c2 asks');

interface End {
  readonly direction: 'to' | 'from';
  readonly peer: string;
}

/** Edges that lead that way, as an answer of this path has them. */
function edgesOf(evidence: Evidence, name: string, path: string, { direction, peer }: End): readonly Reading[] {
  const { readings, fact } = readAll(evidence, name, path);
  if (fact === undefined) return [];
  return readings.filter(({ metrics: { edge } }) => {
    if (edge === undefined || edge.direction !== direction) return false;
    return edge.resource !== undefined && isAbout(edge.resource, { name: peer, namespace: 'ns1' }, fact);
  });
}

const ENDS = [
  { path: OF_CLIENT, direction: 'to', peer: 'p3', words: 'from the client to the server' },
  { path: OF_SERVER, direction: 'from', peer: 'c2', words: 'at the server from the client' },
] as const;

export const edges = metricsCase({
  id: 'MET-08',
  class: 'M',
  title: 'a resource has edges to whom it asks and from who asks it',
  phrase: 'A sub-resource allows querying for all the edges associated with a specific resource',
  setup: 'c2 asks a server; the edges of both are asked for',
  expectation:
    "an edge to the server among the client's, an edge from the client among the server's, each with the count of both ends",
  control: 'a pod that exchanges nothing with anybody has no edges',
  catches: ['metrics-missing-edges'],
  plan: countingPlan(byC2),
  phases: [phase],
  run: async (ctx) => {
    await visit(ctx, phase);
    await awaitQuiet(ctx, phase.name, OF_CLIENT);
    await ctx.metrics(phase.name, OF_SERVER, { until: await make(ctx, phase.name, byC2) });
    for (const path of [OF_CLIENT, OF_BYSTANDER]) await ctx.metrics(phase.name, path);
  },
  judge: (exchanges, evidence) => {
    const seen = exchanges.of(phase.name, byC2.key);
    const found = ENDS.map((end) => ({ ...end, edge: edgesOf(evidence, phase.name, end.path, end)[0] }));
    const bystander = readAll(evidence, phase.name, OF_BYSTANDER);
    return {
      findings: [
        ...found.flatMap(({ path, words, edge }): readonly Finding[] => {
          const { findings, fact } = readAll(evidence, phase.name, path);
          if (fact === undefined || findings.length > 0) return findings;
          if (edge === undefined) return [violation(`there is no edge ${words}`)];
          return judgeCounts(`the edge ${words}`, edge, seen, fact.lagMs);
        }),
        ...(bystander.readings.length === 0
          ? []
          : [invalid(`the control did not flip: a pod that exchanges nothing has ${bystander.readings.length} edges`)]),
      ],
      variant: found
        .map(({ direction, edge }) => `${direction}: side ${edge?.metrics.edge?.side ?? 'missing'}`)
        .join(', '),
    };
  },
});

const byC1 = load('e5:8080', 20);
const elsewhere = load('e6:8080', 20, { from: 'c2' });
const OF_ASKED = edgesOfPod('p5');
const OF_OTHER = edgesOfPod('p6');
const apart = asked('c1 asks one pod, c2 another');

export const idlePairs = metricsCase({
  id: 'MET-09',
  class: 'M',
  title: 'edges are there only where traffic was',
  phrase: 'Edges are only visible between two resources that have exchanged traffic',
  setup: 'c1 and c2 may both ask two pods; c1 asks the one, c2 the other',
  expectation: 'c1 is among the edges of the pod that it asked, c2 is not',
  control: 'c2 is among the edges of the pod that c2 asked',
  catches: ['metrics-missing-edges', 'metrics-idle-edges'],
  plan: countingPlan(byC1, elsewhere),
  phases: [apart],
  run: async (ctx) => {
    await visit(ctx, apart);
    await awaitQuiet(ctx, apart.name, OF_ASKED);
    const isAfter = await make(ctx, apart.name, byC1, elsewhere);
    await Promise.all([OF_ASKED, OF_OTHER].map((path) => ctx.metrics(apart.name, path, { until: isAfter })));
  },
  judge: (_exchanges, evidence) => {
    const { fact, findings } = readAll(evidence, apart.name, OF_ASKED);
    if (fact === undefined || findings.length > 0) return { findings };
    const counted = (path: string, peer: string): number =>
      edgesOf(evidence, apart.name, path, { direction: 'from', peer }).reduce(
        (sum, { success, failure }) => sum + success + failure,
        0,
      );
    const idle = edgesOf(evidence, apart.name, OF_ASKED, { direction: 'from', peer: 'c2' });
    return {
      findings: [
        ...(counted(OF_ASKED, 'c1') > 0 ? [] : [violation('c1 asked the pod and is not among its edges')]),
        ...(idle.length === 0 ? [] : [violation('c2 asked the pod nothing and is among its edges')]),
        ...(counted(OF_OTHER, 'c2') > 0
          ? []
          : [invalid('the control did not flip: c2 is not among the edges of the pod that it asked either')]),
      ],
    };
  },
});
