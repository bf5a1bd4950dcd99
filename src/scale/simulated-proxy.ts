/**
 * A proxy as its control plane sees it: asks for clusters, for the endpoints these name, then for listeners and the routes these
 * name; acknowledges everything and keeps nothing but names.
 */
import type { GrpcStream, GrpcStreamEvents } from './grpc-stream.js';
import { monotonicMs } from './monotonic.js';
import { referencesOf, XDS_TYPE, type Request, type Response, type Wire, type XdsType } from './wire.js';

/** What one response changed in what a proxy holds. */
export interface Taken {
  readonly type: XdsType;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly receivedAt: number;
  /** When the acknowledgement had been handed to the connection. */
  readonly acknowledgedAt: number;
}

export interface ProxyOptions {
  readonly wire: Wire;
  readonly isDelta: boolean;
  readonly node: Uint8Array;
  readonly open: (path: string, events: GrpcStreamEvents) => GrpcStream;
  readonly events: {
    response(bytes: number): void;
    taken(taken: Taken): void;
    refused(message: string): void;
  };
}

interface Subscription {
  /** Names asked for; empty for the types of which everything is wanted. */
  names: ReadonlySet<string>;
  /** Names held, each with the names it refers to. */
  readonly held: Map<string, readonly string[]>;
  version: string;
  nonce: string;
  isAnswered: boolean;
}

const WILDCARD: readonly XdsType[] = [XDS_TYPE.cluster, XDS_TYPE.listener];
const TYPES: readonly XdsType[] = Object.values(XDS_TYPE);
const NONE: ReadonlySet<string> = new Set();
/** Thousands of proxies hold the same names: each is kept once. */
const known = new Map<string, string>();

export class SimulatedProxy {
  readonly #options: ProxyOptions;
  readonly #subscriptions = new Map<XdsType, Subscription>();
  #stream: GrpcStream | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  /** Resolves when it has been given all it asked for, and rejects when the stream ends before. */
  async connect(onEnd: () => void): Promise<void> {
    this.#subscriptions.clear();
    await new Promise<void>((resolve, reject) => {
      const stream = this.#options.open(this.#options.wire.path, {
        message: (bytes) => {
          this.#receive(bytes);
          if (this.#isServed()) resolve();
        },
        end: (reason) => {
          reject(new Error(reason));
          if (this.#stream === stream) onEnd();
        },
      });
      this.#stream = stream;
      this.#ask(XDS_TYPE.cluster, NONE);
    });
  }

  /** Names of one type it holds now. */
  held(type: XdsType): readonly string[] {
    return [...(this.#subscriptions.get(type)?.held.keys() ?? [])];
  }

  close(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
  }

  #receive(bytes: Buffer): void {
    const receivedAt = monotonicMs();
    this.#options.events.response(bytes.length);
    const response = this.#options.wire.decode(bytes);
    const type = TYPES.find((one) => one === response.typeUrl);
    const subscription = type && this.#subscriptions.get(type);
    if (type === undefined || subscription === undefined) return; // nothing that was asked for
    subscription.nonce = response.nonce;
    try {
      const change = this.#hold(type, subscription, response);
      subscription.version = response.version;
      subscription.isAnswered = true;
      this.#send(type, subscription, {}, () => {
        this.#options.events.taken({ type, ...change, receivedAt, acknowledgedAt: monotonicMs() });
      });
      this.#follow(type, subscription);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#options.events.refused(message);
      this.#send(type, subscription, { error: message });
    }
  }

  /** Takes a response over. Clusters and listeners left out of a state of the world are gone with it. */
  #hold(type: XdsType, { held }: Subscription, { resources, removed }: Response): Pick<Taken, 'added' | 'removed'> {
    const taken = resources.map(({ name, body }) => [intern(name), referencesOf(type, body).map(intern)] as const);
    const added = taken.map(([name]) => name).filter((name) => !held.has(name));
    const isWhole = !this.#options.isDelta && WILDCARD.includes(type);
    const present = new Set(isWhole ? taken.map(([name]) => name) : []);
    const gone = isWhole ? [...held.keys()].filter((name) => !present.has(name)) : removed;
    for (const name of gone) held.delete(name);
    for (const [name, references] of taken) held.set(name, references);
    return { added, removed: gone };
  }

  /** Clusters are warm before listeners are asked for, as Envoy does it. */
  #follow(type: XdsType, { held }: Subscription): void {
    if (type === XDS_TYPE.cluster || type === XDS_TYPE.listener) {
      const next = type === XDS_TYPE.cluster ? XDS_TYPE.endpoints : XDS_TYPE.route;
      this.#ask(next, new Set([...held.values()].flat()));
    }
    const isWarm = type === XDS_TYPE.endpoints || !this.#subscriptions.has(XDS_TYPE.endpoints);
    if (isWarm && !this.#subscriptions.has(XDS_TYPE.listener)) this.#ask(XDS_TYPE.listener, NONE);
  }

  #ask(type: XdsType, names: ReadonlySet<string>): void {
    const before = this.#subscriptions.get(type);
    if (before === undefined) {
      if (names.size === 0 && !WILDCARD.includes(type)) return;
      const fresh = { names, held: new Map(), version: '', nonce: '', isAnswered: false };
      this.#subscriptions.set(type, fresh);
      this.#send(type, fresh, { names: [...names] });
      return;
    }
    const added = [...names].filter((name) => !before.names.has(name));
    const dropped = [...before.names].filter((name) => !names.has(name));
    if (added.length === 0 && dropped.length === 0) return;
    before.names = names;
    for (const name of dropped) before.held.delete(name);
    this.#send(type, before, { names: added, unsubscribed: dropped });
  }

  /** In the state of the world every request repeats all names; in delta only what changed is said. */
  #send(
    typeUrl: XdsType,
    { names, version, nonce }: Subscription,
    change: Partial<Pick<Request, 'names' | 'unsubscribed' | 'error'>>,
    onSent?: () => void,
  ): void {
    const { wire, isDelta, node } = this.#options;
    const isFirst = this.#subscriptions.size === 1 && nonce === '';
    const request: Request = {
      typeUrl,
      version,
      nonce: isDelta && change.names !== undefined ? '' : nonce,
      unsubscribed: [],
      ...change,
      names: isDelta ? (change.names ?? []) : [...names],
      ...(isFirst ? { node } : {}),
    };
    this.#stream?.send(wire.encode(request), onSent);
  }

  #isServed(): boolean {
    const subscriptions = [...this.#subscriptions.values()];
    return this.#subscriptions.has(XDS_TYPE.listener) && subscriptions.every(({ isAnswered }) => isAnswered);
  }
}

function intern(name: string): string {
  const first = known.get(name);
  if (first !== undefined) return first;
  known.set(name, name);
  return name;
}
