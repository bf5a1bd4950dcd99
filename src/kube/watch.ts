/**
 * A watch that does not end: lists, then follows, and lists again whenever the way to follow is lost. The watch of the client library is
 * one connection without a second try.
 */
import type { KubeObject } from '../smi/model.js';
import type { ApiConnection } from './api-connection.js';
import { backoffMs, rest } from './backoff.js';
import type { Discovery } from './discovery.js';
import { answerError, connectionError, isNotFound, isTransient, type ApiStatus } from './errors.js';
import type { KindRef, KubeChange, Scope } from './kube.js';
import { KubeError } from './kube.js';
import { readLines } from './lines.js';
import { collectionPath, type ObjectStore } from './objects.js';

/** Times of a watch; tests make them short. */
export interface WatchTimes {
  /** The server ends the stream after this time, and we go on from the last version. */
  readonly streamSeconds: number;
  /** The server sends a bookmark about once a minute: a connection silent for longer is dead. */
  readonly silenceMs: number;
  readonly backoff: { readonly firstMs: number; readonly mostMs: number };
  /** How long the first list is tried. */
  readonly startMs: number;
}

const WATCH_TIMES: WatchTimes = {
  streamSeconds: 300,
  silenceMs: 90_000,
  backoff: { firstMs: 100, mostMs: 15_000 },
  startMs: 30_000,
};

/** After so many failures in a row the last version is no longer trusted (a restored server may not know it). */
const FAILURES_BEFORE_LIST = 3;

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject & ApiStatus;
}

export interface WatchParts {
  readonly api: ApiConnection;
  readonly discovery: Discovery;
  readonly objects: ObjectStore;
}

/** Resolves when everything there is was reported once. Disposing ends the watch and waits for its end. @throws KubeError */
export async function openWatch(
  parts: WatchParts,
  kind: KindRef,
  scope: Scope,
  listener: (change: KubeChange) => void,
  times: WatchTimes = WATCH_TIMES,
): Promise<AsyncDisposable> {
  const watch = new ObjectWatch(parts, kind, scope, listener, times);
  await watch.start();
  const followed = watch.follow();
  return {
    async [Symbol.asyncDispose]() {
      watch.stop();
      await followed;
    },
  };
}

class ObjectWatch {
  readonly #parts: WatchParts;
  readonly #kind: KindRef;
  readonly #scope: Scope;
  readonly #listener: (change: KubeChange) => void;
  readonly #times: WatchTimes;
  readonly #end = new AbortController();
  readonly #known = new Map<string, KubeObject>();
  /** Where to follow from; absent when the collection must be listed first. */
  #version: string | undefined;
  #failures = 0;

  constructor(
    parts: WatchParts,
    kind: KindRef,
    scope: Scope,
    listener: (change: KubeChange) => void,
    times: WatchTimes,
  ) {
    this.#parts = parts;
    this.#kind = kind;
    this.#scope = scope;
    this.#listener = listener;
    this.#times = times;
  }

  async start(): Promise<void> {
    const end = performance.now() + this.#times.startMs;
    for (;;) {
      try {
        await this.#list();
        this.#failures = 0;
        return;
      } catch (error) {
        const waitMs = backoffMs(this.#failures++, error, this.#times.backoff);
        if (!isTransient(error) || performance.now() + waitMs > end) throw error;
        await rest(waitMs);
      }
    }
  }

  stop(): void {
    this.#end.abort();
  }

  /** Never rejects: whatever happens to a connection, the next one is tried. */
  async follow(): Promise<void> {
    while (!this.#end.signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        else await this.#stream(this.#version);
      } catch (error) {
        if (this.#end.signal.aborted) return;
        this.#failures += 1;
        const stale = error instanceof KubeError && (error.status === 410 || error.status === 404);
        if (stale || this.#failures >= FAILURES_BEFORE_LIST) this.#version = undefined;
        // The kind itself went, and all of its objects with it.
        if (isNotFound(error)) this.#forgetKind();
        await rest(backoffMs(this.#failures - 1, error, this.#times.backoff), this.#end.signal);
      }
    }
  }

  async #list(): Promise<void> {
    const { objects, resourceVersion } = await this.#parts.objects.list(this.#kind, this.#scope, this.#end.signal);
    const present = new Set(objects.map(keyOf));
    for (const [key, object] of [...this.#known]) if (!present.has(key)) this.#remove(key, object);
    for (const object of objects) {
      const before = this.#known.get(keyOf(object));
      // The same name, but another object: the first one was deleted unseen.
      if (before !== undefined && before.metadata['uid'] !== object.metadata['uid'])
        this.#remove(keyOf(object), before);
      if (before?.metadata['resourceVersion'] !== object.metadata['resourceVersion']) this.#put(object);
    }
    this.#version = resourceVersion;
  }

  /** One connection, until the server ends it in good order. @throws KubeError when it ends otherwise */
  async #stream(version: string): Promise<void> {
    const { api, discovery } = this.#parts;
    const resource = await discovery.resolve(this.#kind);
    const path = collectionPath(resource, this.#scope, {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(this.#times.streamSeconds),
    });
    const startedAt = performance.now();
    const response = await api.stream({ method: 'GET', path, signal: this.#end.signal });
    response.setTimeout(this.#times.silenceMs, () =>
      response.destroy(new Error(`silent for ${this.#times.silenceMs / 1000} s`)),
    );
    let events = 0;
    try {
      for await (const line of readLines(response)) {
        this.#accept(JSON.parse(line) as WatchEvent);
        this.#failures = 0;
        events += 1;
      }
    } catch (error) {
      throw error instanceof KubeError ? error : connectionError(api.server, error);
    } finally {
      response.destroy();
    }
    // A server that hangs up at once, again and again, must not be hammered.
    const early = performance.now() - startedAt < (this.#times.streamSeconds * 1000) / 2;
    if (events === 0 && early) throw connectionError(api.server, new Error('the watch ended at once'));
    this.#failures = 0;
  }

  #accept({ type, object }: WatchEvent): void {
    if (type === 'ERROR')
      throw answerError(`watch ${this.#kind.kind}`, object.code ?? 0, JSON.stringify({ ...object, kind: 'Status' }));
    const version = object.metadata['resourceVersion'];
    if (typeof version === 'string') this.#version = version;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#remove(keyOf(object), object);
    else this.#put(object);
  }

  #put(object: KubeObject): void {
    this.#known.set(keyOf(object), object);
    this.#tell({ type: 'applied', object });
  }

  #remove(key: string, object: KubeObject): void {
    this.#known.delete(key);
    this.#tell({ type: 'deleted', object });
  }

  #forgetKind(): void {
    this.#parts.discovery.forget(this.#kind);
    for (const [key, object] of [...this.#known]) this.#remove(key, object);
  }

  /** An error of the listener is a defect of its owner, not a reason to reconnect: it surfaces as uncaught. */
  #tell(change: KubeChange): void {
    try {
      this.#listener(change);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}
