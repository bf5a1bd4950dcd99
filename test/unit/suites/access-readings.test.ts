/** Which reading the judges of class A cases find in the answers of meshes that differ. */
import assert from 'node:assert/strict';
import { noLoopback, BY_ADDRESS, loopback } from './access-steps.js';
import { caseOf, judge, seen } from './access-evidence.js';
import { CORRECT, evidenceFrom, type PaperMesh } from './specs-mesh.js';
import { change, repeat, withLines, withoutLines, type Behaviour } from './synthetic.js';

const variant = (id: string, mesh: Partial<PaperMesh> = {}, rest?: Behaviour): string | undefined => {
  const verdict = judge(id, { ...CORRECT, ...mesh }, rest);
  assert.match(verdict.verdict, /recorded|pass/, verdict.reason);
  return verdict.variant;
};

describe('suites/access readings', () => {
  it('ACC-14 tells whether the declared protocol of a port decides', () => {
    assert.equal(variant('ACC-14'), 'allowed');
    assert.equal(variant('ACC-14', { tcpAlone: { http: false, tcp: false } }), 'denied');
    assert.equal(
      variant('ACC-14', { tcpAlone: { http: false, tcp: true } }),
      'depends on the port’s declared protocol: HTTP deny, TCP allow',
    );
  });

  it('ACC-14 reads nothing from a port through which nothing ever came', () => {
    const dead: Behaviour = { cell: (_phase, cell) => (cell.over === 'tcp' ? repeat(null, cell.count) : undefined) };
    assert.equal(variant('ACC-14', {}, dead), 'allowed');
    assert.equal(variant('ACC-14', { tcpAlone: { http: false, tcp: true } }, dead), 'denied');
  });

  it('ACC-14 says when the answers come and go, and reads nothing that is not on record', () => {
    const mixed: Behaviour = {
      cell: ({ name }, cell) =>
        name === 'TCPRoute alone' && cell.expect === 'observe' ? ['quiet', null, 'quiet', null, 'quiet'] : undefined,
    };
    assert.equal(variant('ACC-14', {}, mixed), 'other: declared as HTTP varies, declared as TCP varies');
    const late = caseOf('ACC-14').judge(
      evidenceFrom(caseOf('ACC-14'), CORRECT, { gate: () => ({ converged: false }) }),
    );
    assert.equal(late.verdict, 'inconclusive');
  });

  it('ACC-21 tells a self-grant from one that is ignored or refused', () => {
    assert.equal(variant('ACC-21'), 'admitted and ignored');
    assert.equal(variant('ACC-21', { destinations: 'named ones anywhere' }), 'honoured (self-grant)');
    const refusal = change('target in ns2', { kind: 'TrafficTarget', namespace: 'ns2', name: 't' }, 'not yours');
    assert.equal(caseOf('ACC-21').judge(withLines(seen(caseOf('ACC-21'), CORRECT), [refusal])).variant, 'rejected');
  });

  it('ACC-22 tells which namespace is meant where a destination has none', () => {
    assert.equal(variant('ACC-22'), 'the namespace of the target');
    assert.equal(variant('ACC-22', { destinations: 'any namespace' }), 'any namespace');
    const ignored: Behaviour = {
      cell: ({ name }, cell) => (name === 'no namespace' ? repeat(null, cell.count) : undefined),
    };
    assert.equal(variant('ACC-22', {}, ignored), 'ignored, or a fixed namespace');
  });

  it('ACC-23 tells which namespace is meant where a source has none, and fails where it is any', () => {
    assert.equal(variant('ACC-23'), 'the namespace of the target');
    assert.equal(variant('ACC-23', { placeless: 'nobody' }), 'matches nothing');
    const { verdict, reason } = judge('ACC-23', { ...CORRECT, namespaces: 'ignored' });
    assert.equal(verdict, 'fail');
    assert.match(reason, /ns2\/c1 → srv:8080 GET \/: expected DENY/);
  });

  it('ACC-26 tells what an unknown name is worth, and fails where it widens', () => {
    assert.equal(variant('ACC-26'), 'the unknown name is skipped');
    assert.equal(variant('ACC-26', { unknownMatch: 'spoils the target' }), 'the whole target is invalid');
    const whole: Behaviour = {
      cell: ({ name }, cell) =>
        name === 'ok and bogus' && cell.from === 'c2' && cell.path === '/extra' ? repeat('srv', cell.count) : undefined,
    };
    assert.equal(judge('ACC-26', CORRECT, whole).verdict, 'fail');
  });

  it('ACC-35 says what the API makes of another kind', () => {
    assert.equal(variant('ACC-35'), 'admitted, and grants nothing');
    const refusal = change('kind Group', { kind: 'TrafficTarget', namespace: 'ns1', name: 't' }, 'no such kind');
    assert.equal(caseOf('ACC-35').judge(withLines(seen(caseOf('ACC-35'), CORRECT), [refusal])).variant, 'rejected');
  });

  it('ACC-15 and ACC-17 tell which number of a port is meant, and nothing where the other one is not served', () => {
    for (const id of ['ACC-15', 'ACC-17']) {
      assert.equal(variant(id), 'the number is compared with the target port');
      const only = (...clients: readonly string[]): Behaviour => ({
        cell: (_phase, cell) =>
          cell.to.includes('alias') ? repeat(clients.includes(cell.from) ? 'srv' : null, cell.count) : undefined,
      });
      const everyPort = id === 'ACC-15' ? 'c1' : 'ns2/c1';
      assert.equal(variant(id, {}, only(everyPort, 'c3')), 'the number is compared with the service port');
      assert.equal(variant(id, {}, only(everyPort, 'c2', 'c3')), 'either number matches');
      assert.equal(variant(id, {}, only(everyPort)), 'neither number matches');
      assert.equal(variant(id, {}, only('c2')), undefined);
    }
  });
});

