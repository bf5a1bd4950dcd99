/** Whose namespace counts: that of the target itself, and what is meant where none is written. */
import { group, http, identity, match, target } from '../../src/cases/objects.js';
import { allow, deny, observe } from '../../src/cases/questions.js';
import type { TrafficTarget } from '../../src/smi/model.js';
import { readingCase } from './reading-case.js';

const SERVER = 'srv:8080';
const PROFILES = ['extended', 'full'] as const;
const anything = group('anything', [match('any', '.*')]);
const anythingInNs2 = group('ns2/anything', [match('any', '.*')]);
const grant = (...from: string[]): TrafficTarget => target('t', { from, rules: [http('anything')] });
/** The account without the namespace that identities of the examples always have. */
const placeless = (account: string) => ({ kind: 'ServiceAccount', name: identity(account).name });

export const selfGrant = readingCase({
  id: 'ACC-21',
  profiles: PROFILES,
  title: 'whether a client may grant itself access from its own namespace',
  phrase: 'Allowing destination traffic should only be possible with permission of the service owner',
  setup: 'a target in ns2, the namespace of the client, whose destination is the server in ns1',
  expectation: 'recorded: whether such a target is refused, ignored or honoured; nobody else is let in by it',
  control: 'the same target in the namespace of the server lets the client in',
  catches: ['allow-all'],
  readings: { 'admitted and ignored': ['deny'], 'honoured (self-grant)': ['allow'] },
  rejectable: true,
  read: {
    name: 'target in ns2',
    objects: [anythingInNs2, target('ns2/t', { to: 'ns1/s', from: ['ns2/c1'], rules: [http('anything')] })],
    cells: [observe('ns2/c1', SERVER), deny('c2', SERVER)],
  },
  controls: [
    {
      name: 'target in ns1',
      control: true,
      objects: [anything, grant('ns2/c1')],
      cells: [allow('ns2/c1', SERVER)],
    },
  ],
});

export const destinationNamespace = readingCase({
  id: 'ACC-22',
  profiles: PROFILES,
  title: 'a destination without a namespace',
  phrase: '(all examples have one)',
  setup:
    'a target in ns1 for c1, and one in ns2 for c2, whose destinations name s without a namespace; the server is in ns1',
  expectation: 'recorded: which namespace is meant; a client that neither target names stays denied',
  control: 'with the namespace written the client is let in',
  catches: ['allow-all', 'any-identity'],
  readings: {
    'the namespace of the target': ['allow', 'deny'],
    'ignored, or a fixed namespace': ['deny', 'deny'],
    'any namespace': ['allow', 'allow'],
  },
  rejectable: true,
  read: {
    name: 'no namespace',
    objects: [
      anything,
      anythingInNs2,
      { ...grant('c1'), destination: placeless('s') },
      { ...target('ns2/t', { from: ['c2'], rules: [http('anything')] }), destination: placeless('s') },
    ],
    cells: [
      observe('c1', SERVER, { path: '/from-ns1' }),
      observe('c2', SERVER, { path: '/from-ns2' }),
      deny('c3', SERVER),
    ],
  },
  controls: [
    { name: 'namespace written', control: true, objects: [anything, grant('c1')], cells: [allow('c1', SERVER)] },
  ],
});

export const sourceNamespaceOmitted = readingCase({
  id: 'ACC-23',
  profiles: PROFILES,
  title: 'a source without a namespace',
  phrase: '(all examples have one)',
  setup: 'a target in ns1 whose source names c1 without a namespace; pods run as ns1/c1 and as ns2/c1',
  expectation: 'recorded: whether c1 of the target’s namespace is meant; it never means c1 of any namespace',
  control: 'with the namespace written ns1/c1 is let in',
  catches: ['allow-all', 'any-identity', 'namespace-blind'],
  readings: { 'the namespace of the target': ['allow'], 'matches nothing': ['deny'] },
  rejectable: true,
  read: {
    name: 'no namespace',
    objects: [anything, { ...grant('c1'), sources: [placeless('c1')] }],
    cells: [observe('c1', SERVER), deny('ns2/c1', SERVER), deny('c2', SERVER)],
  },
  controls: [
    { name: 'namespace written', control: true, objects: [anything, grant('c1')], cells: [allow('c1', SERVER)] },
  ],
});
