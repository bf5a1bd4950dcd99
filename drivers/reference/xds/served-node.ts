import type { EventEmitter } from 'node:events';
import type { Snapshot, XdsResource, XdsTypeUrl } from './resource.js';
import type { ProxyStream, StreamOwner } from './stream.js';
import type { Acknowledgement, Rejection } from './subscription.js';

/** What happens between the control plane and its proxies. */
export interface AdsEvents {
  connected: [nodeId: string];
  disconnected: [nodeId: string];
  acknowledged: [Acknowledgement];
  rejected: [Rejection];
  /** Somebody who may not speak for the node tried to. */
  refused: [{ readonly nodeId: string; readonly peer: readonly string[]; readonly reason: string }];
}

/** How a wait for a proxy's answer ended. */
export type AckOutcome =
  | { readonly outcome: 'acked' }
  | { readonly outcome: 'rejected'; readonly rejections: readonly Rejection[] }
  /** The node is not served any more: nothing will come from it. */
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'timeout'; readonly pending: readonly XdsTypeUrl[] };

/** A proxy as the control plane knows it: who it must be, what it should have, and what it said about it. */
export class ServedNode implements StreamOwner {
  readonly nodeId: string;
  readonly spiffeId: string;
  /** Every refusal so far, oldest first. */
  readonly rejections: Rejection[] = [];
  readonly #events: EventEmitter<AdsEvents>;
  readonly #streams = new Set<ProxyStream>();
  readonly #waiting = new Set<() => void>();
  #isGone = false;
  #resources = new Map<XdsTypeUrl, ReadonlyMap<string, XdsResource>>();
  #generation = 0;

  constructor(nodeId: string, spiffeId: string, events: EventEmitter<AdsEvents>) {
    this.nodeId = nodeId;
    this.spiffeId = spiffeId;
    this.#events = events;
  }

  get generation(): number {
    return this.#generation;
  }

  get isConnected(): boolean {
    return this.#streams.size > 0;
  }

  desired(typeUrl: XdsTypeUrl): ReadonlyMap<string, XdsResource> {
    return this.#resources.get(typeUrl) ?? new Map<string, XdsResource>();
  }

  /** Replaces all resources and sends what is different. */
  serve(snapshot: Snapshot): number {
    this.#resources = new Map([...snapshot].map(([typeUrl, resources]) => [typeUrl, indexByName(typeUrl, resources)]));
    this.#generation += 1;
    for (const stream of this.#streams) stream.advance();
    this.#notify();
    return this.#generation;
  }

  attach(stream: ProxyStream): void {
    this.#streams.add(stream);
    if (this.#streams.size === 1) this.#events.emit('connected', this.nodeId);
  }

  detach(stream: ProxyStream): void {
    if (!this.#streams.delete(stream)) return;
    stream.end();
    if (this.#streams.size === 0) this.#events.emit('disconnected', this.nodeId);
  }

  detachAll(): void {
    for (const stream of this.#streams) this.detach(stream);
  }

  /** Ends its streams, and every wait for it. */
  forget(): void {
    this.#isGone = true;
    this.detachAll();
    this.#notify();
  }

  onAccepted(acknowledgement: Acknowledgement): void {
    this.#events.emit('acknowledged', acknowledgement);
    this.#notify();
  }

  onRefused(rejection: Rejection): void {
    this.rejections.push(rejection);
    this.#events.emit('rejected', rejection);
    this.#notify();
  }

  /** By type, the generation in which what the proxy took last was sent. */
  acknowledged(): Record<string, string> {
    return Object.fromEntries([...this.#streams].flatMap((stream) => [...stream.acknowledged()]));
  }

  waitForAck(generation: number, timeoutMs: number): Promise<AckOutcome> {
    return new Promise((resolve) => {
      const finish = (outcome: AckOutcome): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(outcome);
      };
      const check = (): void => {
        const outcome = this.#judge(generation);
        if (outcome.outcome !== 'timeout') finish(outcome);
      };
      const timer = setTimeout(() => finish(this.#judge(generation)), timeoutMs);
      this.#waiting.add(check);
      check();
    });
  }

  /** `timeout` means: not yet. */
  #judge(generation: number): AckOutcome {
    if (this.#isGone) return { outcome: 'gone' };
    const streams = [...this.#streams];
    const pending = [...new Set(streams.flatMap((stream) => stream.pending()))];
    if (streams.length === 0 || this.#generation < generation) {
      return { outcome: 'timeout', pending: [...this.#resources.keys()] };
    }
    // A refusal that stands may be about to be overcome by what is on its way.
    const isAwaited = streams.some((stream) => stream.isAwaited());
    const rejections = isAwaited ? [] : streams.flatMap((stream) => stream.refusals());
    if (rejections.length > 0) return { outcome: 'rejected', rejections };
    return pending.length > 0 ? { outcome: 'timeout', pending } : { outcome: 'acked' };
  }

  /** After the streams have gone on: a waiter must not see the moment between an answer and the next message. */
  #notify(): void {
    queueMicrotask(() => {
      for (const check of this.#waiting) check();
    });
  }
}

function indexByName(typeUrl: XdsTypeUrl, resources: readonly XdsResource[]): ReadonlyMap<string, XdsResource> {
  const byName = new Map(resources.map((resource) => [resource.name, resource]));
  if (byName.size < resources.length) throw new Error(`two resources of type ${typeUrl} have one name`);
  return byName;
}
