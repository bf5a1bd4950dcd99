import assert from 'node:assert/strict';
import { group, http, match, target, tcp, tcpRule } from '../../../src/cases/objects.js';
import { deny } from '../../../src/cases/questions.js';
import { controlsOf, sourcesThatMay } from '../../../src/run/controls.js';
import type { Lane } from '../../../src/run/lane.js';

const PATH = '/.meshgauge/epoch-7';
const anything = group('g', [match('any', '.*'), match('foo', '/foo')]);
const who = (...objects: Parameters<typeof sourcesThatMay>[0]) => sourcesThatMay(objects, 's', PATH);

describe('who else may reach the marker path', () => {
  it('is every source whose routes cover it, by the name of its pod', () => {
    assert.deepEqual(who(anything, target('t', { from: ['c1', 'ns2/c1'], rules: [http('g')] })), ['c1', 'ns2/c1']);
    assert.deepEqual(who(anything, target('t', { from: ['c1'], rules: [http('g', 'any')] })), ['c1']);
    const pathless = group('g', [{ name: 'any', methods: ['*'] }]);
    assert.deepEqual(who(pathless, target('t', { from: ['c1'], rules: [http('g', 'any')] })), ['c1']);
  });

  it('is nobody whose routes, methods, headers, ports or server are others', () => {
    const post = group('g', [match('any', '.*', { methods: ['POST'] })]);
    const header = group('g', [match('any', '.*', { headers: [{ name: 'x', regex: '1' }] })]);
    const to = (rest: Partial<Parameters<typeof target>[1]>) =>
      target('t', { from: ['c1'], rules: [http('g')], ...rest });
    assert.deepEqual(who(anything, to({ rules: [http('g', 'foo')] })), []);
    assert.deepEqual(who(post, to({})), []);
    assert.deepEqual(who(header, to({})), []);
    assert.deepEqual(who(anything, to({ port: 9090 })), []);
    assert.deepEqual(who(anything, tcp('p', [9090]), to({ rules: [http('g'), tcpRule('p')] })), []);
    assert.deepEqual(who(anything, to({ to: 'quiet' })), []);
    assert.deepEqual(who(to({})), []);
    assert.deepEqual(who(group('g', [match('bad', '(')]), to({})), []);
  });
});

describe('who shows that a denied server lives', () => {
  const server = (name: string, serviceAccount: string) => ({
    pod: { name, namespace: 'lane1-ns1', serviceAccount, labels: { app: name, duo: 'yes' }, ports: [8080] },
  });
  const lane = {
    epoch: 7,
    fixture: { witness: 'witness', controlTarget: () => 'ctl:8080', serviceOf: { s: 'srv', quiet: 'quiet' } },
    has: () => true,
    logical: (namespace: string) => namespace.replace('lane1-', ''),
    servers: () => [server('srv', 's'), server('quiet', 'quiet')],
    requestOf: ({ to }: { to: string }) => to,
  } as unknown as Lane;
  const duo = { name: 'duo', selector: { duo: 'yes' }, ports: [] };
  const to = (account: string, ...from: string[]) =>
    target(`to-${account}`, { to: account, from, rules: [http('g', 'any')] });
  const asking = (service: string, ...targets: ReturnType<typeof target>[]) =>
    controlsOf(lane, { objects: [anything, ...targets], services: [duo] }, deny('c2', `${service}:8080`))
      .slice(1)
      .map(({ from }) => from);

  it('is the witness, and a source that may reach the server by that path as well', () => {
    assert.deepEqual(asking('srv'), ['witness']);
    assert.deepEqual(asking('srv', to('s', 'c1')), ['witness', 'c1']);
  });

  it('is, of a service that the phase brings along, a source that may reach every pod of it', () => {
    assert.deepEqual(asking('duo', to('s', 'c1'), to('quiet', 'c3', 'c1')), ['witness', 'c1']);
    assert.deepEqual(asking('duo', to('s', 'c1'), to('quiet', 'c3')), ['witness']);
    assert.deepEqual(asking('other', to('s', 'c1'), to('quiet', 'c1')), ['witness']);
  });
});