describe('ACC-36 of a server that calls itself', () => {
  const record = caseOf('ACC-36');
  const answering = (byName: boolean, byAddress: boolean): Behaviour => ({
    cell: ({ name }, cell) => {
      if (name !== 'c1 alone listed' || cell.path !== '/self') return undefined;
      return repeat((cell.key === BY_ADDRESS.key ? byAddress : byName) ? 'srv' : null, cell.count);
    },
  });
  const withLoopback = (byName: boolean, byAddress: boolean, byLoopback: boolean) =>
    record.judge(
      withLines(
        withoutLines(seen(record, CORRECT, answering(byName, byAddress)), (line) => line === noLoopback),
        loopback(byLoopback),
      ),
    );

  it('tells by which ways it gets through', () => {
    const tried = 'tried service, own address, loopback';
    assert.equal(withLoopback(false, false, false).variant, `denied; ${tried}`);
    assert.equal(withLoopback(true, true, true).variant, `allowed by service, own address, loopback; ${tried}`);
    assert.equal(withLoopback(false, false, true).variant, `allowed only on loopback; ${tried}`);
    assert.equal(withLoopback(false, true, true).variant, `allowed only on loopback; ${tried}`);
    assert.equal(withLoopback(false, true, false).variant, `other: allowed by own address; ${tried}`);
    assert.equal(withLoopback(true, false, false).variant, `allowed by service; ${tried}`);
  });

  it('reads nothing from a server that reaches nobody', () => {
    const { verdict, reason } = judge('ACC-36', CORRECT, {
      cell: (_phase, cell) => (cell.to === 'ctl:8080' ? repeat(null, cell.count) : undefined),
    });
    assert.equal(verdict, 'inconclusive');
    assert.match(reason, /reaches no other server either/);
  });

  it('never fails', () => {
    assert.equal(judge('ACC-36', { ...CORRECT, answer: 'deny' }).verdict, 'inconclusive');
    assert.equal(judge('ACC-36', { ...CORRECT, answer: 'allow' }).verdict, 'recorded');
  });
});
