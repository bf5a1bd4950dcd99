/** TrafficSplits that the text calls invalid, or is silent about. */
import { group, match, split } from '../../src/cases/objects.js';
import { observe, only } from '../../src/cases/questions.js';
import type { Json, SmiVersion } from '../../src/smi/model.js';
import { LEAVES } from '../split/split-case.js';
import { apiCase, SILENT, type ApiDraft, type Body } from './api-case.js';

type Backend = Readonly<Record<string, Json>>;

const spec = (backends: readonly Backend[], rest: Body = {}): Body => ({
  spec: { service: 'root', backends: backends as Json, ...rest },
});
const whole = (): Body =>
  spec([
    { service: 'v1', weight: 0 },
    { service: 'v2', weight: 1 },
  ]);
const weighed =
  (weight: Json, quantity: Json) =>
  (version: SmiVersion): Body =>
    spec([
      { service: 'v1', weight: 0 },
      { service: 'v2', weight: version === 'v1alpha1' ? quantity : weight },
    ]);

const seenOnRoot = observe('c1', 'root:8080', { count: 40 });
const valid = (v1: number, v2: number) => split('ts', 'root2', { v1, v2 });
/** A split of another root follows its updates beside whatever is odd. */
const others: NonNullable<ApiDraft['inForce']> = {
  before: { name: 'before', objects: [valid(100, 0)], samples: [only('root2:8080', ['v1'], { groups: LEAVES })] },
  odd: {
    name: 'in force',
    objects: [valid(0, 100)],
    cells: [seenOnRoot],
    samples: [only('root2:8080', ['v2'], { groups: LEAVES })],
  },
  corrected: {
    name: 'corrected',
    control: true,
    objects: [valid(100, 0)],
    samples: [only('root:8080', ['v2'], { groups: LEAVES })],
  },
};

const splitCase = (draft: Omit<ApiDraft, 'kind' | 'fixture' | 'corrected'> & Partial<Pick<ApiDraft, 'corrected'>>) =>
  apiCase({ kind: 'TrafficSplit', fixture: 'split', corrected: whole, ...draft });

const SINCE_2 = { v1alpha4: 'refused', v1alpha3: 'refused', v1alpha2: 'refused' } as const;
const SINCE_3 = { v1alpha4: 'refused', v1alpha3: 'refused', v1alpha2: 'open', v1alpha1: 'open' } as const;
const WHOLE = 'Weights must be whole numbers';
const EVERY = 'traffic-split v1alpha1–v1alpha4';

