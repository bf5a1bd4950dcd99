/** What a proxy in redirect mode is served, judged by a real Envoy. It opens no socket for that, so no port of this host matters. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { createAuthority } from '../../src/certificates/authority.js';
import type { ProxyResources } from '../../drivers/reference/compile.js';
import { resolveEnvoy } from '../../drivers/reference/envoy/binary.js';
import { envoyBootstrap } from '../../drivers/reference/envoy/bootstrap.js';
import type { World } from '../../drivers/reference/policy/world.js';
import { TYPE } from '../../drivers/reference/xds/resource.js';
import { compileRedirected, REDIRECTED, SERVER } from '../unit/drivers/reference/redirect-world.js';

describe('Redirect mode and a real Envoy', function () {
  this.timeout(180_000); // the first run downloads Envoy
  let envoyPath: string;
  let dir: string;

  before(async () => {
    const cacheDir = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
    envoyPath = (await resolveEnvoy({ env: process.env, cacheDir })).path;
    dir = await mkdtemp(join(tmpdir(), 'redirect-'));
  });

  after(() => rm(dir, { recursive: true, force: true }));

  /** Envoy's own words about a proxy that has these resources from the start. */
  async function judge(resources: ProxyResources): Promise<{ exitCode: number | undefined; stderr: string }> {
    const authority = await createAuthority('mesh.test');
    const identity = await authority.issue({ spiffeId: 'spiffe://mesh.test/ns/ns1/sa/s', ttlMs: 3_600_000 });
    const bootstrap = envoyBootstrap({
      nodeId: 's',
      adsHost: '127.0.0.1',
      adsPort: 1,
      xds: 'delta',
      identity,
      caPem: authority.caPem,
      controlPlaneSpiffeId: 'spiffe://mesh.test/control-plane',
      admin: { kind: 'unix', path: join(dir, 'admin.sock'), mode: 0o600 },
    });
    const { clusters = [] } = bootstrap.staticResources ?? {};
    const staticResources = {
      clusters: [...clusters, ...resources[TYPE.cluster]],
      listeners: [...resources[TYPE.listener]],
    };
    const file = join(dir, 'envoy.json');
    await writeFile(file, JSON.stringify({ ...bootstrap, staticResources }));
    const args = ['--mode', 'validate', '-c', file, '--log-level', 'warning'];
    const { exitCode, stderr } = await execa(envoyPath, args, { reject: false });
    return { exitCode, stderr };
  }

  const variants: [string, Partial<World>][] = [
    ['strict', {}],
    ['permissive', { modes: new Map([['ns1', { mtls: 'permissive', access: 'allow' }]]) }],
  ];
  for (const [name, overrides] of variants) {
    it(`is accepted for every pod, ${name}`, async () => {
      for (const pod of REDIRECTED.pods) {
        const { exitCode, stderr } = await judge(compileRedirected(pod, overrides));
        assert.equal(exitCode, 0, `${pod.name}: ${stderr}`);
      }
    });
  }

  it('would be refused with two filter chains for one port: this judge does look', async () => {
    const resources = compileRedirected(SERVER);
    const listeners = resources[TYPE.listener].map((listener) =>
      listener.name === 'in'
        ? { ...listener, filterChains: [...(listener.filterChains ?? []), ...(listener.filterChains ?? [])] }
        : listener,
    );
    const { exitCode, stderr } = await judge({ ...resources, [TYPE.listener]: listeners });
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /filter chain/i);
  });
});
