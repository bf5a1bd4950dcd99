import { TYPE, type XdsResource, type XdsTypeUrl } from './resource.js';
import type { Dialect } from './dialect.js';
import { Subscription, type Acknowledgement, type Rejection } from './subscription.js';

/** What must be in place before the next is sent: clusters are there before a route names them. */
const STAGES: readonly (readonly XdsTypeUrl[])[] = [
  [TYPE.cluster, TYPE.endpoints, TYPE.secret],
  [TYPE.listener, TYPE.route],
];
const TYPES = STAGES.flat();
/** Envoy withholds the ACK of clusters until they are warm. A denial must not wait for a cluster that never is. */
const STAGE_LIMIT_MS = 1_000;

/** What both kinds of request have. */
export interface DiscoveryRequestBase {
  readonly typeUrl: string;
  readonly responseNonce: string;
  readonly errorDetail?: { readonly message: string } | undefined;
}

/** The node a stream serves, as far as the stream cares. */
export interface StreamOwner {
  readonly nodeId: string;
  readonly generation: number;
  desired(typeUrl: XdsTypeUrl): ReadonlyMap<string, XdsResource>;
  onAccepted(acknowledgement: Acknowledgement): void;
  onRefused(rejection: Rejection): void;
}

/** A stream whatever its dialect. */
export interface ProxyStream {
  /** Sends what the client lacks, as far as the order allows. Does nothing when it lacks nothing. */
  advance(): void;
  /** Types the client does not have as it should, or has not answered. */
  pending(): readonly XdsTypeUrl[];
  /** Whether an answer of the client is still to come. */
  isAwaited(): boolean;
  refusals(): readonly Rejection[];
  acknowledged(): ReadonlyMap<XdsTypeUrl, string>;
  /** Nothing is sent any more, and the client is told why. */
  end(): void;
}

/** One ADS stream: brings its client to the state of its node, clusters first and removals last. */
export class AdsStream<Request extends DiscoveryRequestBase, Response> implements ProxyStream {
  readonly #owner: StreamOwner;
  readonly #dialect: Dialect<Request, Response>;
  readonly #write: (response: Response) => void;
  readonly #onEnd: () => void;
  readonly #subscriptions = new Map<XdsTypeUrl, Subscription>();
  readonly #lastNonce = new Map<XdsTypeUrl, string>();
  #nonces = 0;
  #retry: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: {
    owner: StreamOwner;
    dialect: Dialect<Request, Response>;
    write: (response: Response) => void;
    onEnd: () => void;
  }) {
    this.#owner = options.owner;
    this.#dialect = options.dialect;
    this.#write = options.write;
    this.#onEnd = options.onEnd;
  }

  /** Takes one request of the client and answers it. */
  receive(request: Request): void {
    const typeUrl = TYPES.find((known) => known === request.typeUrl);
    if (typeUrl === undefined || this.#ended) return; // a type this mesh has none of: nothing to answer, ever
    const known = this.#subscriptions.get(typeUrl);
    const subscription = known ?? new Subscription(typeUrl);
    if (known) {
      this.#settle(subscription, request);
      const isCurrent = request.responseNonce === (this.#lastNonce.get(typeUrl) ?? '');
      this.#dialect.follow(subscription, request, isCurrent);
    } else {
      this.#subscriptions.set(typeUrl, subscription);
      this.#dialect.open(subscription, request);
    }
    this.advance();
  }

  advance(): void {
    if (this.#ended) return;
    clearTimeout(this.#retry);
    for (const stage of STAGES) {
      // A listener is replaced in one step: its successor may want the same address.
      for (const typeUrl of stage) this.#push(typeUrl, typeUrl === TYPE.listener);
      const waitMs = this.#remainingWaitMs(stage);
      if (waitMs > 0) {
        this.#retry = setTimeout(() => this.advance(), waitMs);
        return;
      }
    }
    // While a refusal stands the client may still use what should go.
    if (this.refusals().length > 0) return;
    for (const typeUrl of TYPES) this.#push(typeUrl, true);
  }

  pending(): readonly XdsTypeUrl[] {
    return TYPES.filter((typeUrl) => {
      const desired = this.#owner.desired(typeUrl);
      const subscription = this.#subscriptions.get(typeUrl);
      // Every proxy asks for clusters and listeners; of the other types it asks for what these name.
      if (!subscription) return desired.size > 0 && (typeUrl === TYPE.cluster || typeUrl === TYPE.listener);
      const { changed, removed } = subscription.compare(desired, true);
      return subscription.awaitedSinceMs !== undefined || changed.length > 0 || removed.length > 0;
    });
  }

  isAwaited(): boolean {
    return [...this.#subscriptions.values()].some(({ awaitedSinceMs }) => awaitedSinceMs !== undefined);
  }

  refusals(): readonly Rejection[] {
    return [...this.#subscriptions.values()].flatMap(({ refusals }) => refusals);
  }

  acknowledged(): ReadonlyMap<XdsTypeUrl, string> {
    const versions = [...this.#subscriptions].map(([typeUrl, { acknowledged }]) => [typeUrl, acknowledged] as const);
    return new Map(versions.flatMap(([typeUrl, version]) => (version === undefined ? [] : [[typeUrl, version]])));
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#onEnd();
  }

  #settle(subscription: Subscription, request: Request): void {
    const push = subscription.settle(request.responseNonce);
    if (!push) return;
    const { typeUrl } = subscription;
    const { nodeId } = this.#owner;
    const { version, names: resources, sentAtMs } = push;
    if (request.errorDetail) {
      const { message } = request.errorDetail;
      const rejection = { nodeId, typeUrl, version, message, resources, at: Date.now() };
      subscription.refuse(rejection);
      this.#owner.onRefused(rejection);
    } else {
      subscription.accept(push);
      this.#owner.onAccepted({ nodeId, typeUrl, version, resources, elapsedMs: performance.now() - sentAtMs });
    }
  }

  #push(typeUrl: XdsTypeUrl, retire: boolean): void {
    const subscription = this.#subscriptions.get(typeUrl);
    if (!subscription) return;
    const update = subscription.compare(this.#owner.desired(typeUrl), retire);
    const version = String(this.#owner.generation);
    const nonce = String(this.#nonces + 1);
    const answer = this.#dialect.answer(subscription, update, { typeUrl, nonce, version });
    subscription.record(update);
    if (!answer) return;
    this.#nonces += 1;
    this.#lastNonce.set(typeUrl, nonce);
    subscription.track({ nonce, version, names: answer.names, sentAtMs: performance.now() });
    // A cluster that is new or changed gets warm only by a load assignment that comes after it.
    for (const { loadAssignment } of update.changed) {
      if (loadAssignment !== undefined) this.#subscriptions.get(TYPE.endpoints)?.forget(loadAssignment);
    }
    this.#write(answer.message);
  }

  #remainingWaitMs(stage: readonly XdsTypeUrl[]): number {
    const since = stage.map((typeUrl) => this.#subscriptions.get(typeUrl)?.awaitedSinceMs ?? -Infinity);
    return Math.max(...since) + STAGE_LIMIT_MS - performance.now();
  }
}