export const splitObjects = [
  splitCase({
    id: 'CRD-01',
    class: 'M',
    title: 'a weight of 0.5 is refused, or does no harm; as a quantity it is stored',
    catches: ['invalid-split-freezes'],
    phrase: WHOLE,
    ref: EVERY,
    object: 'a TrafficSplit with a weight of 0.5 (in v1alpha1 the quantity 500m)',
    versions: { ...SINCE_2, v1alpha1: 'intact' },
    odd: weighed(0.5, '500m'),
    expectation: 'a fraction is refused where weights are whole numbers, or other splits keep following their updates',
    inForce: others,
  }),
  splitCase({
    id: 'CRD-02',
    class: 'M',
    title: 'a negative weight is refused, or does no harm',
    catches: ['invalid-split-freezes'],
    phrase: WHOLE,
    ref: EVERY,
    object: 'a TrafficSplit with a weight of -1',
    versions: { ...SINCE_2, v1alpha1: 'open' },
    odd: weighed(-1, '-1'),
    expectation: 'a negative weight is refused, or other splits keep following their updates',
    inForce: others,
  }),
  splitCase({
    id: 'CRD-03',
    class: 'M',
    title: 'a weight in quotes is refused; as a quantity it is stored',
    catches: ['no-schema'],
    phrase: WHOLE,
    ref: EVERY,
    object: 'a TrafficSplit with the weight "50", a string',
    versions: { ...SINCE_2, v1alpha1: 'intact' },
    odd: weighed('50', '50'),
    expectation: 'a string is no whole number; in v1alpha1 it is a quantity',
  }),
  splitCase({
    id: 'CRD-04',
    class: 'A',
    title: 'what a split without backends does',
    phrase: '(silent)',
    ref: EVERY,
    object: 'a TrafficSplit with backends []',
    versions: SILENT,
    odd: () => spec([]),
    expectation: 'which reading the mesh takes; other splits keep following their updates in any case',
    variants: ['rejected', 'INTACT'],
    inForce: others,
  }),
  splitCase({
    id: 'CRD-05',
    class: 'A',
    title: 'what a backend named twice does',
    phrase: '(silent)',
    ref: EVERY,
    object: 'a TrafficSplit that names the backend v1 twice, with weights 10 and 20',
    versions: SILENT,
    odd: () =>
      spec([
        { service: 'v1', weight: 10 },
        { service: 'v1', weight: 20 },
        { service: 'v2', weight: 30 },
      ]),
    expectation: 'which reading the mesh takes; other splits keep following their updates in any case',
    variants: ['rejected', 'INTACT'],
    inForce: others,
  }),
  splitCase({
    id: 'CRD-06',
    class: 'M',
    title: 'a split without a spec is refused, or does no harm',
    catches: ['invalid-split-freezes'],
    phrase: 'This is referenced via spec.service',
    ref: EVERY,
    object: 'a TrafficSplit without spec',
    versions: { ...SINCE_2, v1alpha1: 'refused' },
    odd: () => ({}),
    expectation: 'it is refused, or other splits keep following their updates',
    inForce: others,
  }),
  splitCase({
    id: 'CRD-07',
    class: 'M',
    title: 'a backend without a weight is refused in v1alpha4',
    catches: ['no-schema'],
    phrase: 'the OpenAPI schema it points to lists weight as required',
    ref: EVERY,
    object: 'a TrafficSplit with a backend that has no weight',
    versions: { v1alpha4: 'refused', v1alpha3: 'open', v1alpha2: 'open', v1alpha1: 'open' },
    odd: () => spec([{ service: 'v1' }, { service: 'v2', weight: 1 }]),
    expectation: 'v1alpha4 refuses it; of the versions before, which reading they take',
  }),
  splitCase({
    id: 'CRD-08',
    class: 'M',
    title: 'matches of a kind that is no HTTPRouteGroup are refused, or split nobody',
    catches: ['invalid-split-freezes'],
    phrase: 'a traffic split can refer HTTP route groups via spec.matches',
    ref: 'traffic-split v1alpha3–v1alpha4',
    object: 'a TrafficSplit of all traffic to v2 with matches of kind TCPRoute',
    versions: SINCE_3,
    odd: () => spec([{ service: 'v2', weight: 1 }], { matches: [{ kind: 'TCPRoute', name: 'crd-08-tcp' }] }),
    expectation: 'it is refused, or other splits keep following their updates',
    inForce: others,
  }),
  splitCase({
    id: 'CRD-09',
    class: 'X',
    title: 'matches of an HTTPRouteGroup are stored since v1alpha3',
    catches: ['prunes-optional'],
    phrase: '(shown by the A/B example)',
    ref: 'traffic-split v1alpha3–v1alpha4',
    object: 'a TrafficSplit with matches of kind HTTPRouteGroup',
    versions: { v1alpha4: 'intact', v1alpha3: 'intact', v1alpha2: 'open', v1alpha1: 'open' },
    odd: () => spec([{ service: 'v2', weight: 1 }], { matches: [{ kind: 'HTTPRouteGroup', name: 'crd-09-g' }] }),
    expectation: 'the matches are stored; where they are pruned, a split for some became one for everybody',
  }),
  splitCase({
    id: 'CRD-10',
    class: 'A',
    title: 'what apiGroup in a match does',
    phrase: '(the text shows kind and name only)',
    ref: 'traffic-split v1alpha3–v1alpha4',
    object: 'a TrafficSplit with matches[].apiGroup specs.smi-spec.io',
    versions: { v1alpha4: 'open', v1alpha3: 'open' },
    odd: () =>
      spec([{ service: 'v2', weight: 1 }], {
        matches: [{ kind: 'HTTPRouteGroup', name: 'crd-10-g', apiGroup: 'specs.smi-spec.io' }],
      }),
    expectation: 'which reading the mesh takes; the reference still resolves',
    variants: ['INTACT', 'rejected'],
    inForce: { ...others, odd: { ...others.odd, objects: [valid(0, 100), group('g', [match('all', '.*')])] } },
  }),
];
