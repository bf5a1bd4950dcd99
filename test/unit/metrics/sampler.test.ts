import assert from 'node:assert/strict';
import { Sampler } from '../../../src/metrics/sampler.js';
import { MetricsApi, metricsListener, serveMetrics } from '../../../src/metrics/serve.js';
import { httpEndpoint } from '../../../src/metrics/endpoint.js';
import { readAll } from '../../../src/metrics/read-all.js';
import { readAnswer } from '../../../src/metrics/read-answer.js';
import type { Json } from '../../../src/smi/model.js';
import { counted, name, server, TOPOLOGY } from './world.js';

const reading = (success: number) => ({
  proxy: name('shop/web-a'),
  counts: [server('shop/web-a', counted(success), 'shop/c1')],
});

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}

describe('the sampler', () => {
  it('looks by itself, again and again', async () => {
    let looks = 0;
    const enough = deferred();
    using sampler = await Sampler.start({
      windowMs: 40,
      read: async () => {
        looks += 1;
        if (looks === 4) enough.resolve();
        return [reading(looks)];
      },
    });
    await enough.promise;
    const { from, to } = await sampler.window();
    assert.ok(to > from);
  });

  it('looks at once for who asks, and one look serves all who ask at the same time', async () => {
    let looks = 0;
    const waiting: (() => void)[] = [];
    const first = deferred();
    using sampler = await Sampler.start({
      windowMs: 60_000,
      read: async () => {
        looks += 1;
        if (looks > 1) await new Promise<void>((resolve) => void (waiting.push(resolve), first.resolve()));
        return [reading(10 * looks)];
      },
    });
    // Older than what may be told again.
    const { now } = Date;
    Date.now = () => now() + 10_000;
    try {
      const windows = [sampler.window(), sampler.window()];
      await first.promise;
      waiting.forEach((resolve) => resolve());
      const [one, other] = await Promise.all(windows);
      assert.deepEqual(one, other);
      assert.equal(looks, 2);
      assert.equal(one?.counts[0]?.success, 10);
    } finally {
      Date.now = now;
    }
  });

  it('does not start when the first look fails', async () => {
    await assert.rejects(
      Sampler.start({ windowMs: 60_000, read: () => Promise.reject(new Error('nobody there')) }),
      /nobody there/,
    );
  });
});

describe('looks at many proxies', () => {
  it('leave out who does not answer, and fail when nobody does', async () => {
    const gone = () => Promise.reject(new Error('gone'));
    assert.deepEqual(await readAll([gone, async () => reading(1)]), [reading(1)]);
    assert.deepEqual(await readAll([]), []);
    await assert.rejects(readAll([gone, gone]), /gone/);
  });
});

describe('the metrics server', () => {
  const start = (read: () => Promise<ReturnType<typeof reading>[]>, rest: object = {}) =>
    MetricsApi.start({ windowMs: 1, read, source: 'native', topology: () => TOPOLOGY, ...rest });

  it('answers over HTTP what was counted since', async () => {
    let success = 0;
    using api = await start(async () => [reading((success += 5))]);
    await using server_ = await serveMetrics(api, { host: '127.0.0.1', port: 0 });
    const endpoint = httpEndpoint(server_, { source: 'native', lagMs: 0 });
    const { status, body } = await endpoint.get('/apis/metrics.smi-spec.io/v1alpha1/namespaces/shop/pods/web-a');
    assert.equal(status, 200);
    assert.ok((readAnswer(body)[0]?.success ?? 0) >= 5);
    const response = await fetch(`http://127.0.0.1:${server_.port}/apis`, { method: 'DELETE' });
    assert.equal(response.status, 405);
    assert.equal(((await response.json()) as { reason: string }).reason, 'MethodNotAllowed');
  });

  it('says that it cannot answer while no proxy can be asked', async () => {
    let isUp = true;
    using api = await start(async () => {
      if (!isUp) throw new Error('nobody there');
      return [reading(1)];
    });
    isUp = false;
    const { now } = Date;
    Date.now = () => now() + 10_000;
    const { status, body } = await api.get('/apis').finally(() => (Date.now = now));
    assert.equal(status, 503);
    assert.match(((body as Record<string, Json>)['message'] as string) ?? '', /nobody there/);
  });

  it('can be given a defect', async () => {
    using api = await start(async () => [reading(1)], {
      tamper: (path: string, ask: (path: string) => { status: number; body: Json }) =>
        path === '/broken' ? { status: 418, body: null } : ask('/apis'),
    });
    assert.equal((await api.get('/broken')).status, 418);
    assert.equal((await api.get('/whatever')).status, 200);
    assert.equal(typeof metricsListener(api), 'function');
  });
});
