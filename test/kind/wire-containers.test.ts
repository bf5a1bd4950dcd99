/** The wire of a pod made of containers: a capture in its network namespace, with and without the mesh. */
import assert from 'node:assert/strict';
import { driver as reference } from '../../drivers/reference/index.js';
import { CannotCapture } from '../../src/environments/capture.js';
import type { RunningPod } from '../../src/environments/environment.js';
import type { InstalledMesh } from '../../src/mesh/driver.js';
import { summariseWire, type WireSummary } from '../../src/wire/summarise.js';
import {
  allowClient,
  applyServer,
  call,
  callUntilOk,
  leftovers,
  openRun,
  podSpec,
  type Run,
  serverAddress,
} from './containers-fixture.js';

const MARKER = 'legible-on-the-wire';
const HEADERS = [
  ['x-marker', MARKER],
  ['x-meshgauge-echo', 'full'],
] as const;

describe('Containers: looking at the wire', function () {
  this.timeout(300_000);
  let run: Run;
  let mesh: InstalledMesh;
  let pods: readonly RunningPod[];

  before(async () => {
    run = await openRun();
    mesh = await reference.install(run.env, { seed: 1, faults: [], options: {} });
    await applyServer(run.env);
    pods = await run.env.startPods(
      [podSpec('server'), podSpec('client'), podSpec('server-plain', false), podSpec('stranger', false)],
      mesh,
    );
    await allowClient(run.env, mesh);
    await callUntilOk(pod('client'), { protocol: 'http', ...throughMesh() });
  });
  after(async () => {
    await mesh[Symbol.asyncDispose]();
    await run.env[Symbol.asyncDispose]();
    assert.deepEqual(await leftovers(run), []);
  });

  function pod(name: string): RunningPod {
    const found = pods.find((each) => each.pod.name === name);
    assert.ok(found, `no pod ${name}`);
    return found;
  }
  const throughMesh = () => mesh.address(serverAddress('http'), pod('client').pod);
  async function watch(name: string, from: string, to: { host: string; port: number }): Promise<WireSummary> {
    const going = await run.env.capture(pod(name).pod, 8080);
    const { ok, error } = await call(pod(from), { protocol: 'http', ...to, headers: HEADERS });
    const { pcap, dropped } = await going.stop();
    assert.deepEqual([ok, error, dropped], [true, undefined, 0]);
    return summariseWire(pcap, MARKER);
  }

  it('between meshed pods: TLS and no marker; between app and proxy it does not look', async () => {
    const seen = await watch('server', 'client', throughMesh());
    assert.ok(seen.payloadBytes > 0, JSON.stringify(seen));
    assert.deepEqual([seen.markers, seen.tlsFlows], [0, seen.flows]);
  });

  it('between pods outside the mesh: the marker, there and back', async () => {
    const seen = await watch('server-plain', 'stranger', { host: pod('server-plain').pod.ip, port: 8080 });
    assert.deepEqual([seen.markers, seen.tlsFlows, seen.flows], [2, 0, 2]);
  });

  it('a pod that is gone cannot be looked at, and a capture nobody ends goes with its pod', async () => {
    const [spare] = await run.env.startPods([podSpec('server-spare', false)], mesh);
    assert.ok(spare);
    await run.env.capture(spare.pod, 8080);
    await run.env.stopPod(spare.pod.namespace, spare.pod.name);
    await assert.rejects(run.env.capture(spare.pod, 8080), CannotCapture);
  });
});
