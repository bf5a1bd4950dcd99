import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { KubeError, type KubeChange } from '../../../src/kube/kube.js';
import { openWatch, type WatchTimes } from '../../../src/kube/watch.js';
import { fail, send, startTestApi, type TestApi } from './api-server.js';

const MAP = { apiVersion: 'v1', kind: 'ConfigMap' } as const;
const TIMES: WatchTimes = {
  streamSeconds: 60,
  silenceMs: 2_000,
  backoff: { firstMs: 5, mostMs: 50 },
  startMs: 4_000,
};

interface Item {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

const item = (name: string, version: number, uid = name): Item => ({
  metadata: { name, uid, resourceVersion: String(version) },
});
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;

describe('watch', () => {
  let api: TestApi;
  let seen: string[];
  /** Answers to lists and to watches, in turn; the last one stays. */
  let lists: ((response: ServerResponse) => void)[];
  let streams: ((response: ServerResponse) => void)[];

  beforeEach(async function () {
    // The first one loads the client library, which takes its time under a TypeScript loader.
    this.timeout(120_000);
    api = await startTestApi();
    seen = [];
    lists = [];
    streams = [];
    api.answer = (_request, response, url) => {
      const answers = url.searchParams.has('watch') ? streams : lists;
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(response);
    };
  });
  afterEach(async () => api[Symbol.asyncDispose]());

  const tell = ({ type, object }: KubeChange): void => {
    seen.push(`${type} ${object.metadata.name}@${object.metadata['resourceVersion'] as string}`);
  };
  const open = (times: Partial<WatchTimes> = {}) => openWatch(api.parts, MAP, {}, tell, { ...TIMES, ...times });
  const list =
    (version: number, ...items: Item[]) =>
    (response: ServerResponse) =>
      send(response, 200, { metadata: { resourceVersion: String(version) }, items });
  const stream =
    (...lines: string[]) =>
    (response: ServerResponse) => {
      response.writeHead(200);
      response.write(lines.join('') || ' \n');
    };
  const watched = (): string[] =>
    api.requests
      .filter((line) => line.includes('watch=true'))
      .map((line) => /resourceVersion=(\d+)/.exec(line)?.[1] ?? '');

  it('410 in mid-watch: lists again and reports what was missed, deletions and replacements too', async () => {
    lists = [
      list(10, item('a', 1), item('b', 2), item('c', 3)),
      list(20, item('b', 12), item('c', 13, 'new'), item('d', 14)),
    ];
    streams = [
      stream(event('MODIFIED', item('a', 11)), event('ERROR', { code: 410, reason: 'Expired', message: 'too old' })),
      stream(),
    ];
    await using _watch = await open();
    assert.deepEqual(seen.splice(0), ['applied a@1', 'applied b@2', 'applied c@3']);
    await until(() => watched().length === 2);
    assert.deepEqual(seen, [
      'applied a@11',
      'deleted a@11',
      'applied b@12',
      'deleted c@3',
      'applied c@13',
      'applied d@14',
    ]);
    assert.deepEqual(watched(), ['10', '20']);
  });

  it('429 with Retry-After at the start: waits as told, then lists', async () => {
    lists = [(response) => fail(response, 429, 'TooManyRequests', { 'retry-after': '1' }), list(5, item('a', 1))];
    streams = [stream()];
    const begun = performance.now();
    await using _watch = await open();
    assert.ok(performance.now() - begun >= 1_000);
    assert.deepEqual(seen, ['applied a@1']);
  });

  it('429 on the stream: waits as told, then goes on from where it was', async () => {
    lists = [list(5)];
    streams = [
      (response) => fail(response, 429, 'TooManyRequests', { 'retry-after': '1' }),
      stream(event('ADDED', item('a', 6))),
    ];
    await using _watch = await open();
    const begun = performance.now();
    await until(() => seen.length === 1);
    assert.ok(performance.now() - begun >= 900);
    assert.deepEqual(watched(), ['5', '5']);
  });

  it('5xx: tries again; after three in a row it no longer trusts its version and lists', async () => {
    lists = [(response) => fail(response, 500, 'InternalError'), list(5, item('a', 1)), list(9)];
    const broken = (response: ServerResponse) => fail(response, 503, 'ServiceUnavailable');
    streams = [broken, broken, broken, stream()];
    await using _watch = await open();
    await until(() => watched().length === 4);
    assert.deepEqual(watched(), ['5', '5', '5', '9']);
    assert.deepEqual(seen, ['applied a@1', 'deleted a@1']);
  });

  it('a refusal at the start is told at once', async () => {
    lists = [(response) => fail(response, 403, 'Forbidden')];
    await assert.rejects(open(), (error: unknown) => error instanceof KubeError && error.status === 403);
    assert.equal(api.requests.length, 1);
  });

  it('a server that stays broken at the start is given up after the time allowed', async () => {
    lists = [(response) => fail(response, 500, 'InternalError')];
    const begun = performance.now();
    await assert.rejects(
      open({ startMs: 300 }),
      (error: unknown) => error instanceof KubeError && error.status === 500,
    );
    assert.ok(performance.now() - begun < 10_000);
    assert.ok(api.requests.length > 2);
  });

  it('a connection that goes silent is left, and the watch goes on from the last bookmark', async () => {
    lists = [list(5)];
    streams = [
      stream(event('BOOKMARK', { metadata: { resourceVersion: '77' } })),
      stream(event('ADDED', item('a', 78))),
    ];
    await using _watch = await open({ silenceMs: 150 });
    await until(() => seen.length === 1);
    assert.deepEqual(watched().slice(0, 2), ['5', '77']);
  });

  it('a stream cut in the middle of an event loses nothing', async () => {
    lists = [list(5)];
    const second = event('ADDED', item('b', 7));
    streams = [
      (response) => {
        response.writeHead(200);
        response.write(event('ADDED', item('a', 6)) + second.slice(0, 30), () => response.destroy());
      },
      stream(second),
    ];
    await using _watch = await open();
    await until(() => seen.length === 2);
    assert.deepEqual(seen, ['applied a@6', 'applied b@7']);
    assert.deepEqual(watched(), ['5', '6']);
  });

  it('events may come in pieces, also inside a character', async () => {
    lists = [list(5)];
    const bytes = Buffer.from(event('ADDED', item('größe', 6)));
    streams = [
      (response) => {
        response.writeHead(200);
        const next = (at: number): void => {
          if (at < bytes.length) response.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
        };
        next(0);
      },
    ];
    await using _watch = await open();
    await until(() => seen.length === 1);
    assert.deepEqual(seen, ['applied größe@6']);
  });

  it('a server that hangs up at once is not hammered', async () => {
    lists = [list(5)];
    streams = [(response) => response.writeHead(200).end()];
    await using _watch = await open({ backoff: { firstMs: 50, mostMs: 400 } });
    await delay(1_000);
    assert.ok(api.requests.length > 3 && api.requests.length < 20, `${api.requests.length} requests in a second`);
  });

  it('disposal closes the connection, and nothing is asked or told afterwards', async () => {
    lists = [list(5, item('a', 1))];
    let closed: Promise<unknown> | undefined;
    streams = [
      (response) => {
        closed = once(response, 'close');
        stream(event('MODIFIED', item('a', 6)))(response);
      },
    ];
    const watch = await open();
    // Only then does the client know of the connection that the server has.
    await until(() => seen.length === 2);
    await watch[Symbol.asyncDispose]();
    await closed;
    const asked = api.requests.length;
    await delay(200);
    assert.equal(api.requests.length, asked);
    assert.deepEqual(seen, ['applied a@1', 'applied a@6']);
  });

  it('disposal does not wait for a back-off to pass', async () => {
    lists = [list(5)];
    streams = [(response) => fail(response, 503, 'ServiceUnavailable', { 'retry-after': '30' })];
    const watch = await open();
    await until(() => watched().length === 1);
    await delay(50);
    const begun = performance.now();
    await watch[Symbol.asyncDispose]();
    assert.ok(performance.now() - begun < 10_000, 'the server asked for 30 s');
  });
});

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    assert.ok(performance.now() < end, 'did not come to pass in 5 s');
    await delay(5);
  }
}
