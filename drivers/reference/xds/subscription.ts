import type { Any } from '@bufbuild/protobuf/wkt';
import { TYPE, type XdsResource, type XdsTypeUrl } from './resource.js';

/** What the client has of a resource; after a reconnect only the version is known. */
type Held = Pick<XdsResource, 'version'> & { readonly body?: Any };

/** A configuration a proxy refused, in its own words. */
export interface Rejection {
  readonly nodeId: string;
  readonly typeUrl: XdsTypeUrl;
  /** The generation of the refused push. */
  readonly version: string;
  readonly message: string;
  /** The resources of the refused push. */
  readonly resources: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A configuration a proxy took. */
export interface Acknowledgement {
  readonly nodeId: string;
  readonly typeUrl: XdsTypeUrl;
  readonly version: string;
  readonly resources: readonly string[];
  /** From the push to its answer. */
  readonly elapsedMs: number;
}

/** A message on its way: sent and not yet answered. */
export interface Push {
  readonly nonce: string;
  readonly version: string;
  readonly names: readonly string[];
  /** On the monotonic clock. */
  readonly sentAtMs: number;
}

/** What a client lacks, compared with what it should have. */
export interface Update {
  /** Everything in scope, with what is only kept until its users are gone. */
  readonly complete: readonly { readonly name: string; readonly body: Any }[];
  readonly changed: readonly XdsResource[];
  /** Names the client holds and should no longer have. */
  readonly removed: readonly string[];
  /** Names the client asked for that do not exist. */
  readonly missing: readonly string[];
  /** The client waits for an answer even if it is empty. */
  readonly due: boolean;
}

/** Types where an empty list of names means all, and where a state-of-the-world answer holds everything. */
export function isWildcardType(typeUrl: XdsTypeUrl): boolean {
  return typeUrl === TYPE.cluster || typeUrl === TYPE.listener;
}

/** What one stream asked for, holds and was sent, of one type. */
export class Subscription {
  readonly typeUrl: XdsTypeUrl;
  /** The version of the last push the client took. */
  acknowledged: string | undefined;
  readonly #names = new Set<string>();
  readonly #held = new Map<string, Held>();
  readonly #unanswered = new Set<string>();
  readonly #inFlight = new Map<string, Push>();
  readonly #refused = new Map<string, Rejection>();
  #wildcard = false;
  #due = false;
  #hasNamed = false;

  constructor(typeUrl: XdsTypeUrl) {
    this.typeUrl = typeUrl;
  }

  /** State of the world: each request carries all names. No names ever means all; no names after some means none. */
  replaceNames(names: readonly string[]): void {
    // Where an answer holds everything, leaving a name out of it says that it does not exist.
    this.#due ||= isWildcardType(this.typeUrl) && names.some((name) => !this.#names.has(name));
    this.#hasNamed ||= names.length > 0;
    this.#setWildcard(names.includes('*') || (!this.#hasNamed && isWildcardType(this.typeUrl)));
    this.#names.clear();
    for (const name of names) this.#names.add(name);
    this.#forgetOutOfScope();
  }

  /** Delta, first request of a stream: what the client still holds from an earlier stream, and what it wants. */
  open(subscribe: readonly string[], heldVersions: Readonly<Record<string, string>>): void {
    for (const [name, version] of Object.entries(heldVersions)) this.#held.set(name, { version });
    if (subscribe.length === 0 && isWildcardType(this.typeUrl)) this.#setWildcard(true);
    for (const name of subscribe) {
      if (name === '*') this.#setWildcard(true);
      else this.#names.add(name);
      if (name !== '*' && !this.#held.has(name)) this.#unanswered.add(name);
    }
    this.#forgetOutOfScope();
  }

  /** Delta, later requests. A name asked for is answered, even if the client is known to hold it. */
  changeNames(subscribe: readonly string[], unsubscribe: readonly string[]): void {
    for (const name of unsubscribe) {
      this.#names.delete(name);
      if (name === '*') this.#setWildcard(false);
      // Still covered by the wildcard: the client dropped it and must be told whether it goes on existing.
      else if (this.#wildcard) this.#ask(name);
    }
    for (const name of subscribe) {
      if (name === '*') {
        this.#setWildcard(true);
        this.#due = true;
      } else {
        this.#names.add(name);
        this.#ask(name);
      }
    }
    this.#forgetOutOfScope();
  }

  /** Sends the resource again with the next update, if the client holds it. */
  forget(name: string): void {
    this.#held.delete(name);
  }

  /** Compares with what should be. Unless `retire`, what should go is kept. */
  compare(desired: ReadonlyMap<string, XdsResource>, retire: boolean): Update {
    const wanted = [...desired.values()].filter(({ name }) => this.#covers(name));
    const gone = [...this.#held].filter(([name]) => !desired.has(name));
    const kept = retire ? [] : gone.flatMap(([name, { body }]) => (body ? [{ name, body }] : []));
    return {
      complete: [...wanted, ...kept],
      changed: wanted.filter(({ name, version }) => this.#held.get(name)?.version !== version),
      removed: retire ? gone.map(([name]) => name) : [],
      missing: [...this.#unanswered].filter((name) => !desired.has(name)),
      due: this.#due,
    };
  }

  /** The update has been written to the stream, or there was nothing to say about it. */
  record({ changed, removed, missing }: Update): void {
    for (const resource of changed) {
      this.#held.set(resource.name, resource);
      this.#unanswered.delete(resource.name);
    }
    for (const name of removed) {
      this.#held.delete(name);
      this.#refused.delete(name);
    }
    for (const name of missing) this.#unanswered.delete(name);
    this.#due = false;
  }

  track(push: Push): void {
    this.#inFlight.set(push.nonce, push);
  }

  /** Takes the answer to a nonce, and with it of all before: a client may answer only the last. */
  settle(nonce: string): Push | undefined {
    const push = this.#inFlight.get(nonce);
    if (!push) return undefined;
    for (const earlier of this.#inFlight.keys()) {
      this.#inFlight.delete(earlier);
      if (earlier === nonce) break;
    }
    return push;
  }

  accept(push: Push): void {
    this.acknowledged = push.version;
    for (const name of push.names) this.#refused.delete(name);
  }

  refuse(rejection: Rejection): void {
    for (const name of rejection.resources) this.#refused.set(name, rejection);
  }

  /** Refusals that still stand: no later push of the resource was taken. */
  get refusals(): readonly Rejection[] {
    return [...new Set(this.#refused.values())];
  }

  /** Since when an answer is awaited, on the monotonic clock. */
  get awaitedSinceMs(): number | undefined {
    for (const push of this.#inFlight.values()) return push.sentAtMs;
    return undefined;
  }

  #covers(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  #setWildcard(on: boolean): void {
    this.#due ||= on && !this.#wildcard;
    this.#wildcard = on;
  }

  #ask(name: string): void {
    this.#held.delete(name);
    this.#unanswered.add(name);
  }

  #forgetOutOfScope(): void {
    for (const names of [this.#held, this.#unanswered, this.#refused]) {
      for (const name of names.keys()) if (!this.#covers(name)) names.delete(name);
    }
  }
}
