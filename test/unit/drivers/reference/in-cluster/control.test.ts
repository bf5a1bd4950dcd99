import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { answerReview } from '../../../../../drivers/reference/in-cluster/admission-review.js';
import { ControlClient } from '../../../../../drivers/reference/in-cluster/control-client.js';
import { controlRoutes } from '../../../../../drivers/reference/in-cluster/control-routes.js';
import { hasToken, listenForJson } from '../../../../../drivers/reference/in-cluster/json-server.js';
import { WatchedCluster } from '../../../../../drivers/reference/in-cluster/watched-cluster.js';
import { createFaults } from '../../../../../drivers/reference/faults/index.js';
import { startControlPlane } from '../../../../../drivers/reference/start-control-plane.js';
import { HarnessError } from '../../../../../src/errors/harness-error.js';
import { Teardown } from '../../../../../src/run/teardown.js';
import { LATEST_PROFILE, type KubeObject, type SmiObject } from '../../../../../src/smi/model.js';
import { renderSmi } from '../../../../../src/smi/render/index.js';
import { group, pod, target } from '../world.js';
import { kubeNamespace, kubePod, kubeService, MemoryKube } from './memory-kube.js';

const TOKEN = 'a-token-of-this-test';
const LISTENER = 'type.googleapis.com/envoy.config.listener.v3.Listener';
const ROUTE = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
const ENDPOINTS = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';

/** The control plane as in its pod, with the API server in memory and the control port on loopback. */
async function start(faults: readonly string[] = []) {
  const kube = new MemoryKube();
  kube.put(kubeNamespace('ns1'));
  const cluster = await WatchedCluster.open(kube);
  const teardown = new Teardown();
  const running = await startControlPlane(
    { api: cluster, interception: 'redirect', faults: createFaults(faults), host: '127.0.0.1', port: 0 },
    teardown,
  );
  cluster.onProxyGone((id) => running.controlPlane.removeProxy(id));
  const server = createServer(listenForJson(controlRoutes(running), hasToken(TOKEN)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  const clientWith = (token: string) => new ControlClient(async () => connect(port, '127.0.0.1'), token);
  const served = async (name: string, typeUrl: string): Promise<string> => {
    const proxy = (await clientWith(TOKEN).served()).find((each) => each.pod === name);
    return JSON.stringify(proxy?.served[typeUrl]);
  };
  const stop = async (): Promise<void> => {
    server.close();
    await teardown.run();
    await cluster[Symbol.asyncDispose]();
  };
  return { kube, client: clientWith(TOKEN), clientWith, served, [Symbol.asyncDispose]: stop };
}

function manifest(object: SmiObject): KubeObject {
  const { manifest: rendered } = renderSmi(object, LATEST_PROFILE);
  assert.ok(rendered);
  return rendered;
}

describe('reference mesh in a cluster: control port', () => {
  it('takes a proxy in before its pod exists, and serves its address to others once it has one', async () => {
    await using mesh = await start();
    const health = await mesh.client.health();
    assert.match(health.caPem, /BEGIN CERTIFICATE/);
    const credentials = await mesh.client.addProxy('ns1/s/1', pod('s'));
    assert.match(credentials.certPem, /BEGIN CERTIFICATE/);
    assert.match(credentials.keyPem, /PRIVATE KEY/);
    await mesh.client.addProxy('ns1/c1/2', pod('c1'));
    mesh.kube.put(kubeService('s'));
    assert.doesNotMatch(await mesh.served('c1', ENDPOINTS), /10\.1\.0\.7/);
    mesh.kube.put(kubePod('s'));
    assert.match(await mesh.served('c1', ENDPOINTS), /10\.1\.0\.7/);
    assert.match(await mesh.served('s', LISTENER), /"portValue":15006/);
    assert.equal(await mesh.client.hasAnswered('ns1/s/1', 0), false);
    const { proxies, problems } = await mesh.client.state();
    assert.deepEqual(
      proxies.map(({ id }) => id),
      ['ns1/s/1', 'ns1/c1/2'],
    );
    assert.deepEqual(problems, []);
    mesh.kube.remove(kubePod('s'));
    assert.deepEqual(
      (await mesh.client.state()).proxies.map(({ id }) => id),
      ['ns1/c1/2'],
    );
  });

  it('keeps the proxy of a pod that took the name of one which is deleted later', async () => {
    await using mesh = await start();
    await mesh.client.addProxy('ns1/s/1', pod('s'));
    mesh.kube.put(kubePod('s'));
    await mesh.client.addProxy('ns1/s/2', pod('s'));
    mesh.kube.remove(kubePod('s'));
    assert.deepEqual(
      (await mesh.client.state()).proxies.map(({ id }) => id),
      ['ns1/s/2'],
    );
  });

  it('enforces what it watches, and has the faults it is given', async () => {
    for (const [faults, lets] of [
      [[], /spiffe:\/\/meshgauge\.local\/ns\/ns1\/sa\/c1/],
      [['deny-all'], undefined],
    ] as const) {
      await using mesh = await start(faults);
      await mesh.client.addProxy('ns1/s/1', pod('s'));
      mesh.kube.put(manifest(group('g', [{ name: 'a', pathRegex: '/a' }])));
      mesh.kube.put(manifest(target(['HTTPRouteGroup/g'])));
      const routes = await mesh.served('s', ROUTE);
      if (lets === undefined) assert.doesNotMatch(routes, /sa\/c1/);
      else assert.match(routes, lets);
    }
  });

  it('changes modes and certificates', async () => {
    await using mesh = await start();
    await mesh.client.addProxy('ns1/s/1', pod('s'));
    assert.doesNotMatch(await mesh.served('s', LISTENER), /raw_buffer/);
    await mesh.client.setMode('ns1', { mtls: 'permissive' });
    assert.match(await mesh.served('s', LISTENER), /raw_buffer/);
    await mesh.client.rotate();
  });

  it('never tells a private key in what it serves', async () => {
    await using mesh = await start();
    await mesh.client.addProxy('ns1/s/1', pod('s'));
    assert.doesNotMatch(JSON.stringify(await mesh.client.served()), /PRIVATE KEY/);
  });

  it('answers nobody without its token, and says what is wrong with a question', async () => {
    await using mesh = await start();
    await assert.rejects(mesh.clientWith('another-token-here').state(), /missing or wrong token/);
    await assert.rejects(mesh.client.hasAnswered('', 0), (error: unknown) => {
      assert.ok(error instanceof HarnessError);
      return error.code === 'E_CONTROL_PLANE' && error.message.includes('id');
    });
  });

  it('says so when nobody answers', async () => {
    const client = new ControlClient(async () => {
      throw new Error('pod is gone');
    }, TOKEN);
    await assert.rejects(client.state(), /does not answer GET \/v1\/state: pod is gone/);
  });
});

describe('reference mesh in a cluster: admission', () => {
  const review = (object: KubeObject | null) => ({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: { uid: 'u1', object },
  });

  it('admits expressions of RE2 and refuses others, with the reason', () => {
    const verdict = (pathRegex: string) => answerReview(review(manifest(group('g', [{ name: 'a', pathRegex }]))));
    assert.deepEqual(verdict('/a.*'), {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u1', allowed: true },
    });
    assert.match(JSON.stringify(verdict('(?=a)b')), /"allowed":false.*match \\"a\\"/);
  });

  it('admits deletions, which have no object, and takes nothing else for a review', () => {
    assert.match(JSON.stringify(answerReview(review(null))), /"allowed":true/);
    assert.throws(() => answerReview({ kind: 'Pod' }));
  });
});
