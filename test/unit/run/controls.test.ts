import assert from 'node:assert/strict';
import { group, http, match, target, tcp, tcpRule } from '../../../src/cases/objects.js';
import { sourcesThatMay } from '../../../src/run/controls.js';

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
