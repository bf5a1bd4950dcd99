/** The reference mesh in containers: connections really are redirected, really are encrypted, and there is no way around. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { execa } from 'execa';
import { driver as none } from '../../drivers/none/index.js';
import { driver as reference } from '../../drivers/reference/index.js';
import type { PodFailure, RunningPod } from '../../src/environments/environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import type { InstalledMesh, PodPlan } from '../../src/mesh/driver.js';
import {
  allowClient,
  applyServer,
  call,
  callUntilOk,
  leftovers,
  NAMESPACE,
  openRun,
  podSpec,
  type Run,
  serverAddress,
  SHELL_IMAGE,
  WireWatch,
} from './containers-fixture.js';

const INSTALL = { seed: 1, faults: [], options: {} };

/** The same mesh, which does something else to pods. */
function decorating(mesh: InstalledMesh, change: (plan: PodPlan) => PodPlan): InstalledMesh {
  return Object.create(mesh, {
    decorate: { value: async (plan: PodPlan) => change(await mesh.decorate(plan)) },
  }) as InstalledMesh;
}

function find(pods: readonly RunningPod[], name: string): RunningPod {
  const found = pods.find(({ pod }) => pod.name === name);
  assert.ok(found, `no pod ${name}`);
  return found;
}

describe('Containers: the reference mesh', function () {
  this.timeout(300_000);
  let run: Run;
  let mesh: InstalledMesh;
  let pods: readonly RunningPod[];
  const pod = (name: string): RunningPod => find(pods, name);
  const target = (protocol: 'http' | 'tcp' | 'udp') => ({
    protocol,
    ...mesh.address(serverAddress(protocol), pod('client').pod),
  });

  before(async () => {
    run = await openRun();
    mesh = await reference.install(run.env, INSTALL);
    await applyServer(run.env);
    pods = await run.env.startPods(
      [podSpec('server'), podSpec('client'), podSpec('other'), podSpec('stranger', false)],
      mesh,
    );
    await allowClient(run.env, mesh);
    for (const protocol of ['http', 'tcp', 'udp'] as const) await callUntilOk(pod('client'), target(protocol));
  });

  after(async () => {
    await mesh[Symbol.asyncDispose]();
    await run.env[Symbol.asyncDispose]();
    assert.deepEqual(await leftovers(run), []);
  });

  it('takes a call to the address of a service, and the server learns who called', async () => {
    assert.deepEqual(run.env.address(serverAddress('http')).host, target('http').host);
    await pod('server').agent.records();
    const { id, ok } = await call(pod('client'), target('http'));
    assert.ok(ok);
    const [seen] = (await pod('server').agent.records()).filter((record) => record.id === id);
    assert.match(seen?.xfcc ?? '', /URI=spiffe:\/\/[^;]*\/ns\/shop\/sa\/client/);
  });

  for (const protocol of ['http', 'tcp', 'udp'] as const) {
    it(`denies ${protocol} to a meshed pod that nothing allows`, async () => {
      await pod('server').agent.records();
      const spec = { protocol, ...mesh.address(serverAddress(protocol), pod('other').pod) };
      const { ok, id } = await call(pod('other'), spec);
      assert.equal(ok, false);
      await callUntilOk(pod('client'), target(protocol));
      assert.ok(!(await pod('server').agent.records()).some((record) => record.id === id));
    });

    it(`lets no plaintext of a stranger through to ${protocol}, by whatever way`, async () => {
      await pod('server').agent.records();
      const ways = run.env.ways(serverAddress(protocol));
      assert.deepEqual(
        ways.map(({ way }) => way),
        ['pod-ip', 'cluster-ip'],
      );
      const attempts = await Promise.all(
        ways.map(({ host, port }) => call(pod('stranger'), { protocol, host, port, authority: 'server' })),
      );
      assert.deepEqual(
        attempts.map(({ ok }) => ok),
        [false, false],
      );
      const ids = attempts.map(({ id }) => id);
      await callUntilOk(pod('client'), target(protocol));
      assert.ok(!(await pod('server').agent.records()).some((record) => ids.includes(record.id)));
    });
  }

  it('lets a pod call its own service: that, too, goes through its proxy', async () => {
    const spec = { protocol: 'http' as const, ...mesh.address(serverAddress('http'), pod('server').pod) };
    await callUntilOk(pod('server'), spec);
  });

  it('leaves calls to what is no service alone', async () => {
    const unmeshed = await run.env.startPods([podSpec('server-outside', false)], mesh);
    const { ip } = find(unmeshed, 'server-outside').pod;
    const { ok } = await call(pod('client'), { protocol: 'http', host: ip, port: 8080, authority: 'outside' });
    await run.env.stopPod(NAMESPACE, 'server-outside');
    assert.ok(ok);
  });

  it('is caught when a pod comes without redirection: then a stranger gets in', async () => {
    const careless = decorating(mesh, ({ redirection: _left, ...plan }) => plan);
    const [naked] = await run.env.startPods([podSpec('server-naked')], careless);
    assert.ok(naked);
    const spec = { protocol: 'http' as const, host: naked.pod.ip, port: 8080, authority: 'naked' };
    const { ok, id } = await call(pod('stranger'), spec);
    const seen = (await naked.agent.records()).map((record) => record.id);
    await run.env.stopPod(NAMESPACE, 'server-naked');
    assert.ok(ok);
    assert.deepEqual(seen, [id]);
  });

  it('puts no word of a request on the wire as it is', async () => {
    const secret = 'a-secret-on-its-way';
    const watches = await Promise.all(['client', 'server'].map((name) => WireWatch.open(run, pod(name).pod, secret)));
    for (const protocol of ['http', 'tcp', 'udp'] as const) await callUntilOk(pod('client'), target(protocol), secret);
    for (const watch of watches) {
      const { wire, inside } = await watch.count();
      assert.equal(wire, 0);
      // Between app and proxy it is there: this watch does see.
      assert.ok(inside >= 3, `only ${inside} packets inside the pod`);
    }
  });

  it('tells of a proxy that ended, and which', async () => {
    const [victim] = await run.env.startPods([podSpec('victim')], mesh);
    assert.ok(victim);
    const told = new Promise<PodFailure>((resolve) => run.env.onPodFailure(resolve));
    await execa('docker', ['kill', `meshgauge-${run.id}-${basename(victim.pod.dir)}-envoy`]);
    const failure = await told;
    await run.env.stopPod(NAMESPACE, 'victim');
    assert.equal(failure.pod, 'shop/victim');
    assert.equal(failure.container, 'envoy');
    assert.equal(failure.exitCode, 137);
    assert.ok(!run.env.api.pods().some(({ name }) => name === 'victim'));
  });

  it('says why a pod does not start, and leaves nothing of it', async () => {
    const before = await leftovers(run);
    const broken = decorating(mesh, (plan) => ({
      ...plan,
      sidecars: [
        {
          name: 'broken',
          image: SHELL_IMAGE,
          command: '/bin/sh',
          args: ['-c', 'echo out of order; exit 7'],
          files: [],
          ready: async () => false,
        },
      ],
    }));
    await assert.rejects(run.env.startPods([podSpec('never')], broken), (error: unknown) => {
      assert.ok(error instanceof HarnessError);
      assert.equal(error.code, 'E_POD_START');
      assert.match(error.message, /broken of pod shop\/never ended with exit code 7[^]*out of order/);
      return true;
    });
    assert.deepEqual(await leftovers(run), before);
  });

  it('gives a pod the address it asks for', async () => {
    const { ip } = pod('other').pod;
    await run.env.stopPod(NAMESPACE, 'other');
    const [heir] = await run.env.startPods([{ ...podSpec('other'), ip }], mesh);
    assert.equal(heir?.pod.ip, ip);
    pods = [...pods.filter(({ pod: each }) => each.name !== 'other'), ...(heir ? [heir] : [])];
  });
});

describe('Containers: no mesh', function () {
  this.timeout(300_000);

  it('puts requests on the wire as they are', async () => {
    const run = await openRun();
    try {
      const mesh = await none.install(run.env, INSTALL);
      await applyServer(run.env);
      const pods = await run.env.startPods([podSpec('server'), podSpec('client')], mesh);
      const secret = 'a-secret-on-its-way';
      const [server, client] = ['server', 'client'].map((name) => find(pods, name));
      assert.ok(server && client);
      const watches = await Promise.all([server, client].map(({ pod }) => WireWatch.open(run, pod, secret)));
      for (const protocol of ['http', 'tcp', 'udp'] as const) {
        const { host, port } = run.env.address(serverAddress(protocol));
        await callUntilOk(client, { protocol, host, port, authority: 'server' }, secret);
      }
      for (const watch of watches) assert.ok((await watch.count()).wire >= 3);
    } finally {
      await run.env[Symbol.asyncDispose]();
    }
    assert.deepEqual(await leftovers(run), []);
  });
});
