/** All simulated proxies of one simulator: their connections, and what they saw together. */
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom } from '../../fixtures/agent/seeded-random.js';
import { GrpcConnection } from './grpc-stream.js';
import { monotonicMs } from './monotonic.js';
import { SimulatedProxy, type ProxyOptions } from './simulated-proxy.js';
import type { ConnectQuestion, Sighting, Tally, WatchQuestion } from './simulator-protocol.js';
import { Watch } from './watch.js';
import { encodeNode, WIRES } from './wire.js';

/** Proxies that are let in at once: control planes throttle those that rush in. */
const CONNECTING_AT_ONCE = 32;
const RETRY_MS = { first: 100, most: 2_000 };
const LAG_RESOLUTION_MS = 1;
/** Refusals that are kept in their own words. */
const REFUSALS_KEPT = 20;

export class Fleet {
  readonly #proxies: SimulatedProxy[] = [];
  readonly #connections: GrpcConnection[] = [];
  readonly #lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  readonly #counts = { responses: 0, bytes: 0, acknowledged: 0, broken: 0, retries: 0 };
  readonly #refused: string[] = [];
  #connected = 0;
  #lastResponseAt = 0;
  #watch: { readonly change: Watch; readonly deadlineMs: number } | undefined;

  constructor() {
    this.#lag.enable();
  }

  /** Adds proxies to those that are there already; resolves when each has been given all it asked for. */
  async connect(question: ConnectQuestion): Promise<{ readonly elapsedMs: number }> {
    const { server, nodes, xds, deadlineMs } = question;
    const begun = monotonicMs();
    const connections = Array.from(
      { length: Math.ceil(nodes.length / server.proxiesPerConnection) },
      () => new GrpcConnection(server),
    );
    this.#connections.push(...connections);
    const fresh = nodes.map((node, index) => {
      const connection = connections[Math.floor(index / server.proxiesPerConnection)]!;
      return this.#add({
        open: (path, events) => connection.open(path, events),
        node: encodeNode(node),
        wire: WIRES[xds],
        isDelta: xds === 'delta',
      });
    });
    const queue = fresh.values();
    const random = createSeededRandom(question.seed);
    const signal = AbortSignal.timeout(deadlineMs);
    setMaxListeners(CONNECTING_AT_ONCE, signal);
    const worker = async (): Promise<void> => {
      for (const proxy of queue) await this.#letIn(proxy, signal, random);
    };
    await Promise.all(Array.from({ length: CONNECTING_AT_ONCE }, worker));
    return { elapsedMs: monotonicMs() - begun };
  }

  watch({ deadlineMs, ...question }: WatchQuestion): void {
    this.#watch = { change: new Watch(question, this.#proxies.length), deadlineMs };
  }

  async seen(): Promise<Sighting> {
    if (this.#watch === undefined) throw new Error('nothing is watched');
    return this.#watch.change.seen(this.#watch.deadlineMs);
  }

  /** Resolves when no response has come for so long. */
  async quiet({ forMs, deadlineMs }: { readonly forMs: number; readonly deadlineMs: number }): Promise<void> {
    const end = monotonicMs() + deadlineMs;
    for (;;) {
      const left = this.#lastResponseAt + forMs - monotonicMs();
      if (left <= 0) return;
      if (monotonicMs() + left > end)
        throw new Error(`the control plane does not come to rest within ${deadlineMs} ms`);
      await delay(left);
    }
  }

  tally(): Tally {
    const lagP99Ms = this.#lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS;
    this.#lag.reset();
    const { user, system } = process.cpuUsage();
    return {
      connected: this.#connected,
      ...this.#counts,
      refused: [...this.#refused],
      usage: { cpuUs: user + system, residentBytes: process.memoryUsage.rss(), at: Date.now() },
      lagP99Ms: Number.isFinite(lagP99Ms) ? Math.max(0, lagP99Ms) : 0,
    };
  }

  close(): void {
    this.#lag.disable();
    for (const proxy of this.#proxies) proxy.close();
    for (const connection of this.#connections) connection.close();
  }

  #add(options: Omit<ProxyOptions, 'events'>): SimulatedProxy {
    const index = this.#proxies.length;
    const proxy = new SimulatedProxy({
      ...options,
      events: {
        response: (bytes) => {
          this.#lastResponseAt = monotonicMs();
          this.#counts.responses += 1;
          this.#counts.bytes += bytes;
        },
        taken: (taken) => {
          this.#counts.acknowledged += 1;
          this.#watch?.change.notice(index, taken);
        },
        refused: (message) => {
          if (this.#refused.length < REFUSALS_KEPT) this.#refused.push(message);
        },
      },
    });
    this.#proxies.push(proxy);
    return proxy;
  }

  /** As Envoy does: again and again, a little later each time, never all at the same moment. */
  async #letIn(proxy: SimulatedProxy, signal: AbortSignal, random: () => number): Promise<void> {
    let reason = 'the time is up';
    for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(RETRY_MS.most, waitMs * 2)) {
      let isServed = false;
      try {
        await raceWith(
          signal,
          proxy.connect(() => {
            if (!isServed) return;
            this.#connected -= 1;
            this.#counts.broken += 1;
          }),
        );
        isServed = true;
        this.#connected += 1;
        return;
      } catch (error) {
        if (signal.aborted) throw new Error(`${this.#connected} proxies were served in time: ${reason}`);
        reason = messageOf(error);
        this.#counts.retries += 1;
        await delay(waitMs * (0.5 + random()));
      }
    }
  }
}

function raceWith<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(new Error('the time is up'));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
