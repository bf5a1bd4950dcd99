/** Who may see metrics: the API server's roles, which are written for the resources of this API as for any other. */
import { invalid, violation, type Finding } from '../../src/judge/findings.js';
import type { KubeObject } from '../../src/smi/model.js';
import { answerTo, describe } from './answers.js';
import { metricsCase, podPath, PODS } from './metrics-case.js';

const NARROW = 'met-14-edges';
const WIDE = 'met-14-all';
const EDGES = `${podPath('p1')}/edges`;
const ASKED = 'asked';

/** A user without any other right, and what of the metrics API a role lets this user see. */
function rights(user: string, resource: string): readonly KubeObject[] {
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name: user, namespace: 'ns1' };
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['metrics.smi-spec.io'], resources: [resource], verbs: ['*'] }],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup, kind: 'Role', name: user },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    },
  ];
}

export const roles = metricsCase({
  id: 'MET-14',
  class: 'X',
  title: 'a role may show edges alone',
  phrase: 'View only the metrics for edges of pods',
  setup: 'a user with a role for pods/edges asks for pods, and for the edges of one',
  expectation: 'pods are forbidden, their edges are answered',
  control: 'a user with a role for all resources is answered both',
  needs: ['feature:api-users'],
  run: async (ctx) => {
    for (const object of [...rights(NARROW, 'pods/edges'), ...rights(WIDE, '*')]) await ctx.offer(ASKED, object);
    for (const as of [NARROW, WIDE]) {
      // The API server hears of a role a moment after it has taken it.
      for (const path of [EDGES, PODS])
        await ctx.metrics(as, path, { as, until: ({ status }) => status !== 403, deadlineMs: PATIENCE_MS });
    }
  },
  judge: (_exchanges, evidence) => {
    const [edges, pods, allEdges, allPods] = [NARROW, WIDE].flatMap((user) =>
      [EDGES, PODS].map((path) => answerTo(evidence, user, path)),
    );
    if (edges === undefined || pods === undefined || allEdges === undefined || allPods === undefined)
      return { findings: [invalid('what the users were answered is not on record')] };
    const findings: Finding[] = [
      ...(pods.status === 403 ? [] : [violation(`pods are answered with ${describe(pods)} to who may see edges only`)]),
      ...(edges.status === 200 ? [] : [violation(`edges are answered with ${describe(edges)} to who may see them`)]),
      ...(allEdges.status === 200 && allPods.status === 200
        ? []
        : [
            invalid(`the control did not flip: with a role for everything pods are answered with ${describe(allPods)}`),
          ]),
    ];
    return { findings };
  },
});

const PATIENCE_MS = 3_000;
