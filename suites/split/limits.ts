/** What a split must not do: count what is no weight, reach into another namespace, use a port that does not match. */
import type { Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { visit } from '../../src/cases/define.js';
import { group, HOME, http, match, split, target } from '../../src/cases/objects.js';
import { all, allow, LEAK_COUNT, observe, only } from '../../src/cases/questions.js';
import type { ChangeLine, Evidence } from '../../src/evidence/records.js';
import type { Exchange, Exchanges } from '../../src/judge/exchanges.js';
import { invalid, unmet, type Finding } from '../../src/judge/findings.js';
import type { KubeObject } from '../../src/smi/model.js';
import { tally } from './answers.js';
import { LEAVES, splitCase } from './split-case.js';

const WHOLE_VERSIONS = ['v1alpha4', 'v1alpha3', 'v1alpha2'] as const;
const ODD_NAME = 'spl-10-odd';

/** Word for word: the model would write a fraction as a ratio of whole numbers. */
export function oddSplit(ctx: Pick<CaseContext, 'offers'>, weight: number): KubeObject {
  const version = WHOLE_VERSIONS.find((candidate) => ctx.offers(`split:${candidate}`)) ?? WHOLE_VERSIONS[0];
  const backends = [
    { service: 'v1', weight: 0 },
    { service: 'v2', weight },
  ];
  return {
    apiVersion: `split.smi-spec.io/${version}`,
    kind: 'TrafficSplit',
    metadata: { name: ODD_NAME, namespace: HOME },
    spec: { service: 'root', backends },
  };
}

const seenOnRoot = observe('c1', 'root:8080', { count: 40 });
const valid = (v1: number, v2: number) => split('ts', 'root2', { v1, v2 });
const bothAreWell: Phase = {
  name: 'before',
  objects: [valid(100, 0)],
  samples: [only('root2:8080', ['v1'], { groups: LEAVES })],
};
const besideFraction: Phase = {
  name: 'weight 0.5',
  objects: [valid(0, 100)],
  cells: [seenOnRoot],
  samples: [only('root2:8080', ['v2'], { groups: LEAVES })],
};
const besideNegative: Phase = {
  name: 'weight -1',
  objects: [valid(100, 0)],
  cells: [seenOnRoot],
  samples: [only('root2:8080', ['v1'], { groups: LEAVES })],
};
const corrected: Phase = {
  name: 'weight 1',
  control: true,
  objects: [valid(100, 0)],
  samples: [only('root:8080', ['v2'], { groups: LEAVES })],
};

export const notWhole = splitCase({
  id: 'SPL-10',
  class: 'M',
  alone: true,
  title: 'a weight that is no whole number is refused or harms no other split',
  phrase: 'Weights must be whole numbers',
  ref: 'traffic-split v1alpha2–v1alpha4',
  needs: ['kind:TrafficSplit', 'split:v1alpha2,v1alpha3,v1alpha4'],
  setup: 'a split with weight 0.5, then -1, sent word for word; a valid split of another root is updated after each',
  expectation: 'the valid split keeps following its updates, whether the other one is refused or admitted',
  control: 'the same object with weight 1 is accepted and splits',
  catches: ['ignore-split', 'zero-weight-leak', 'stale-config', 'swapped-weights', 'invalid-split-freezes'],
  phases: [bothAreWell, besideFraction, besideNegative, corrected],
  run: async (ctx) => {
    await visit(ctx, bothAreWell);
    await ctx.applyRaw(besideFraction.name, oddSplit(ctx, 0.5));
    await visit(ctx, besideFraction);
    await ctx.applyRaw(besideNegative.name, oddSplit(ctx, -1));
    await visit(ctx, besideNegative);
    await ctx.applyRaw(corrected.name, oddSplit(ctx, 1));
    await visit(ctx, corrected);
  },
  judge: (exchanges, evidence) => {
    const answers = [besideFraction, besideNegative, corrected].map(({ name }) => ({
      name,
      line: apiAnswer(evidence, name),
    }));
    const missing = answers
      .filter(({ line }) => line === undefined)
      .map(({ name }) => invalid(`${name}: what the API said is not on record`));
    const refused = answers.find(({ name, line }) => name === corrected.name && line?.accepted === false);
    const unflipped =
      refused === undefined
        ? []
        : [invalid(`the control did not flip: the corrected split was refused: ${refused.line?.message ?? ''}`)];
    return {
      findings: [...missing, ...unflipped],
      variant: answers
        .slice(0, 2)
        .map(({ name, line }) => `${name} ${treatment(name, line, exchanges)}`)
        .join('; '),
    };
  },
});

function apiAnswer({ lines }: Evidence, phase: string): ChangeLine | undefined {
  return lines.find(
    (line): line is ChangeLine =>
      line.kind === 'change' &&
      line.phase === phase &&
      'metadata' in line.object &&
      line.object.metadata.name === ODD_NAME,
  );
}

function treatment(phase: string, line: ChangeLine | undefined, exchanges: Exchanges): string {
  if (line?.accepted === false) return 'is refused';
  return `is admitted (root: ${tally(exchanges.of(phase, seenOnRoot.key))})`;
}

const HTTP_8080 = [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' as const }];
const FAR = {
  name: 'far',
  namespace: 'ns2',
  serviceAccount: 'far',
  labels: { leaf: 'far' },
  meshed: true,
  ports: [{ name: 'http', port: 8080, protocol: 'http' as const }],
};
/** A service of the same name in the other namespace, with a pod that c1 may reach: only the split keeps it out. */
const elsewhere = {
  services: [{ name: 'v2', namespace: 'ns2', selector: FAR.labels, ports: HTTP_8080 }],
  policy: [
    group('ns2/far', [match('any', '.*')]),
    target('ns2/far', { to: 'ns2/far', from: ['c1'], rules: [http('far')] }),
  ],
};
const farAnswers: Phase = {
  name: 'the other namespace answers',
  control: true,
  objects: elsewhere.policy,
  services: elsewhere.services,
  cells: [allow('c1', 'ns2/v2:8080')],
};
const intoOther = observe('c1', 'root:8080', { count: LEAK_COUNT });
const crossing: Phase = {
  name: 'backend v2.ns2',
  objects: [...elsewhere.policy, split('ts', 'root', { v1: 50, 'v2.ns2': 50 })],
  services: elsewhere.services,
  cells: [intoOther],
};
const atHome: Phase = {
  name: 'backend v2',
  control: true,
  objects: [...elsewhere.policy, split('ts', 'root', { v1: 50, v2: 50 })],
  services: elsewhere.services,
  samples: [all('root:8080', ['v1', 'v2'], { groups: LEAVES })],
};

export const otherNamespace = splitCase({
  id: 'SPL-18',
  startsPods: true,
  class: 'M',
  title: 'a split does not reach into another namespace',
  catches: ['split-other-namespace'],
  phrase: 'Services inside the namespace with their own selectors, endpoints and configuration',
  needs: ['kind:TrafficSplit', 'kind:TrafficTarget', 'kind:HTTPRouteGroup'],
  setup: 'a backend written as v2.ns2; ns2 has a service v2 with a pod that the client may reach',
  expectation: 'no request to the root reaches the other namespace; a leak of 1 % would show with probability 0.99',
  control:
    'the pod of the other namespace answers when it is called directly, and backend v2 of the own namespace gets requests',
  phases: [farAnswers, crossing, atHome],
  run: async (ctx) => {
    // The pod starts into a policy that is already in force: no client-side gate would show when its own proxy knows it.
    await ctx.change(farAnswers);
    await ctx.startPod(farAnswers.name, FAR);
    for (const phase of [farAnswers, crossing, atHome]) await visit(ctx, phase);
  },
  judge: (exchanges) => {
    const seen = exchanges.of(crossing.name, intoOther.key);
    return {
      findings: judgeCrossing(seen, exchanges),
      ...(seen.length === 0 ? {} : { variant: `root: ${tally(seen)}` }),
    };
  },
});

function judgeCrossing(seen: readonly Exchange[], exchanges: Exchanges): Finding[] {
  const crossed = seen.filter(({ servers }) => servers.some(({ pod }) => pod === FAR.name)).length;
  if (crossed > 0)
    return [
      unmet(
        crossing,
        exchanges,
        `${crossing.name}: ${crossed} of ${seen.length} requests reached ${FAR.namespace}/${FAR.name}`,
      ),
    ];
  return seen.length < LEAK_COUNT
    ? [invalid(`${crossing.name}: ${seen.length} of ${LEAK_COUNT} requests are on record`)]
    : [];
}

/** Services of the case's own: nothing but the number can make their ports match. */
const unnamed = (name: string, selector: Readonly<Record<string, string>>, port = 8080) => ({
  name,
  selector,
  ports: [{ port, targetPort: 8080, protocol: 'http' as const }],
});
const UNNAMED = [
  unnamed('bare-root', { trio: 'yes' }),
  unnamed('bare-v1', { leaf: '1' }),
  unnamed('bare-v2', { leaf: '2' }),
  unnamed('bare-odd', { leaf: '1' }, 1024),
];
const portPhases = (
  names: { root: string; odd: string; v1: string; v2: string },
  rest: Pick<Phase, 'services'>,
): Phase[] => {
  const groups = { [names.odd]: ['p1'], [names.v2]: ['p2'] };
  return [
    {
      name: `${names.odd} listens elsewhere`,
      objects: [split('ts', names.root, { [names.odd]: 50, [names.v2]: 50 })],
      samples: [only(`${names.root}:8080`, [names.v2], { groups })],
      ...rest,
    },
    {
      name: `${names.v1} has the port`,
      control: true,
      objects: [split('ts', names.root, { [names.v1]: 50, [names.v2]: 50 })],
      samples: [
        all(`${names.root}:8080`, [names.v1, names.v2], { groups: { [names.v1]: ['p1'], [names.v2]: ['p2'] } }),
      ],
      ...rest,
    },
  ];
};

export const portMismatch = splitCase({
  id: 'SPL-20',
  class: 'M',
  title: 'a backend without the port of the root gets nothing',
  phrase: 'If they do not match, the backend service is not included and will not receive traffic',
  setup: 'the root has port 8080, one backend has port 1024 only; once with named ports, once without names',
  expectation: 'the backend without the port gets no request and the other one gets them all',
  control: 'a backend with the same pod and the right port gets its share',
  catches: ['ignore-split', 'stale-config', 'first-backend-only', 'root-included', 'split-port-ignored'],
  phases: [
    ...portPhases({ root: 'root', odd: 'v1-odd', v1: 'v1', v2: 'v2' }, {}),
    ...portPhases({ root: 'bare-root', odd: 'bare-odd', v1: 'bare-v1', v2: 'bare-v2' }, { services: UNNAMED }),
  ],
});
