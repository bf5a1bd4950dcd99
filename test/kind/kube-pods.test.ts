import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeError } from '../../src/kube/kube.js';
import { openTestCluster, startShellPod, type TestCluster } from './cluster.js';

const MEBIBYTE = 1024 * 1024;
const SIZE = 20 * MEBIBYTE;

/** What listens in the pod: an echo, a receiver that answers with a checksum, a sender, one that keeps silent, and a web server. */
const SERVERS = `
head -c ${SIZE} /dev/urandom > /tmp/blob
sha256sum /tmp/blob > /tmp/sum
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\nConnection: close\\r\\n\\r\\nhello' > /tmp/page
socat TCP-LISTEN:9001,fork,reuseaddr SYSTEM:'head -c ${SIZE} | sha256sum' &
socat -u OPEN:/dev/zero TCP-LISTEN:9003,reuseaddr,fork &
socat TCP-LISTEN:9002,fork,reuseaddr SYSTEM:'cat /tmp/blob' &
socat TCP-LISTEN:9004,fork,reuseaddr SYSTEM:'head -n 1 > /dev/null; cat /tmp/page' &
exec socat TCP-LISTEN:9000,fork,reuseaddr,backlog=128 EXEC:cat`;

describe('Kube: inside pods of a real cluster', () => {
  let cluster: TestCluster;
  let pod: { readonly namespace: string; readonly pod: string };
  before(async () => {
    cluster = await openTestCluster();
    pod = await startShellPod(cluster, 'shell', SERVERS, 9000);
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  it('exec gives output, error output and the exit code', async () => {
    const result = await cluster.kube.exec(pod, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
    assert.deepEqual(result, { stdout: 'out\n', stderr: 'err\n', exitCode: 7 });
    assert.equal((await cluster.kube.exec({ ...pod, container: 'shell' }, ['true'])).exitCode, 0);
  });

  it('exec passes stdin to its end, also when it is long', async () => {
    const stdin = 'ünï '.repeat(200_000);
    const { stdout } = await cluster.kube.exec(pod, ['sha256sum'], { stdin });
    assert.equal(stdout.split(' ')[0], createHash('sha256').update(stdin).digest('hex'));
    assert.equal((await cluster.kube.exec(pod, ['cat'], { stdin: '' })).stdout, '');
  });

  it('exec says what kept a command from running', async () => {
    await assert.rejects(cluster.kube.exec(pod, ['/no/such/program']), /no\/such\/program/);
    await assert.rejects(
      cluster.kube.exec({ ...pod, pod: 'nobody' }, ['true']),
      (error: unknown) => error instanceof KubeError && error.status === 404 && error.message.includes('nobody'),
    );
    await assert.rejects(cluster.kube.exec({ ...pod, container: 'other' }, ['true']), /container/);
    await assert.rejects(
      cluster.kube.exec(pod, ['sleep', '30'], { timeoutMs: 700 }),
      (error: unknown) => error instanceof KubeError && error.reason === 'Timeout',
    );
  });

  it('logs are those of the container', async () => {
    const talker = await startShellPod(cluster, 'talker', 'echo one; echo two; exec sleep 1000');
    assert.equal(await cluster.kube.logs(talker), 'one\ntwo\n');
    assert.equal(await cluster.kube.logs(talker, { tailLines: 1 }), 'two\n');
  });

  it('carries 20 MiB up and down at once, unharmed', async () => {
    const stream = await cluster.kube.connect(pod, 9000);
    const sent = randomBytes(SIZE);
    const received = collect(stream, SIZE);
    stream.write(sent);
    assert.equal(sha256(await received), sha256(sent));
    stream.destroy();
  });

  it('carries 20 MiB up to a receiver that counts, and 20 MiB down to the end of the stream', async () => {
    const sent = randomBytes(SIZE);
    const up = await cluster.kube.connect(pod, 9001);
    up.end(sent);
    // The pod answers after our end, and then closes its side: half-closed on ours all the while.
    assert.equal((await collect(up)).toString().split(' ')[0], sha256(sent));

    const { stdout } = await cluster.kube.exec(pod, ['cat', '/tmp/sum']);
    const down = await collect(await cluster.kube.connect(pod, 9002));
    assert.equal(down.length, SIZE);
    assert.equal(sha256(down), stdout.split(' ')[0]);
  });

  it('50 connections at once do not mix', async () => {
    const streams = await Promise.all(Array.from({ length: 50 }, () => cluster.kube.connect(pod, 9000)));
    await Promise.all(
      streams.map(async (stream) => {
        const sent = randomBytes(64 * 1024);
        const received = collect(stream, sent.length);
        stream.write(sent);
        assert.equal(sha256(await received), sha256(sent));
        stream.destroy();
      }),
    );
  });

  it('a reader that does not read stops the sender in the pod, not the memory of the harness', async () => {
    const stream = await cluster.kube.connect(pod, 9003);
    await once(stream, 'readable');
    let before = -1;
    // Measured: what has piled up no longer grows.
    while (stream.readableLength !== before) {
      before = stream.readableLength;
      await delay(300);
    }
    assert.ok(before > 0 && before < MEBIBYTE, `${before} bytes lie about`);
    stream.destroy();
  });

  it('serves an HTTP client as its socket', async () => {
    const agent = new Agent({ keepAlive: true });
    const stream = await cluster.kube.connect(pod, 9004);
    agent.createConnection = () => stream;
    const get = request({ agent, path: '/', host: 'pod' }).end();
    const [response] = (await once(get, 'response')) as [Duplex & { statusCode: number }];
    assert.equal(response.statusCode, 200);
    assert.equal((await collect(response)).toString(), 'hello');
    agent.destroy();
  });

  it('a port nobody listens on ends the stream with an error that says so', async () => {
    const stream = await cluster.kube.connect(pod, 9999);
    await assert.rejects(collect(stream), /port 9999 of pod .*refused/s);
    await assert.rejects(
      cluster.kube.connect({ ...pod, pod: 'nobody' }, 9000),
      (error: unknown) => error instanceof KubeError && error.status === 404,
    );
  });
});

async function collect(stream: Duplex, bytes = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= bytes) break;
  }
  return Buffer.concat(chunks);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
