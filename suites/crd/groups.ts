/** HTTPRouteGroups that the text calls invalid, shows in two shapes, or is silent about. */
import { http, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { Cell } from '../../src/cases/case.js';
import type { Json, SmiVersion } from '../../src/smi/model.js';
import { apiCase, SILENT, type ApiDraft, type Body, type Outcome } from './api-case.js';

const SERVER = 'srv:8080';
const EVERY = 'traffic-specs v1alpha1–v1alpha4';
const at = (path: string) => ({ path });

/** Before v1alpha3 matches stood at the top. */
const matches =
  (list: Json) =>
  (version: SmiVersion): Body =>
    version === 'v1alpha1' || version === 'v1alpha2' ? { matches: list } : { spec: { matches: list } };
const one = (match: Json) => matches([match]);
const plain = one({ name: 'm', pathRegex: '/a', methods: ['GET'] });

const REFUSED = { v1alpha4: 'refused', v1alpha3: 'refused', v1alpha2: 'refused', v1alpha1: 'refused' } as const;
const SINCE_2 = { v1alpha4: 'open', v1alpha3: 'open', v1alpha2: 'open' } as const;

/**
 * The group granted to c1: these answers while the odd one stands, then GET /a with the corrected one. The match is named, where the
 * odd one has one to name: what a rule without matches means is a case of its own (ACC-07).
 */
const granted = (cells: readonly Cell[], named: readonly string[] = ['m']): NonNullable<ApiDraft['inForce']> => {
  const grant = (...names: readonly string[]) => target('t', { from: ['c1'], rules: [http('it', ...names)] });
  return {
    odd: { name: 'in force', objects: [grant(...named)], cells },
    corrected: { name: 'corrected', control: true, objects: [grant('m')], cells: [allow('c1', SERVER, at('/a'))] },
  };
};

const groupCase = (draft: Omit<ApiDraft, 'kind' | 'fixture' | 'corrected'> & Partial<Pick<ApiDraft, 'corrected'>>) =>
  apiCase({ kind: 'HTTPRouteGroup', fixture: 'access', corrected: plain, ...draft });

const asMap = one({ name: 'm', headers: { 'x-a': '1' } });
const asList = one({ name: 'm', headers: [{ 'x-a': '1' }] });

/** Two documents of one version show two shapes: a mesh has to take one of them. */
const shape = (
  id: string,
  odd: ApiDraft['odd'],
  other: ApiDraft['odd'],
  names: readonly [string, string],
  ref: string,
) =>
  groupCase({
    id,
    class: 'X',
    catches: ['prunes-optional'],
    title: `headers as a ${names[0]} are stored, unless the mesh takes them as a ${names[1]}`,
    phrase: 'A route definition can specify a list of HTTP header filters',
    ref,
    object: `an HTTPRouteGroup whose headers are a ${names[0]}; the same with a ${names[1]} stands beside it`,
    versions: SINCE_2,
    odd,
    other,
    expectation: 'at least one of the two shapes is stored as it was sent',
    judge: (outcomes) => judgeShapes(outcomes, names),
  });

function judgeShapes(
  outcomes: readonly Outcome[],
  [own, other]: readonly [string, string],
): ReturnType<NonNullable<ApiDraft['judge']>> {
  const neither = outcomes.filter(({ odd, other: twin }) => odd.kind !== 'intact' && twin.kind !== 'intact');
  const words = outcomes.map(({ odd, other: twin }) => {
    const taken = [...(odd.kind === 'intact' ? [own] : []), ...(twin.kind === 'intact' ? [other] : [])];
    return taken.length === 2 ? 'both' : (taken[0] ?? 'neither');
  });
  return {
    findings: neither.map(({ version }) => ({
      kind: 'violation',
      message: `${version}: headers are stored neither as a ${own} nor as a ${other}`,
    })),
    variant: [...new Set(words)].join(', '),
  };
}

export const groupObjects = [
  shape('CRD-11', asMap, asList, ['MAP', 'LIST'], 'traffic-specs v1alpha2–v1alpha4, main'),
  shape('CRD-12', asList, asMap, ['LIST', 'MAP'], 'traffic-specs v1alpha2–v1alpha4, v0.6.0'),
  groupCase({
    id: 'CRD-13',
    class: 'M',
    title: 'a header filter of two pairs is refused, or asks for both',
    catches: ['invalid-group-open'],
    phrase: 'A HTTP filter is a key-value pair',
    ref: 'traffic-specs v1alpha2–v1alpha4',
    object: 'an HTTPRouteGroup with a header filter of two pairs in one item of a list',
    versions: { v1alpha4: 'refused', v1alpha3: 'refused', v1alpha2: 'refused' },
    odd: one({ name: 'm', pathRegex: '/a', headers: [{ 'x-a': '1', 'x-b': '2' }] }),
    expectation: 'it is refused, or lets nobody in who has only one of the two headers',
    inForce: granted([deny('c1', SERVER, { path: '/a', headers: [['x-a', '1']] })]),
  }),
  groupCase({
    id: 'CRD-14',
    class: 'X',
    title: 'matches at the top of the object are stored before v1alpha3',
    catches: ['invalid-group-open'],
    phrase: '(shown by the examples)',
    ref: EVERY,
    object: 'an HTTPRouteGroup whose matches stand at the top of the object',
    versions: { v1alpha4: 'open', v1alpha3: 'open', v1alpha2: 'intact', v1alpha1: 'intact' },
    odd: () => ({ matches: [{ name: 'm', pathRegex: '/a', methods: ['GET'] }] }),
    expectation:
      'versions with matches at the top store them; in the others a group that lost its matches grants nothing else',
    inForce: granted([deny('c1', SERVER, at('/b'))], []),
  }),
  groupCase({
    id: 'CRD-15',
    class: 'A',
    title: 'what a group without matches grants',
    catches: ['empty-group-open'],
    phrase: 'It enumerates the routes that can be served by an application',
    ref: EVERY,
    object: 'an HTTPRouteGroup with matches []',
    versions: SILENT,
    odd: matches([]),
    expectation: 'which reading the API takes; a group without matches matches nothing',
    variants: ['rejected', 'INTACT'],
    inForce: granted([deny('c1', SERVER, at('/a'))], []),
  }),
  groupCase({
    id: 'CRD-16',
    class: 'A',
    title: 'what a method in small letters matches',
    catches: ['ignore-method'],
    phrase: 'Methods can either be specific (GET)',
    ref: `${EVERY}; RFC 9110 9.1`,
    object: 'an HTTPRouteGroup with methods ["get"]',
    versions: SILENT,
    odd: one({ name: 'm', pathRegex: '/a', methods: ['get'] }),
    expectation: 'which reading the API takes; no other method is let in',
    variants: ['rejected', 'INTACT'],
    inForce: granted([observe('c1', SERVER, at('/a')), deny('c1', SERVER, { path: '/a', method: 'POST' })]),
  }),
  groupCase({
    id: 'CRD-17',
    class: 'A',
    title: 'what a method outside the usual ones matches',
    catches: ['ignore-method'],
    phrase: 'Methods can either be specific (GET)',
    ref: EVERY,
    object: 'an HTTPRouteGroup with methods ["PURGE"]',
    versions: SILENT,
    odd: one({ name: 'm', pathRegex: '/a', methods: ['PURGE'] }),
    expectation: 'which reading the API takes; GET is not let in',
    variants: ['rejected', 'INTACT'],
    inForce: granted([observe('c1', SERVER, { path: '/a', method: 'PURGE' }), deny('c1', SERVER, at('/a'))]),
  }),
  groupCase({
    id: 'CRD-18',
    class: 'M',
    title: 'a match without a name is refused, or grants no more than it says',
    catches: ['invalid-group-open'],
    phrase: 'The name is the primary key and all fields are required',
    ref: EVERY,
    object: 'an HTTPRouteGroup with a match that has no name',
    versions: REFUSED,
    odd: one({ pathRegex: '/a', methods: ['GET'] }),
    expectation: 'it is refused, or lets nobody in elsewhere',
    inForce: granted([deny('c1', SERVER, at('/b'))], []),
  }),
  groupCase({
    id: 'CRD-19',
    class: 'A',
    title: 'what two matches of one name do',
    phrase: 'The name is the primary key',
    ref: EVERY,
    object: 'an HTTPRouteGroup with two matches of the same name',
    versions: SILENT,
    odd: matches([
      { name: 'm', pathRegex: '/a', methods: ['GET'] },
      { name: 'm', pathRegex: '/b', methods: ['GET'] },
    ]),
    expectation: 'which reading the API takes; nothing beyond the two is let in',
    variants: ['rejected', 'INTACT'],
    inForce: granted([observe('c1', SERVER, at('/a')), observe('c1', SERVER, at('/b')), deny('c1', SERVER, at('/c'))]),
  }),
  groupCase({
    id: 'CRD-20',
    class: 'M',
    title: 'a path that is no regular expression is refused, or matches nothing',
    catches: ['invalid-group-open'],
    phrase: 'A regex is used to match against the URI',
    ref: EVERY,
    object: 'an HTTPRouteGroup with the pathRegex "("',
    versions: REFUSED,
    odd: one({ name: 'm', pathRegex: '(', methods: ['GET'] }),
    expectation: 'it is refused, or lets nobody in',
    inForce: granted([deny('c1', SERVER, at('/a')), deny('c1', SERVER, at('/'))]),
  }),
];
