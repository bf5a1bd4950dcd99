import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { openWatch, type WatchTimes } from '../../../src/kube/watch.js';
import { fail, send, startTestApi, type TestApi } from './api-server.js';

const TIMES: WatchTimes = {
  streamSeconds: 60,
  silenceMs: 5_000,
  backoff: { firstMs: 1, mostMs: 4 },
  startMs: 4_000,
};

/** What happens to the objects, to the server's memory of events, and to the connections, in any order. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), name: fc.constantFrom('a', 'b', 'c', 'd') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('delete' as const), name: fc.constantFrom('a', 'b', 'c', 'd') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('cut', 'compact', 'refuse', 'settle', 'finish'),
      name: fc.constant(''),
    }),
  },
);

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

/** A store with a history that can be forgotten, as etcd does. */
class History {
  readonly objects = new Map<string, Stored>();
  readonly #events: { readonly version: number; readonly line: string }[] = [];
  readonly #streams = new Set<ServerResponse>();
  #version = 1;
  #oldest = 1;
  refusals = 0;

  do(action: string, name: string): void {
    if (action === 'put') {
      const uid = this.objects.get(name)?.metadata.uid ?? `${name}-${this.#version}`;
      const type = this.objects.has(name) ? 'MODIFIED' : 'ADDED';
      this.#record(type, { metadata: { name, uid, resourceVersion: String(++this.#version) } });
    } else if (action === 'delete') {
      const object = this.objects.get(name);
      if (object !== undefined)
        this.#record('DELETED', { metadata: { ...object.metadata, resourceVersion: String(++this.#version) } });
    } else if (action === 'compact') this.#oldest = this.#version;
    else if (action === 'refuse') this.refusals += 2;
    else if (action === 'cut') this.#leave((stream) => stream.destroy());
    else if (action === 'finish') this.#leave((stream) => stream.end());
  }

  answer(response: ServerResponse, url: URL): void {
    if (this.refusals > 0) {
      this.refusals -= 1;
      fail(response, 503, 'ServiceUnavailable');
    } else if (!url.searchParams.has('watch'))
      send(response, 200, { metadata: { resourceVersion: String(this.#version) }, items: [...this.objects.values()] });
    else this.#follow(response, Number(url.searchParams.get('resourceVersion')));
  }

  #follow(response: ServerResponse, from: number): void {
    if (from < this.#oldest) return fail(response, 410, 'Expired');
    response.writeHead(200);
    response.write('\n');
    for (const { version, line } of this.#events) if (version > from) response.write(line);
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
  }

  #leave(end: (stream: ServerResponse) => void): void {
    for (const stream of this.#streams) end(stream);
    this.#streams.clear();
  }

  #record(type: string, object: Stored): void {
    if (type === 'DELETED') this.objects.delete(object.metadata.name);
    else this.objects.set(object.metadata.name, object);
    const line = `${JSON.stringify({ type, object })}\n`;
    this.#events.push({ version: this.#version, line });
    for (const stream of this.#streams) stream.write(line);
  }
}

describe('watch, whatever happens', () => {
  let api: TestApi;
  before(async function () {
    this.timeout(120_000);
    api = await startTestApi();
  });
  after(async () => api?.[Symbol.asyncDispose]());

  it('the listener ends up with exactly what the server has, by changes that make sense', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const history = new History();
        api.answer = (_request, response, url) => history.answer(response, url);
        const mirror = new Map<string, { readonly uid: unknown; readonly version: unknown }>();
        await using _watch = await openWatch(
          api.parts,
          { apiVersion: 'v1', kind: 'ConfigMap' },
          {},
          ({ type, object: { metadata } }) => {
            const before = mirror.get(metadata.name);
            if (type === 'deleted') assert.ok(mirror.delete(metadata.name), `${metadata.name} deleted twice`);
            else {
              assert.ok(before === undefined || before.uid === metadata['uid'], `${metadata.name} replaced unseen`);
              mirror.set(metadata.name, { uid: metadata['uid'], version: metadata['resourceVersion'] });
            }
          },
          TIMES,
        );
        for (const { do: action, name } of steps) {
          history.do(action, name);
          if (action === 'settle') await delay(5);
        }
        const wanted = namesOf(history.objects.values());
        const end = performance.now() + 5_000;
        const got = () =>
          [...mirror].map(([name, { uid, version }]) => `${name} ${String(uid)} ${String(version)}`).sort();
        while (got().join() !== wanted.join() && performance.now() < end) await delay(2);
        assert.deepEqual(got(), wanted);
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

function namesOf(objects: Iterable<Stored>): string[] {
  return [...objects].map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`).sort();
}
