import assert from 'node:assert/strict';
import { apiError, isPassing, refusalCause, wordsOf } from '../../../../src/environments/cluster/refusals.js';
import { HarnessError } from '../../../../src/errors/harness-error.js';
import { KubeError } from '../../../../src/kube/kube.js';

const error = (status: number, message: string, reason = ''): KubeError => new KubeError({ status, reason, message });

/** Answers of a real API server (1.34). */
const UNKNOWN_FIELD =
  'failed to create typed patch object (default/w; ce/v1, Kind=Widget): .spec.zz: field not declared in schema';
const HOOK = 'admission webhook "pods.example.com" denied the request: no sidecar today';
const POLICY =
  "pods \"c1\" is forbidden: ValidatingAdmissionPolicy 'no-pods' with binding 'no-pods' denied request: not here";
const HOOK_DOWN =
  'Internal error occurred: failed calling webhook "inject.example.com": failed to call webhook: Post "https://hook.ns.svc:443/mutate?timeout=10s": dial tcp 10.96.1.2:443: connect: connection refused';

describe('answers of the API to an object', () => {
  const cases: readonly (readonly [KubeError, ReturnType<typeof refusalCause>])[] = [
    [error(422, 'Widget "w" is invalid: spec.must: Unsupported value: "c"', 'Invalid'), 'schema'],
    [error(500, UNKNOWN_FIELD), 'schema'],
    [error(400, HOOK), 'admission'],
    [error(403, HOOK, 'Forbidden'), 'admission'],
    [error(422, POLICY, 'Invalid'), 'admission'],
    [error(404, 'the Kubernetes API serves no kind Widget in ce/v2', 'KindNotServed'), 'version'],
    [error(404, 'the server could not find the requested resource', 'NotFound'), 'version'],
    [error(404, 'namespaces "gone" not found', 'NotFound'), undefined],
    [error(403, 'pods "c1" is forbidden: exceeded quota: small', 'Forbidden'), undefined],
    [error(403, 'User "u" cannot patch resource "widgets"', 'Forbidden'), undefined],
    [error(500, HOOK_DOWN, 'InternalError'), undefined],
    [error(0, 'connect ECONNREFUSED'), undefined],
  ];
  for (const [answer, cause] of cases) {
    it(`${answer.status} ${answer.message.slice(0, 60)}… is ${cause ?? 'no word on the object'}`, () => {
      assert.equal(refusalCause(answer), cause);
    });
  }

  it('are shown without the request', () => {
    assert.equal(wordsOf(error(400, `PATCH /api/v1/namespaces/n/pods/c1?force=true: ${HOOK}`)), HOOK);
    assert.equal(wordsOf(error(400, HOOK)), HOOK);
  });
});

describe('trouble with the API', () => {
  it('passes when it is of the connection, of load, or of two writers', () => {
    for (const status of [0, 409, 429, 503, 504]) assert.equal(isPassing(error(status, 'busy')), true, String(status));
    assert.equal(isPassing(error(500, HOOK_DOWN)), true);
  });

  it('does not pass when it would be the same again', () => {
    for (const status of [400, 401, 403, 404, 422, 500])
      assert.equal(isPassing(error(status, 'no')), false, String(status));
    assert.equal(isPassing(new Error('busy')), false);
  });

  it('says what was tried, and leaves an error that says it already as it is', () => {
    const told = apiError('delete namespace ns1', error(500, 'etcdserver: leader changed'));
    assert.equal(told.code, 'E_KUBE_API');
    assert.match(told.message, /failed to delete namespace ns1 \(status 500\): etcdserver: leader changed/);
    const known = new HarnessError({ code: 'E_KUBE_WAIT', message: 'waited', hint: 'look' });
    assert.equal(apiError('wait', known), known);
  });
});
