import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ClientProtocol, RequestSpec } from '../../fixtures/agent/protocol.js';
import type { PodFailure } from '../../src/environments/environment.js';
import { cleanLeftovers } from '../../src/environments/local/clean.js';
import { type LocalEnvironment, createLocalEnvironment } from '../../src/environments/local/local-environment.js';
import { pollUntil } from '../../src/environments/local/poll.js';
import { RUN_MARKER, runDirOf, runRegistryDir } from '../../src/environments/local/run-state.js';
import type { PodSpec } from '../../src/mesh/driver.js';
import { plainMesh, stubbornSidecar } from './local-environment/plain-mesh.js';

const PORTS = [
  { name: 'http', port: 8080, protocol: 'http' },
  { name: 'tcp', port: 8300, protocol: 'tcp' },
  { name: 'udp', port: 8300, protocol: 'udp' },
] as const;

const podSpec = (name: string, over: Partial<PodSpec> = {}): PodSpec => ({
  name,
  namespace: 'ns1',
  serviceAccount: name,
  labels: { app: name },
  meshed: true,
  ports: [],
  ...over,
});
const server = (name: string): PodSpec => podSpec(name, { labels: { app: 'srv' }, ports: PORTS });
const service = {
  name: 'srv',
  namespace: 'ns1',
  selector: { app: 'srv' },
  ports: PORTS.map(({ name, port, protocol }) => ({ name, port: port + 1, targetPort: port, protocol })),
};

const CHILD_RUN = fileURLToPath(new URL('./local-environment/child-run.ts', import.meta.url));

/** Pids of living processes that carry the marker of this run. */
async function markedPids(runId: string): Promise<number[]> {
  const pids = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(`${RUN_MARKER}=${runId}`)) pids.push(Number(name));
  }
  return pids;
}

