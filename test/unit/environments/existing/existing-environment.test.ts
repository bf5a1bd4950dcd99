import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { looksLocal } from '../../../../src/environments/existing/confirm.js';
import {
  createExistingEnvironment,
  type ExistingOptions,
} from '../../../../src/environments/existing/existing-environment.js';
import { runRegistryDir } from '../../../../src/environments/local/run-state.js';

describe('which cluster may be touched', () => {
  const local = [
    ['kind-demo', 'https://10.1.2.3:6443'],
    ['k3d-x', 'https://0.0.0.0:6443'],
    ['minikube', 'https://192.168.49.2:8443'],
    ['docker-desktop', 'https://kubernetes.docker.internal:6443'],
    ['whatever', 'https://127.0.0.1:38587'],
    ['whatever', 'https://[::1]:6443'],
    ['whatever', 'https://localhost:6443'],
  ] as const;
  const distant = [
    ['prod', 'https://10.0.0.1:6443'],
    ['my-kind-cluster', 'https://api.example.com'],
    ['gke_proj_europe_c', 'https://34.1.2.3'],
    ['localhost.example.com', 'https://localhost.example.com'],
    ['x', 'not a URL'],
  ] as const;
  for (const [context, server] of local)
    it(`${context} at ${server}: local`, () => assert.ok(looksLocal({ context, server })));
  for (const [context, server] of distant)
    it(`${context} at ${server}: maybe not`, () => assert.ok(!looksLocal({ context, server })));
});

/** An API server that knows who may do what, and nothing else. */
async function serveApi(isAllowed: (resource: string, verb: string) => boolean): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = (body: object): void => void response.end(JSON.stringify(body));
      response.setHeader('content-type', 'application/json');
      if (request.url === '/version') return answer({ gitVersion: 'v1.34.4', major: '1', minor: '34' });
      const review = JSON.parse(Buffer.concat(chunks).toString()) as {
        spec: { resourceAttributes: { resource: string; verb: string } };
      };
      const { resource, verb } = review.spec.resourceAttributes;
      return answer({ ...review, status: { allowed: isAllowed(resource, verb) } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('a cluster of somebody', () => {
  let dir: string;
  const before = { XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'], TMPDIR: process.env['TMPDIR'] };
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mg-existing-'));
    process.env['XDG_CACHE_HOME'] = join(dir, 'cache');
    process.env['TMPDIR'] = dir;
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(dir, { recursive: true, force: true });
  });

  const optionsFor = async (server: string, more: Partial<ExistingOptions> = {}): Promise<ExistingOptions> => {
    const kubeconfig = join(dir, 'kubeconfig');
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'there' },
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'there', context: { cluster: 'c', user: 'u' } }],
    };
    await writeFile(kubeconfig, stringify(config));
    const plain = { runId: 'r1', keep: false, log: () => undefined, confirmed: false, adoptMesh: false };
    return { ...plain, kubeconfig, ...more };
  };
  const registered = async (): Promise<readonly string[]> =>
    existsSync(runRegistryDir()) ? readdir(runRegistryDir()) : [];

  it('is refused unless it is confirmed, before it is asked anything', async () => {
    // Nobody answers at this address: a request would end otherwise.
    const options = await optionsFor('https://192.0.2.1:6443');
    await assert.rejects(createExistingEnvironment(options), {
      code: 'E_CLUSTER_NOT_CONFIRMED',
      exitCode: 4,
      message: /there \(https:\/\/192\.0\.2\.1:6443\)/,
      hint: /--yes-this-cluster/,
    });
    assert.deepEqual(await registered(), []);
  });

  it('that does not answer is told', async () => {
    const server = await serveApi(() => true);
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(createExistingEnvironment(await optionsFor(`http://127.0.0.1:${port}`)), {
      code: 'E_CLUSTER_UNREACHABLE',
      exitCode: 3,
      message: /there does not answer/,
    });
  });

  it('must grant every permission: all that lack are named at once, and nothing is begun', async () => {
    const denied = new Set([
      'pods create',
      'secrets delete',
      'customresourcedefinitions patch',
      'traffictargets patch',
    ]);
    const server = await serveApi((resource, verb) => !denied.has(`${resource} ${verb}`));
    try {
      const { port } = server.address() as AddressInfo;
      const url = `http://127.0.0.1:${port}`;
      const refused = await createExistingEnvironment(await optionsFor(url)).catch((error: unknown) => error);
      const { code, message } = refused as { code: string; message: string };
      assert.equal(code, 'E_RBAC');
      for (const lack of [
        'create pods',
        'delete secrets',
        'patch customresourcedefinitions.apiextensions.k8s.io',
        'patch traffictargets.access.smi-spec.io',
      ])
        assert.ok(message.includes(`\n  ${lack}`), message);
      // Who installs no mesh needs no right to.
      await assert.rejects(createExistingEnvironment(await optionsFor(url, { adoptMesh: true })), (error: Error) => {
        assert.match(error.message, /create pods/);
        return !error.message.includes('customresourcedefinitions');
      });
      assert.deepEqual(await registered(), []);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('that grants all is used: the run is registered, and its end leaves nothing here', async () => {
    const server = await serveApi(() => true);
    try {
      const { port } = server.address() as AddressInfo;
      const env = await createExistingEnvironment(await optionsFor(`http://127.0.0.1:${port}`));
      assert.deepEqual(await registered(), ['r1.json']);
      assert.equal(env.cluster?.owned, false);
      assert.equal(env.facts()['kubernetes'], 'v1.34.4');
      await env[Symbol.asyncDispose]();
      assert.deepEqual(await registered(), []);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
