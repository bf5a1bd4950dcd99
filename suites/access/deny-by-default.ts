/** Who may come in at all: deny by default, listed sources, other namespaces. */
import { group, http, match, target, tcp, tcpRule } from '../../src/cases/objects.js';
import { allow, deny } from '../../src/cases/questions.js';
import { accessCase } from './access-case.js';

const anything = group('anything', [match('any', '.*')]);
const grant = (name: string, ...from: string[]) => target(name, { from, rules: [http('anything')] });

export const denyByDefault = accessCase({
  id: 'ACC-01',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'all traffic is denied by default',
  phrase: 'all traffic is denied by default',
  setup: 'no TrafficTarget names the server',
  expectation: 'no request reaches a server that no TrafficTarget names',
  control: 'a TrafficTarget that allows everything lets the same client in',
  catches: ['allow-all'],
  phases: [
    {
      name: 'no target',
      bare: true,
      objects: [],
      cells: [deny('c1', 'quiet:8080'), deny('c2', 'quiet:8080', { method: 'POST', path: '/x' })],
    },
    {
      name: 'everything allowed',
      control: true,
      objects: [anything, target('open', { to: 'quiet', from: ['c1', 'c2'], rules: [http('anything')] })],
      cells: [allow('c1', 'quiet:8080'), allow('c2', 'quiet:8080', { method: 'POST', path: '/x' })],
    },
  ],
});

export const listedSource = accessCase({
  id: 'ACC-02',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'a listed source is allowed',
  phrase: 'then access will be allowed',
  setup: 'a TrafficTarget with source c1, any path, any method',
  expectation: 'the listed source reaches the server',
  control: 'a client that is not listed is denied at the same time',
  catches: ['deny-all', 'allow-all', 'any-identity', 'wildcard-get-only', 'slow-config'],
  phases: [
    {
      name: 'c1 listed',
      objects: [anything, grant('t', 'c1')],
      cells: [
        allow('c1', 'srv:8080'),
        allow('c1', 'srv:8080', { method: 'POST', path: '/a/b' }),
        deny('c2', 'srv:8080'),
      ],
    },
  ],
});

export const unlistedSource = accessCase({
  id: 'ACC-03',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'a source that is not listed is denied',
  phrase: 'not in the defined list of sources will be denied',
  setup: 'a TrafficTarget with source c1 alone',
  expectation: 'a client that is not in the list of sources is denied',
  control: 'adding that client to the sources lets it in',
  catches: ['allow-all', 'any-identity'],
  phases: [
    {
      name: 'c1 listed',
      objects: [anything, grant('t', 'c1')],
      cells: [deny('c2', 'srv:8080'), deny('c3', 'srv:8080')],
    },
    { name: 'c2 added', control: true, objects: [anything, grant('t', 'c1', 'c2')], cells: [allow('c2', 'srv:8080')] },
  ],
});

export const severalSources = accessCase({
  id: 'ACC-04',
  class: 'M',
  profiles: ['smoke', 'core', 'extended', 'full'],
  title: 'every source of a list is allowed, in any order',
  phrase: 'by a list of source service identities',
  setup: 'sources [c1, c2], then the same list the other way round',
  expectation: 'every listed source is allowed and no other, whatever the order of the list',
  control: 'dropping c2 from the list denies c2 and leaves c1 allowed',
  catches: [
    'allow-all',
    'deny-all',
    'any-identity',
    'first-source-only',
    'removed-source-stays',
    'stale-config',
    'update-ignored',
  ],
  phases: [
    {
      name: 'c1, c2',
      objects: [anything, grant('t', 'c1', 'c2')],
      cells: [allow('c1', 'srv:8080'), allow('c2', 'srv:8080'), deny('c3', 'srv:8080')],
    },
    {
      name: 'c2, c1',
      objects: [anything, grant('t', 'c2', 'c1')],
      cells: [allow('c1', 'srv:8080'), allow('c2', 'srv:8080'), deny('c3', 'srv:8080')],
    },
    {
      // Normative in itself, so a source that is still let in is a violation, not just a control that did not flip.
      name: 'c2 dropped',
      objects: [anything, grant('t', 'c1')],
      cells: [allow('c1', 'srv:8080'), deny('c2', 'srv:8080')],
    },
  ],
});

export const sourceNamespace = accessCase({
  id: 'ACC-19',
  class: 'M',
  title: 'a source in another namespace is allowed when it is named',
  phrase: 'Only pods which have a ServiceAccount which is named in the sources list are allowed',
  setup: 'a TrafficTarget with source ns2/c1',
  expectation: 'the identity of the other namespace reaches the server',
  control: 'naming another source instead denies it',
  catches: ['deny-all', 'source-namespace-ignored'],
  phases: [
    { name: 'ns2/c1 listed', objects: [anything, grant('t', 'ns2/c1')], cells: [allow('ns2/c1', 'srv:8080')] },
    {
      name: 'source removed',
      control: true,
      objects: [anything, grant('t', 'c3')],
      cells: [deny('ns2/c1', 'srv:8080')],
    },
  ],
});

export const sameNameElsewhere = accessCase({
  id: 'ACC-20',
  class: 'M',
  title: 'the same service account name in another namespace is another identity',
  phrase: 'at present the method of assigning service identity is using Kubernetes service accounts',
  setup: 'a TrafficTarget with source ns1/c1; a pod runs as ns2/c1',
  expectation: 'identity is namespace and name: ns2/c1 is denied where ns1/c1 is allowed',
  control: 'ns1/c1 is allowed at the same time',
  catches: ['allow-all', 'deny-all', 'any-identity', 'namespace-blind'],
  phases: [
    {
      name: 'ns1/c1 listed',
      objects: [anything, grant('t', 'c1')],
      cells: [deny('ns2/c1', 'srv:8080'), allow('c1', 'srv:8080')],
    },
  ],
});

const overTcp = { protocol: 'tcp' } as const;

export const unlistedOverTcp = accessCase({
  id: 'ACC-37',
  class: 'M',
  profiles: ['extended', 'full'],
  title: 'a source that is not listed is denied over TCP',
  phrase: 'Any pod which attempts to connect and is not in the defined list of sources will be denied',
  setup: 'a TrafficTarget with a TCPRoute and source c1 alone',
  expectation: 'a client that is not in the list of sources opens no connection to the server',
  control: 'c1 connects at the same time',
  needs: ['kind:TrafficTarget', 'kind:TCPRoute', 'protocol:tcp', 'identity:service-account'],
  catches: [
    'allow-all',
    'deny-all',
    'any-identity',
    'namespace-blind',
    'empty-ports-deny',
    'tcp-open',
    'tls-plaintext',
  ],
  phases: [
    {
      name: 'c1 listed',
      objects: [tcp('p'), target('t', { from: ['c1'], rules: [tcpRule('p')] })],
      cells: [allow('c1', 'srv:8300', overTcp), deny('c2', 'srv:8300', overTcp), deny('ns2/c1', 'srv:8300', overTcp)],
    },
  ],
});
