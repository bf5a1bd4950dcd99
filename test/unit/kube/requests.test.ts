import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { connectKube } from '../../../src/kube/connect.js';
import { KubeError, type Kube } from '../../../src/kube/kube.js';
import { fail, send, startTestApi, type TestApi } from './api-server.js';

const REF = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'home', name: 'one' } as const;
const ONE = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'home' } };

describe('requests to the API', () => {
  let api: TestApi;
  let kube: Kube;
  beforeEach(async function () {
    // The first one loads the client library, which takes its time under a TypeScript loader.
    this.timeout(120_000);
    api = await startTestApi();
    kube = await connectKube({ kubeconfigPath: api.kubeconfigPath });
  });
  afterEach(async () => api[Symbol.asyncDispose]());

  it('carry the token, and apply is forced under our name', async () => {
    let token: string | undefined;
    let type: string | undefined;
    api.answer = (request, response) => {
      token = request.headers.authorization;
      type = request.headers['content-type'];
      send(response, 200, ONE);
    };
    await kube.apply(ONE);
    assert.deepEqual([token, type], ['Bearer secret', 'application/apply-patch+yaml']);
    assert.deepEqual(api.requests, ['PATCH /api/v1/namespaces/home/configmaps/one?fieldManager=meshgauge&force=true']);
  });

  it('to a path that is no object carry whom they are for', async () => {
    const users: (string | string[] | undefined)[] = [];
    api.answer = (request, response) => {
      users.push(request.headers['impersonate-user']);
      send(response, 200, { kind: 'APIGroup' });
    };
    assert.deepEqual(await kube.raw('/apis/metrics.smi-spec.io'), { kind: 'APIGroup' });
    await kube.raw('/apis/metrics.smi-spec.io', 'somebody');
    assert.deepEqual(users, [undefined, 'somebody']);
    assert.deepEqual(api.requests, ['GET /apis/metrics.smi-spec.io', 'GET /apis/metrics.smi-spec.io']);
  });

  it('turned away with 429 are sent again after the time told', async () => {
    api.answer = (_request, response) =>
      api.requests.length === 1
        ? fail(response, 429, 'TooManyRequests', { 'retry-after': new Date(Date.now() + 2_000).toUTCString() })
        : send(response, 200, ONE);
    const begun = performance.now();
    assert.deepEqual(await kube.get(REF), ONE);
    assert.ok(performance.now() - begun > 900);
    assert.equal(api.requests.length, 2);
  });

  it('are not sent again after a refusal or a server error: the caller decides', async () => {
    api.answer = (_request, response) => fail(response, 500, 'InternalError');
    await assert.rejects(
      kube.apply(ONE),
      (error: unknown) => error instanceof KubeError && error.status === 500 && error.reason === 'InternalError',
    );
    assert.equal(api.requests.length, 1);
  });

  it('tell an answer that is not of the API by its text', async () => {
    api.answer = (_request, response) => response.writeHead(502).end('bad gateway\n');
    await assert.rejects(
      kube.get(REF),
      (error: unknown) => error instanceof KubeError && error.status === 502 && error.message.includes('bad gateway'),
    );
  });

  it('an object that is not there differs from a path that is not there', async () => {
    api.answer = (_request, response) => fail(response, 404, 'NotFound');
    assert.equal(await kube.get(REF), undefined);
    assert.equal(await kube.delete(REF), false);
    api.answer = (_request, response) => response.writeHead(404).end('404 page not found');
    await assert.rejects(kube.get(REF), (error: unknown) => error instanceof KubeError && error.status === 404);
  });

  it('survive a connection the server closes while it is idle', async () => {
    api.answer = (request, response) => {
      send(response, 200, ONE);
      // Not announced: the client keeps the connection for its next request.
      setTimeout(() => request.socket.destroy(), 30);
    };
    for (let round = 0; round < 10; round += 1) {
      await kube.get(REF);
      await delay(29);
    }
  });

  it('a connection cut in the middle of an answer is status 0', async () => {
    api.answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{', () => response.destroy());
    };
    await assert.rejects(kube.get(REF), (error: unknown) => error instanceof KubeError && error.status === 0);
  });

  it('a wait rides out failures that pass, and stops at once when it is called off', async () => {
    api.answer = (_request, response) => {
      const round = api.requests.length;
      if (round === 1) response.destroy();
      else if (round === 2) fail(response, 503, 'ServiceUnavailable');
      else if (round === 3) fail(response, 403, 'Forbidden');
      else send(response, 200, ONE);
    };
    await kube.waitFor(REF, (object) => object !== undefined, { deadlineMs: 5_000, what: 'it' });
    assert.equal(api.requests.length, 4);

    const off = new AbortController();
    const waiting = kube.waitFor(REF, () => false, { deadlineMs: 60_000, what: 'never', signal: off.signal });
    setTimeout(() => off.abort(new Error('called off')), 50);
    await assert.rejects(waiting, /called off/);
  });

  it('a wait that may not even look says so at once; one that ends tells what it saw', async () => {
    api.answer = (_request, response) => fail(response, 403, 'Forbidden');
    const patience = { deadlineMs: 200, what: 'the map to be filled' };
    await assert.rejects(
      kube.waitFor(REF, () => true, patience),
      (error: unknown) => error instanceof KubeError && error.status === 403,
    );
    const conditions = [{ type: 'Ready', status: 'False', reason: 'NoDisk', message: 'disk is gone' }];
    api.answer = (_request, response) => send(response, 200, { ...ONE, status: { phase: 'Pending', conditions } });
    await assert.rejects(
      kube.waitFor(REF, () => false, patience),
      (error: unknown) =>
        error instanceof HarnessError &&
        error.code === 'E_KUBE_WAIT' &&
        error.message.includes('0.2 s for the map to be filled') &&
        error.message.includes('phase Pending; Ready=False (NoDisk: disk is gone)'),
    );
  });

  it('a command cut off before its end is an error, not an exit', async () => {
    api.converse = (socket) => {
      socket.send(Buffer.concat([Buffer.of(1), Buffer.from('so far')]), () => socket.terminate());
    };
    await assert.rejects(
      kube.exec({ namespace: 'home', pod: 'web' }, ['ls']),
      (error: unknown) => error instanceof KubeError && error.status === 0 && error.message.includes('cut off'),
    );
  });
});