describe('local environment', function () {
  this.timeout(60_000);
  const before = { XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'], TMPDIR: process.env['TMPDIR'] };
  let home: string;
  let runId: string;
  let env: LocalEnvironment;
  const open = (options: { keep?: boolean; portOffset?: number } = {}): LocalEnvironment =>
    createLocalEnvironment({ runId, seed: 7, keep: false, log: () => undefined, ...options });

  beforeEach(async () => {
    // Apart from the runs of others on this host; a short name, because sockets live in there.
    home = await mkdtemp(join(tmpdir(), 'mgt-'));
    await mkdir(join(home, 't'));
    process.env['XDG_CACHE_HOME'] = join(home, 'cache');
    process.env['TMPDIR'] = join(home, 't');
    runId = `test-${randomBytes(4).toString('hex')}`;
    env = open();
    await env.createNamespaces(['ns1']);
  });

  afterEach(async () => {
    await env[Symbol.asyncDispose]();
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(home, { recursive: true, force: true });
  });

  const nothingLeft = async (): Promise<void> => {
    assert.deepEqual(await markedPids(runId), []);
    assert.equal(existsSync(runDirOf(runId)), false, 'run folder');
    assert.equal(existsSync(join(runRegistryDir(), `${runId}.json`)), false, 'registration');
  };

  it('passes its own preflight here and states facts of the host', async () => {
    assert.deepEqual(await env.preflight(), []);
    const facts = env.facts();
    assert.equal(facts.name, 'local');
    assert.equal(facts.node, process.version);
    assert.ok(facts.cpus > 0 && facts.memoryBytes > 0 && facts['cpuModel'] !== '');
  });

  it('takes nothing from the host before the first pod', async () => {
    await nothingLeft();
    await env[Symbol.asyncDispose]();
    await nothingLeft();
  });

  it('carries requests of all protocols through the cluster address to ready pods of the selector, and leaves nothing', async () => {
    await env.api.applyService(service);
    const running = await env.startPods([podSpec('c1'), server('s1'), server('s2')], plainMesh());
    const [client] = running;
    assert.deepEqual(
      env.api
        .pods()
        .map(({ name }) => name)
        .sort(),
      ['c1', 's1', 's2'],
    );

    const request = (protocol: ClientProtocol, port: number): RequestSpec => ({
      protocol,
      ...env.address({
        namespace: 'ns1',
        name: 'srv',
        port,
        protocol: protocol === 'http' || protocol === 'udp' ? protocol : 'tcp',
      }),
      method: 'GET',
      path: '/',
      timeoutMs: 5_000,
    });
    const cells = { http: request('http', 8081), tcp: request('tcp', 8301), udp: request('udp', 8301) };
    const items = Object.entries(cells).map(([cell, spec]) => ({ cell, count: 20, spec }));
    const records =
      (await client?.agent.batch({ idPrefix: `${runId}-`, items, concurrency: 4, connections: 'new' })) ?? [];
    assert.deepEqual(
      records.filter(({ ok }) => !ok),
      [],
    );
    for (const cell of Object.keys(cells)) {
      const answered = new Set(records.filter((record) => record.cell === cell).map((record) => record.server));
      assert.deepEqual([...answered].sort(), ['s1', 's2'], `${cell} reaches both pods`);
    }
    const seen = (await Promise.all(running.map(({ agent }) => agent.records()))).flat();
    assert.deepEqual(seen.map(({ id }) => id).sort(), records.map(({ id }) => id).sort());

    // A pod that is gone gets nothing; with the last one gone, connections are refused.
    await env.stopPod('ns1', 's1');
    const http = { cell: 'http', count: 10, spec: cells.http };
    const after = await client?.agent.batch({
      idPrefix: `${runId}-b`,
      items: [http],
      concurrency: 2,
      connections: 'new',
    });
    assert.deepEqual([...new Set(after?.map((record) => record.server))], ['s2']);
    await env.stopPod('ns1', 's2');
    const none = await client?.agent.batch({
      idPrefix: `${runId}-c`,
      items: [http],
      concurrency: 2,
      connections: 'new',
    });
    assert.ok(none?.every((record) => !record.ok));

    assert.ok((await markedPids(runId)).length > 0);
    await env[Symbol.asyncDispose]();
    await nothingLeft();
  });

  it('names the ways to a service: pod and cluster address, or the name of a headless one', async () => {
    await env.api.applyService(service);
    await env.api.applyService({ ...service, name: 'direct', headless: true });
    const [running] = await env.startPods([server('s1')], plainMesh());
    const ip = running?.pod.ip;
    const physical = running?.pod.physicalPorts.get('tcp/8080');
    const clusterIP = env.api.services()[0]?.clusterIP;
    assert.deepEqual(
      env.ways({ namespace: 'ns1', name: 'srv', port: 8081, protocol: 'http' }).map(({ way, host }) => [way, host]),
      [
        ['pod-ip', ip],
        ['cluster-ip', clusterIP],
      ],
    );
    assert.deepEqual(env.ways({ namespace: 'ns1', name: 'direct', port: 8081, protocol: 'http' }), [
      { way: 'pod-ip', host: ip, port: physical },
      { way: 'headless', host: ip, port: physical },
    ]);
    assert.throws(() => env.ways({ namespace: 'ns1', name: 'srv', port: 1, protocol: 'tcp' }), {
      code: 'E_SERVICE_PORT',
    });
    assert.throws(() => env.address({ namespace: 'ns1', name: 'none', port: 1, protocol: 'tcp' }), {
      code: 'E_SERVICE_UNKNOWN',
    });
  });

  it('moves ports that somebody holds on every address, while evidence keeps the container port', async () => {
    const holder = createServer().listen(8080, '0.0.0.0');
    await once(holder, 'listening');
    try {
      const [client, target] = await env.startPods([podSpec('c1'), server('s1')], plainMesh());
      assert.equal(target?.pod.physicalPorts.get('tcp/8080'), 18_080);
      const spec = { protocol: 'http', host: target.pod.ip, port: 18_080, path: '/', timeoutMs: 5_000 } as const;
      const items = [{ cell: 'a', count: 1, spec }];
      const [record] =
        (await client?.agent.batch({ idPrefix: runId, items, concurrency: 1, connections: 'new' })) ?? [];
      assert.equal(record?.ok, true);
      assert.deepEqual(
        (await target.agent.records()).map(({ port }) => port),
        [8080],
      );
    } finally {
      await once(holder.close(), 'close');
    }
  });

  it('reuses the address of a pod that is gone when asked to, and only then', async () => {
    const [first] = await env.startPods([server('s1')], plainMesh());
    const ip = first?.pod.ip ?? '';
    await assert.rejects(env.startPods([{ ...server('s2'), ip }], plainMesh()), { code: 'E_ADDRESS_TAKEN' });
    await env.stopPod('ns1', 's1');
    const [second] = await env.startPods([server('s2')], plainMesh());
    assert.notEqual(second?.pod.ip, ip);
    const [third] = await env.startPods([{ ...server('s3'), ip }], plainMesh());
    assert.equal(third?.pod.ip, ip);
  });

  it('reports a program that ends by itself once, with its log, and takes the pod out of the API', async () => {
    const failures: PodFailure[] = [];
    env.onPodFailure((failure) => failures.push(failure));
    const mesh = plainMesh((plan) => [
      stubbornSidecar(plan, `setTimeout(() => { console.error('out of luck'); process.exit(9); }, 1500)`),
    ]);
    const [running] = await env.startPods([podSpec('c1')], mesh);
    assert.equal(env.api.pods().length, 1);
    await pollUntil(async () => failures.length > 0, { deadlineMs: 10_000, what: 'the failure' });
    assert.deepEqual(env.api.pods(), []);
    await env.stopPod('ns1', 'c1');
    assert.deepEqual(failures, [
      {
        pod: 'ns1/c1',
        container: 'stubborn',
        exitCode: 9,
        signal: null,
        logTail: 'out of luck',
        logFile: join(running?.pod.dir ?? '', 'stubborn.log'),
      },
    ]);
  });

  it('says why a pod did not start and leaves none of its companions running', async () => {
    const mesh = plainMesh((plan) =>
      plan.pod.name === 'bad'
        ? [{ ...stubbornSidecar(plan, `console.error('bad flag'); process.exit(2)`), ready: async () => false }]
        : [],
    );
    await assert.rejects(env.startPods([podSpec('good'), podSpec('bad')], mesh), {
      code: 'E_POD_START',
      message: /stubborn of pod ns1\/bad ended with exit code 2 before it was ready\nbad flag/,
    });
    assert.deepEqual(await markedPids(runId), []);
    assert.deepEqual(env.api.pods(), []);
    const missing = plainMesh((plan) => [
      { ...stubbornSidecar(plan), command: '/no/such/program', ready: async () => false },
    ]);
    await assert.rejects(env.startPods([podSpec('bad')], missing), {
      message: /could not be started \(\/no\/such\/program\)/,
    });
  });

  it('gives up starting when it is closed meanwhile', async () => {
    const never = plainMesh((plan) => [{ ...stubbornSidecar(plan), ready: async () => false }]);
    const starting = assert.rejects(env.startPods([podSpec('c1')], never), { code: 'E_ENVIRONMENT_CLOSED' });
    await pollUntil(async () => (await markedPids(runId)).length === 2, { deadlineMs: 5_000, what: 'two programs' });
    await env[Symbol.asyncDispose]();
    await starting;
    await nothingLeft();
    await assert.rejects(env.startPods([podSpec('c1')], plainMesh()), { code: 'E_ENVIRONMENT_CLOSED' });
  });

  it('takes its programs along when the process ends without an orderly stop', async () => {
    const lost = `${runId}-lost`;
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD_RUN, lost, 'exit'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 7);
    await pollUntil(async () => (await markedPids(lost)).length === 0, { deadlineMs: 5_000, what: 'programs to end' });
    assert.deepEqual((await cleanLeftovers({ dryRun: false })).directories, [runDirOf(lost)]);
  });

  it('refuses two pods of one name, also side by side', async () => {
    await assert.rejects(env.startPods([podSpec('c1'), podSpec('c1')], plainMesh()), { code: 'E_POD_EXISTS' });
    await env.startPods([podSpec('c1')], plainMesh());
  });

  it('kills what does not end on SIGTERM after the grace', async () => {
    const mesh = plainMesh((plan) => [
      stubbornSidecar(plan, `process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)`),
    ]);
    const [running] = await env.startPods([podSpec('c1')], mesh);
    const log = join(running?.pod.dir ?? '', 'stubborn.log');
    await pollUntil(async () => (await readFile(log, 'utf8')).includes('deaf'), { deadlineMs: 5_000, what: 'the log' });
    const start = performance.now();
    await env.stopPod('ns1', 'c1');
    assert.ok(performance.now() - start >= 1_950);
    assert.deepEqual(await markedPids(runId), []);
  });

  it('keeps the folder of a run on request: logs, but no sockets; `clean` leaves it while its run lives', async () => {
    env = open({ keep: true });
    await env.createNamespaces(['ns1']);
    const [running] = await env.startPods([server('s1')], plainMesh());
    await env[Symbol.asyncDispose]();
    const files = await readdir(running?.pod.dir ?? '');
    assert.deepEqual(files.sort(), ['agent.json', 'agent.log']);
    const cleaned = await cleanLeftovers({ dryRun: false });
    assert.ok(cleaned.skippedLive.includes(runId));
    assert.ok(existsSync(runDirOf(runId)));
  });

  it('refuses a second run of the same id', async () => {
    await env.startPods([podSpec('c1')], plainMesh());
    const twin = open();
    await twin.createNamespaces(['ns1']);
    await assert.rejects(twin.startPods([podSpec('c1')], plainMesh()), { code: 'E_RUN_EXISTS' });
    await twin[Symbol.asyncDispose]();
    assert.equal(env.api.pods().length, 1);
    assert.ok(existsSync(runDirOf(runId)));
  });

  it('clean removes everything a killed run left, only that, and nothing on a dry run', async () => {
    await env.startPods([podSpec('live')], plainMesh());
    const livePids = await markedPids(runId);
    const bystander = join(tmpdir(), `mg-${runId}-bystander`);
    await mkdir(bystander);
    await writeFile(join(bystander, 'owner.json'), '{"not":"ours"}');

    const deadRun = `${runId}-dead`;
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD_RUN, deadRun], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      const dirs = JSON.parse(line) as string[];
      await pollUntil(async () => dirs.every((dir) => existsSync(join(dir, 'left.sock'))), {
        deadlineMs: 5_000,
        what: 'sockets',
      });
      assert.ok((await cleanLeftovers({ dryRun: false })).skippedLive.includes(deadRun), 'a living run is left alone');
      child.kill('SIGKILL');
      await once(child, 'exit');
      // Agents notice the end of their stdin by themselves; the sidecars do not.
      await pollUntil(async () => (await markedPids(deadRun)).length === 2, {
        deadlineMs: 10_000,
        what: 'agents to end',
      });

      const planned = await cleanLeftovers({ dryRun: true });
      assert.equal(planned.processes.length, 2);
      assert.equal((await markedPids(deadRun)).length, 2);
      assert.ok(existsSync(runDirOf(deadRun)));

      const cleaned = await cleanLeftovers({ dryRun: false });
      assert.deepEqual(cleaned, planned);
      assert.ok(cleaned.processes.every(({ command }) => command.includes('stubborn.mjs')));
      assert.ok(cleaned.sockets >= 2);
      assert.deepEqual(cleaned.directories, [runDirOf(deadRun)]);
      assert.deepEqual(await markedPids(deadRun), []);
      assert.equal(existsSync(runDirOf(deadRun)), false);
      assert.equal(existsSync(join(runRegistryDir(), `${deadRun}.json`)), false);

      assert.ok(cleaned.skippedLive.includes(runId));
      assert.deepEqual(await markedPids(runId), livePids);
      assert.ok(existsSync(bystander));
      const again = await cleanLeftovers({ dryRun: false });
      assert.deepEqual([again.processes, again.directories], [[], []]);
    } finally {
      child.kill('SIGKILL');
      await rm(bystander, { recursive: true, force: true });
    }
  });
});
