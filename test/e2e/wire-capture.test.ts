/** What travels between pods of a local run, as a capture shows it. Needs the privilege, which CI's root has. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WireCapture } from '../../src/environments/capture.js';
import { CannotCapture } from '../../src/environments/capture.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { summariseWire, type WireSummary } from '../../src/wire/summarise.js';
import { NS, ReferenceFixture } from './reference-fixture.js';
import { ALL_RULE, allow, EVERYTHING } from './reference-words.js';

const MARKER = 'legible-on-the-wire';
const ASK = {
  headers: [
    ['x-marker', MARKER],
    ['x-meshgauge-echo', 'full'],
  ] as const,
  count: 5,
};

describe('looking at the wire of a local pod', function () {
  this.timeout(60_000);
  let fixture: ReferenceFixture;

  before(async () => {
    fixture = await ReferenceFixture.start('wire');
    await fixture.service('s', { app: 's' });
    await fixture.startPods('c1', 's', 'u1');
    const ports = [8080, 8300].map((port) => ({ name: `p${port}`, port, protocol: 'http' as const }));
    const outside = { name: 'w1', namespace: NS, serviceAccount: 'w1', labels: { app: 'w1' }, meshed: false, ports };
    for (const pod of await fixture.env.startPods([outside], fixture.mesh)) fixture.pods.set('w1', pod);
    await fixture.apply(EVERYTHING, allow('s', 'c1', ALL_RULE));
    await fixture.until('c1 to be let in', async () => (await fixture.answer({ from: 'c1' })) === 'yes');
  });
  after(() => fixture[Symbol.asyncDispose]());

  const running = (name: string) => {
    const pod = fixture.pods.get(name)?.pod;
    assert.ok(pod, name);
    return pod;
  };
  const capture = (name: string, port: number): Promise<WireCapture> => fixture.env.capture(running(name), port);
  async function watch(name: string, traffic: () => Promise<unknown>): Promise<WireSummary & { dropped: number }> {
    const going = await capture(name, 8080);
    const asked = traffic();
    await asked.catch(() => undefined);
    const { pcap, dropped } = await going.stop();
    await asked;
    return { ...summariseWire(pcap, MARKER), dropped };
  }

  it('meshed pods: TLS records, and no marker', async () => {
    const seen = await watch('s', async () => {
      const asked = await fixture.ask({ from: 'c1', ...ASK });
      assert.ok(asked.every(({ ok }) => ok));
    });
    assert.ok(seen.packets > 0 && seen.payloadBytes > 1_000, JSON.stringify(seen));
    assert.deepEqual([seen.markers, seen.dropped, seen.tlsFlows], [0, 0, seen.flows]);
  });

  it('the very same capture reads the marker where no mesh is, in the request and in the answer', async () => {
    const { ip, physicalPorts } = running('w1');
    const seen = await watch('w1', () =>
      fixture.ask({ from: 'u1', host: ip, port: physicalPorts.get('tcp/8080') ?? 8080, ...ASK }),
    );
    assert.deepEqual([seen.tlsFlows, seen.flows, seen.dropped], [0, 10, 0]);
    assert.equal(seen.markers, 10);
    assert.match(seen.firstBytes, /^47 45 54 20 /);
  });

  it('sees its own port alone, and loses nothing of a crowd', async () => {
    const { ip, physicalPorts } = running('w1');
    const port = physicalPorts.get('tcp/8080') ?? 8080;
    const other = await capture('w1', 8300);
    const seen = await watch('w1', () => fixture.ask({ from: 'u1', host: ip, port, ...ASK, count: 300 }));
    assert.equal(summariseWire((await other.stop()).pcap, MARKER).packets, 0);
    assert.deepEqual([seen.markers, seen.dropped], [600, 0]);
  });

  it('an address that is none cannot be looked at, and the reason is told', async () => {
    await assert.rejects(
      fixture.env.capture({ ...running('s'), ip: 'nowhere' }, 8080),
      (error: unknown) => error instanceof CannotCapture && /python3: .*illegal IP/.test(error.message),
    );
  });

  it('without the privilege the program says so and captures nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wire-'));
    try {
      const script = join(PACKAGE_ROOT, 'fixtures/wire/af_packet.py');
      const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      const args = ['-I', '-', 'lo', '127.0.0.1', '1', join(dir, 'x.pcap')];
      const child = spawn('python3', args, { ...nobody, stdio: ['pipe', 'ignore', 'pipe'] });
      // Whom root's folders are closed to reads the program from its input.
      const { createReadStream } = await import('node:fs');
      createReadStream(script).pipe(child.stdin);
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const [code] = (await once(child, 'close')) as [number];
      assert.deepEqual([code, /CAP_NET_RAW is needed/.test(said)], [77, true], said);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
