/** TCPRoutes without ports, and with one that cannot be. */
import { target, tcpRule } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import type { Json, SmiVersion } from '../../src/smi/model.js';
import { apiCase, type ApiDraft, type Body } from './api-case.js';

const overTcp = { protocol: 'tcp' } as const;
const ports = (list: Json): Body => ({ spec: { matches: { ports: list } } });
/** What each version has for one port; before v1alpha3 the text shows no body. */
const corrected = (version: SmiVersion): Body =>
  version === 'v1alpha4' ? ports([8300]) : version === 'v1alpha3' ? { spec: {} } : {};

const routeCase = (draft: Omit<ApiDraft, 'kind' | 'fixture' | 'corrected'>) =>
  apiCase({ kind: 'TCPRoute', fixture: 'access', corrected, ...draft });

const SPECS = 'traffic-specs v1alpha3–v1alpha4';
const ALL_PORTS =
  'When matching ports are not specified, the TCP route will match all the ports of a Kubernetes service';

export const tcpRouteObjects = [
  routeCase({
    id: 'CRD-21',
    class: 'X',
    title: 'a TCPRoute with an empty spec is stored since v1alpha3',
    catches: ['requires-every-field'],
    phrase: '(shown by the example)',
    ref: SPECS,
    object: 'a TCPRoute with spec {}',
    versions: { v1alpha4: 'intact', v1alpha3: 'intact', v1alpha2: 'open', v1alpha1: 'open' },
    odd: () => ({ spec: {} }),
    expectation: 'it is stored as it was sent',
  }),
  routeCase({
    id: 'CRD-22',
    class: 'M',
    title: 'a TCPRoute with empty matches is stored in v1alpha4',
    catches: ['prunes-optional', 'requires-every-field'],
    phrase: 'The matches.ports is an optional element',
    ref: 'traffic-access v1alpha3; traffic-specs v1alpha4',
    object: 'a TCPRoute with matches {}',
    versions: { v1alpha4: 'intact', v1alpha3: 'open' },
    odd: () => ({ spec: { matches: {} } }),
    expectation: 'it is stored as it was sent; v1alpha3 has no such field',
  }),
  routeCase({
    id: 'CRD-23',
    class: 'X',
    title: 'a TCPRoute with no ports in its list is stored in v1alpha4',
    catches: ['prunes-optional'],
    phrase: ALL_PORTS,
    ref: SPECS,
    object: 'a TCPRoute with ports []',
    versions: { v1alpha4: 'intact', v1alpha3: 'open' },
    odd: () => ports([]),
    expectation: 'it is stored as it was sent; v1alpha3 has no such field',
  }),
  routeCase({
    id: 'CRD-24',
    class: 'A',
    title: 'what a port that cannot be opens',
    phrase: '(silent on the range)',
    ref: SPECS,
    object: 'a TCPRoute with ports [70000]',
    versions: { v1alpha4: 'open', v1alpha3: 'open' },
    odd: () => ports([70_000]),
    expectation: 'which reading the API takes; no port that exists is let in',
    variants: ['rejected', 'INTACT', 'PRUNED (spec.matches)'],
    inForce: {
      odd: {
        name: 'in force',
        objects: [target('t', { from: ['c1'], rules: [tcpRule('it')] })],
        cells: [deny('c1', 'srv:8300', overTcp)],
      },
      corrected: {
        name: 'corrected',
        control: true,
        objects: [target('t', { from: ['c1'], rules: [tcpRule('it')] })],
        cells: [allow('c1', 'srv:8300', overTcp)],
      },
    },
  }),
];
