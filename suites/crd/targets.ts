/** TrafficTargets that lack what they must have, or name what there is not. */
import { group, http, match, target } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import type { Json, SmiVersion } from '../../src/smi/model.js';
import { apiCase, type ApiDraft, type Body } from './api-case.js';

type Parts = Readonly<Partial<Record<'destination' | 'rules' | 'sources', Json>>>;

const SERVER = 'srv:8080';
const path = { path: '/a' };
const account = (name: string): Record<string, Json> => ({ kind: 'ServiceAccount', name, namespace: 'ns1' });
const ruleOf = (kind: string, name: string) => ({ kind, name });

/** v1alpha1 has all of it at the top, and its rules are called specs. */
function write(version: SmiVersion, { destination, rules, sources }: Parts): Body {
  if (destination === undefined && rules === undefined && sources === undefined) return {};
  if (version === 'v1alpha1')
    return {
      ...(destination === undefined ? {} : { destination }),
      ...(rules === undefined ? {} : { specs: rules }),
      ...(sources === undefined ? {} : { sources }),
    };
  return { spec: { ...(destination && { destination }), ...(rules && { rules }), ...(sources && { sources }) } };
}

/** c2 may ask the server for what group `g` says. */
const complete = (id: string): Required<Parts> => ({
  destination: account('s'),
  // What a rule without matches means is a case of its own (ACC-07).
  rules: [{ ...ruleOf('HTTPRouteGroup', `${id.toLowerCase()}-g`), matches: ['a'] }],
  sources: [account('c2')],
});
const without = (id: string, name: keyof Parts): Parts => {
  const { [name]: _gone, ...rest } = complete(id);
  return rest;
};

const g = group('g', [match('a', '/a')]);
/** A complete target for c3 stands beside it: that one keeps working. */
const beside = target('beside', { from: ['c3'], rules: [http('g')] });
/** Nobody is let in by it; with its defect corrected c2 is. */
const grantsNothing: NonNullable<ApiDraft['inForce']> = {
  odd: {
    name: 'in force',
    objects: [g, beside],
    cells: [deny('c2', SERVER, path), deny('c1', SERVER, path), allow('c3', SERVER, path)],
  },
  corrected: { name: 'corrected', control: true, objects: [g, beside], cells: [allow('c2', SERVER, path)] },
};

type TargetDraft = Omit<ApiDraft, 'kind' | 'fixture' | 'corrected' | 'odd'> & {
  readonly parts: Parts;
  readonly fixed?: (version: SmiVersion) => Parts;
};

const targetCase = ({ parts, fixed, ...draft }: TargetDraft) =>
  apiCase({
    kind: 'TrafficTarget',
    fixture: 'access',
    odd: (version) => write(version, parts),
    corrected: (version) => write(version, fixed?.(version) ?? complete(draft.id)),
    ...draft,
  });

const REQUIRED = 'A valid TrafficTarget must specify a destination, at least one rule, and at least one source';
const SINCE_3 = { v1alpha3: 'refused', v1alpha2: 'open', v1alpha1: 'open' } as const;
const EVERY = 'traffic-access v1alpha1–v1alpha3';
const ACCESS_3 = 'traffic-access v1alpha3';

const NEVER = { v1alpha3: 'refused', v1alpha2: 'refused', v1alpha1: 'refused' } as const;

const voidCase = (
  draft: Pick<TargetDraft, 'id' | 'title' | 'phrase' | 'ref' | 'object' | 'versions' | 'parts' | 'catches'>,
) =>
  targetCase({
    ...draft,
    class: 'M',
    expectation: 'it is refused, or lets nobody in',
    inForce: grantsNothing,
  });

const lacking = (
  id: string,
  fault: string,
  object: string,
  parts: Parts,
  title = `${object} is refused, or grants nothing`,
) => voidCase({ id, title, phrase: REQUIRED, ref: ACCESS_3, object, versions: SINCE_3, parts, catches: [fault] });

export const targetObjects = [
  lacking('CRD-25', 'empty-rules-open', 'a TrafficTarget with rules []', { ...complete('CRD-25'), rules: [] }),
  lacking('CRD-26', 'empty-sources-open', 'a TrafficTarget with sources []', { ...complete('CRD-26'), sources: [] }),
  lacking('CRD-27', 'empty-rules-open', 'a TrafficTarget without rules', without('CRD-27', 'rules')),
  lacking('CRD-28', 'empty-sources-open', 'a TrafficTarget without sources', without('CRD-28', 'sources')),
  voidCase({
    id: 'CRD-29',
    title: 'a destination that is no ServiceAccount is refused, or grants nothing',
    catches: ['kind-blind'],
    phrase: 'at present the method of assigning service identity is using Kubernetes service accounts',
    ref: EVERY,
    object: 'a TrafficTarget with a destination of kind Group',
    versions: NEVER,
    parts: { ...complete('CRD-29'), destination: { ...account('s'), kind: 'Group' } },
  }),
  voidCase({
    id: 'CRD-30',
    title: 'a rule of a kind that is no traffic spec is refused, or grants nothing',
    catches: ['kind-blind'],
    phrase: 'Rules are traffic specs',
    ref: EVERY,
    object: 'a TrafficTarget with a rule of kind GRPCRoute',
    versions: NEVER,
    parts: { ...complete('CRD-30'), rules: [ruleOf('GRPCRoute', 'crd-30-g')] },
  }),
  targetCase({
    id: 'CRD-31',
    class: 'X',
    title: 'a rule of kind UDPRoute is stored in v1alpha3',
    catches: ['udp-rule-refused'],
    phrase: '(shown by the L4 example)',
    ref: ACCESS_3,
    object: 'a TrafficTarget with a rule of kind UDPRoute',
    versions: { v1alpha3: 'intact', v1alpha2: 'open', v1alpha1: 'open' },
    parts: { ...complete('CRD-31'), rules: [ruleOf('UDPRoute', 'crd-31-u')] },
    expectation: 'v1alpha3 stores it; the versions before know no UDPRoute',
  }),
  targetCase({
    id: 'CRD-32',
    class: 'X',
    title: 'a port in quotes is refused where a port is a number',
    catches: ['no-schema'],
    phrase: '(the examples have a number)',
    ref: 'traffic-access v1alpha1–v1alpha2',
    object: 'a TrafficTarget with destination.port "9091", a string',
    versions: { v1alpha3: 'open', v1alpha2: 'refused', v1alpha1: 'refused' },
    parts: { ...complete('CRD-32'), destination: { ...account('s'), port: '9091' } },
    fixed: (version) =>
      version === 'v1alpha3'
        ? complete('CRD-32')
        : { ...complete('CRD-32'), destination: { ...account('s'), port: 9091 } },
    expectation:
      'v1alpha1 and v1alpha2 refuse it; in v1alpha3, which has no such field, a restriction may be lost in silence',
  }),
  lacking(
    'CRD-33',
    'invalid-target-open',
    'a TrafficTarget of metadata alone',
    {},
    'a TrafficTarget without a spec is refused, or grants nothing',
  ),
  targetCase({
    id: 'CRD-34',
    class: 'M',
    title: 'a TrafficTarget of v1alpha1 without a port is stored',
    catches: ['requires-every-field'],
    phrase: 'port is an optional element',
    ref: 'traffic-access v1alpha1',
    object: 'a TrafficTarget of v1alpha1 whose destination has no port',
    versions: { v1alpha1: 'intact' },
    parts: complete('CRD-34'),
    fixed: () => ({ ...complete('CRD-34'), destination: { ...account('s'), port: 8080 } }),
    expectation: 'it is stored as it was sent',
  }),
];
