/** Watches the cluster, compiles each change for all proxies, and serves what changed. */
import type { ListenAddress } from '../../fixtures/agent/protocol.js';
import type { ClusterApi, ClusterChange, Environment } from '../../src/environments/environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import type { KubeObject } from '../../src/smi/model.js';
import type { NamespaceMode, Pod, PortKey } from '../../src/mesh/driver.js';
import type { Tamper } from '../../src/metrics/serve.js';
import type { Authority, Identity as Certificate } from '../../src/certificates/authority.js';
import { compileMesh } from './compile.js';
import { Deliveries } from './deliveries.js';
import type { ActiveFaults } from './faults/index.js';
import type { TrafficCounters } from './metrics/counters.js';
import { messageOf, mutate, mutationError, proxyRef, type MutateResources } from './mutate-resources.js';
import { ObjectStore } from './object-store.js';
import { Packer } from './packer.js';
import type { Reach } from './reach.js';
import { spiffeId } from './policy/identity.js';
import type { RoutedPort } from './resources/outbound.js';
import type { Proxy } from './resources/proxy.js';
import { ProxyMemories } from './resources/reuse.js';
import { buildSecrets } from './resources/tls.js';
import { ServicePorts } from './service-ports.js';
import type { AdsServer } from './xds/ads-server.js';
import type { SecretJson } from './xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { TYPE, type ResourceJson, type Snapshot, type XdsResource, type XdsTypeUrl } from './xds/resource.js';

/** A workload certificate's life; renewed at half of it. */
export const CERTIFICATE_TTL_MS = 3_600_000;
const ROTATION_DEADLINE_MS = 15_000;

/** What it must know of the cluster, and hear of it. */
export type ClusterView = Pick<ClusterApi, 'objects' | 'pods' | 'services' | 'watch'>;

export interface ControlPlaneOptions {
  readonly api: ClusterView;
  /** Of every proxy. */
  readonly interception: Environment['interception'];
  readonly ads: AdsServer;
  readonly authority: Authority;
  readonly faults: ActiveFaults;
  readonly mutateResources?: MutateResources;
  /** Present where proxies shall count who asks whom. */
  readonly counters?: TrafficCounters;
}

/** A proxy before it is served. */
export type NewProxy = Omit<Proxy, 'interception'>;

type Account = Pick<Pod, 'namespace' | 'serviceAccount'>;

interface ServedProxy extends Proxy {
  /** In the certificate that its peers see. */
  spiffeId: string;
  /** What it is to have. */
  snapshot: Snapshot;
  /** The generation that makes it ready: the one it was to have when that was asked first. */
  firstAwaited?: number;
}

export class ControlPlane implements Disposable {
  readonly servicePorts = new ServicePorts();
  readonly #options: ControlPlaneOptions;
  readonly #packer = new Packer();
  readonly #deliveries: Deliveries;
  readonly #proxies = new Map<string, ServedProxy>();
  readonly #modes = new Map<string, NamespaceMode>();
  /** By SPIFFE id. */
  readonly #secrets = new Map<string, readonly SecretJson[]>();
  readonly #watch: Disposable;
  #faults: ActiveFaults;
  #store: ObjectStore;
  #memories = new ProxyMemories();
  #reach: Reach | undefined;
  #network = 0;
  #isScheduled = false;
  #isDisposed = false;
  #failure: Error | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#faults = options.faults;
    this.#store = this.#readObjects();
    this.#deliveries = new Deliveries(options.ads, options.faults.delivers);
    this.#watch = options.api.watch((change) => this.#observe(change));
  }

  /** Serves a pod's proxy from now on; must be called before it starts. Answers its certificate for the control plane. */
  async addProxy(id: string, pod: Pod, listen: ReadonlyMap<PortKey, ListenAddress>): Promise<Certificate> {
    return this.addProxies([{ id, pod, listen }], pod);
  }

  /** Serves many proxies of one account, which share a certificate. */
  async addProxies(proxies: readonly NewProxy[], account: Account): Promise<Certificate> {
    const { authority, ads, interception } = this.#options;
    const identity = spiffeId(authority.trustDomain, account);
    const served = proxies.map((proxy): ServedProxy => ({
      ...proxy,
      interception,
      spiffeId: this.#certify(proxy),
      snapshot: new Map(),
    }));
    const [certificate] = await Promise.all([
      authority.issue({ spiffeId: identity, ttlMs: 24 * CERTIFICATE_TTL_MS }),
      this.#issueLacking(served),
    ]);
    for (const proxy of served) {
      this.removeProxy(proxy.id);
      ads.registerNode(proxy.id, identity);
      this.#proxies.set(proxy.id, proxy);
    }
    this.compile();
    return certificate;
  }

  removeProxy(id: string): void {
    const proxy = this.#proxies.get(id);
    if (proxy === undefined) return;
    this.#proxies.delete(id);
    this.#deliveries.forget(proxy);
    this.#options.ads.unregisterNode(id);
  }

  proxies(): readonly (Proxy & { readonly snapshot: Snapshot })[] {
    this.#flush();
    return [...this.#proxies.values()];
  }

  /**
   * Whether the proxy has answered, with yes or no, to everything it was to have when this was asked first. Later changes, of
   * which there are many while other pods start, do not make it less ready.
   */
  async hasAnswered(id: string, timeoutMs: number): Promise<boolean> {
    this.#flush();
    const proxy = this.#proxies.get(id);
    if (proxy === undefined) return false;
    proxy.firstAwaited ??= this.#deliveries.generation(proxy);
    const { outcome } = await this.#options.ads.waitForAck(id, proxy.firstAwaited, timeoutMs);
    return outcome === 'acked' || outcome === 'rejected';
  }

  setMode(namespace: string, mode: NamespaceMode): void {
    this.#modes.set(namespace, { ...this.#modes.get(namespace), ...mode });
    this.compile();
  }

  /** New certificates for every identity; resolves when every connected proxy has acknowledged its own. */
  async rotate(): Promise<void> {
    await Promise.all([...this.#secrets.keys()].map((identity) => this.#issueSecrets(identity)));
    this.compile();
    const late = await Promise.all(
      [...this.#proxies.values()]
        .filter(({ id }) => this.#options.ads.isConnected(id))
        .map(async (proxy) => {
          const generation = this.#deliveries.generation(proxy);
          const answer = await this.#options.ads.waitForAck(proxy.id, generation, ROTATION_DEADLINE_MS);
          // A pod that stops meanwhile needs no certificate any more.
          return answer.outcome === 'acked' || answer.outcome === 'gone' ? [] : [`${proxy.id} (${answer.outcome})`];
        }),
    );
    if (late.flat().length === 0) return;
    throw new HarnessError({
      code: 'E_ROTATION',
      message: `certificates were not taken by ${late.flat().join(', ')} within ${ROTATION_DEADLINE_MS} ms`,
      hint: "see the proxies' logs and rejected configurations in the debug bundle",
    });
  }

  /** Compiles and pushes now; throws what a hook did wrong. */
  compile(): void {
    this.#isScheduled = false;
    try {
      this.#push();
      this.#failure = undefined;
    } catch (error) {
      this.report(error);
      throw error;
    }
  }

  /** Keeps a failure of something that nobody waited for. */
  report(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(String(error));
  }

  /** Throws what went wrong while nobody was waiting. */
  check(): void {
    this.#flush();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What is wrong with the objects and with the configurations made of them. */
  problems(): readonly string[] {
    const rejected = this.proxies().flatMap(({ id }) =>
      this.#options.ads
        .rejections(id)
        .map(({ typeUrl, message }) => `proxy ${id} refused ${typeUrl.split('.').at(-1)}: ${message}`),
    );
    return [...(this.#failure === undefined ? [] : [this.#failure.message]), ...this.#store.problems(), ...rejected];
  }

  /**
   * From now on these faults and no other. All objects are read anew, as after a start, and what the old ones had held back is served
   * at once. Answers whose listeners are others now.
   */
  async setFaults(faults: ActiveFaults): Promise<readonly Proxy[]> {
    this.#faults = faults;
    for (const proxy of this.#proxies.values()) proxy.spiffeId = this.#certify(proxy);
    await this.#issueLacking([...this.#proxies.values()]);
    this.#store = this.#readObjects();
    this.#memories = new ProxyMemories();
    this.#deliveries.goBy(undefined);
    for (const proxy of this.#proxies.values()) proxy.snapshot = this.#deliveries.served(proxy) ?? proxy.snapshot;
    const before = new Map([...this.#proxies.values()].map((proxy) => [proxy, proxy.snapshot]));
    this.compile();
    this.#deliveries.goBy(faults.delivers);
    return [...before.keys()].filter((proxy) => !isSameType(TYPE.listener, before.get(proxy), proxy.snapshot));
  }

  /** What the metrics API answers: faults may change while the mesh runs. */
  readonly answerMetrics: Tamper = (path, ask) => {
    this.#reach?.asked();
    return this.#faults.metrics(path, ask);
  };

  /** Watches from now on which faults would make a difference; undefined ends it. */
  watchReach(reach: Reach | undefined): void {
    this.#flush();
    this.#reach = reach;
    for (const { id, pod } of this.#proxies.values()) reach?.certifies(pod, id);
    reach?.begin(this.#options.api.objects());
  }

  /** @see Admission.overrides */
  overrides(sent: KubeObject): KubeObject | string | undefined {
    this.#reach?.offered(sent);
    return this.#faults.admits(sent);
  }

  /** Resolves when every connected proxy has answered what it was served last, with yes or no; the proxies that have not by then. */
  async settle(timeoutMs: number): Promise<readonly string[]> {
    this.#flush();
    const { ads } = this.#options;
    const connected = [...this.#proxies.values()].filter(({ id }) => ads.isConnected(id));
    const late = await Promise.all(
      connected.map(async (proxy) => {
        const { outcome } = await ads.waitForAck(proxy.id, this.#deliveries.generation(proxy), timeoutMs);
        return outcome === 'timeout' ? [proxy.id] : [];
      }),
    );
    return late.flat();
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#watch[Symbol.dispose]();
    this.#deliveries.goBy(undefined);
  }

  #observe(change: ClusterChange): void {
    if (change.type === 'object') {
      this.#reach?.changed(change);
      if (change.action === 'applied') this.#store.apply(change.object);
      else this.#store.delete(change.object);
    }
    if (change.type !== 'object') this.#network += 1;
    if (change.type === 'pod' && change.action === 'deleted') this.#forgetPod(change.pod);
    this.#schedule();
  }

  /** A pod of the same name may already be on its way; its proxy stays. */
  #forgetPod(pod: Pod): void {
    for (const proxy of this.#proxies.values()) if (proxy.pod === pod) this.removeProxy(proxy.id);
  }

  /** Changes made in one go are compiled in one go: a batch of objects comes one microtask after the other. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Compiles what is waiting. A failure is kept: thrown by `check`, named by `problems`. */
  #flush(): void {
    if (!this.#isScheduled || this.#isDisposed) return;
    try {
      this.compile();
    } catch (error) {
      this.report(error);
    }
  }

  #readObjects(): ObjectStore {
    const store = new ObjectStore(this.#faults);
    for (const object of this.#options.api.objects()) store.apply(object);
    return store;
  }

  /** The name that the peers of a proxy see. */
  #certify({ id, pod }: NewProxy): string {
    this.#reach?.certifies(pod, id);
    const { namespace, serviceAccount } = pod;
    const account = this.#faults.certified({ namespace, serviceAccount }, id, pod.ip);
    return spiffeId(this.#options.authority.trustDomain, account);
  }

  async #issueLacking(proxies: readonly ServedProxy[]): Promise<void> {
    const lacking = new Set(proxies.map((proxy) => proxy.spiffeId).filter((identity) => !this.#secrets.has(identity)));
    await Promise.all([...lacking].map((identity) => this.#issueSecrets(identity)));
  }

  #push(): void {
    const { api, authority, counters } = this.#options;
    const world = {
      trustDomain: authority.trustDomain,
      objects: this.#store.objects(),
      network: this.#network,
      pods: api.pods(),
      services: api.services(),
      modes: this.#modes,
    };
    const portOf = ({ service, port }: RoutedPort): number =>
      this.servicePorts.numberOf({ ...service, port: port.port });
    const resourcesOf = compileMesh(world, this.#faults, portOf, this.#memories);
    this.#reach?.compiled(world, [...this.#proxies.values()], resourcesOf);
    this.#packer.begin();
    const ids = [...this.#proxies.keys()].sort();
    for (const proxy of this.#proxies.values()) {
      const built = counters?.addTo(resourcesOf(proxy)) ?? resourcesOf(proxy);
      const resources = { ...built, [TYPE.secret]: this.#secrets.get(proxy.spiffeId) ?? [] };
      const snapshot = new Map(
        Object.values(TYPE).map((typeUrl) => [typeUrl, this.#pack(proxy, typeUrl, resources[typeUrl])]),
      );
      if (isSameSnapshot(proxy.snapshot, snapshot)) continue;
      const before = this.#deliveries.served(proxy);
      if (before !== undefined) this.#reach?.sent({ proxy: proxyRef(proxy), proxies: ids, before, after: snapshot });
      proxy.snapshot = snapshot;
      this.#deliveries.send(proxy, snapshot, ids);
    }
  }

  #pack<T extends XdsTypeUrl>(proxy: Proxy, typeUrl: T, resources: readonly ResourceJson[T][]): readonly XdsResource[] {
    const { mutateResources } = this.#options;
    if (mutateResources === undefined) return resources.map((resource) => this.#packer.pack(typeUrl, resource));
    return mutate(mutateResources, proxy, typeUrl, resources).map((resource) => {
      try {
        return this.#packer.pack(typeUrl, resource);
      } catch (error) {
        throw mutationError(proxy, typeUrl, `answered an invalid resource: ${messageOf(error)}`, error);
      }
    });
  }

  async #issueSecrets(identity: string): Promise<void> {
    const { authority } = this.#options;
    const certificate = await authority.issue({ spiffeId: identity, ttlMs: CERTIFICATE_TTL_MS });
    this.#secrets.set(identity, buildSecrets(certificate, authority.caPem));
  }
}

function isSameSnapshot(before: Snapshot, after: Snapshot): boolean {
  return [...after.keys()].every((typeUrl) => isSameType(typeUrl, before, after));
}

function isSameType(typeUrl: XdsTypeUrl, before: Snapshot | undefined, after: Snapshot): boolean {
  const [old, resources = []] = [before?.get(typeUrl), after.get(typeUrl)];
  return old?.length === resources.length && resources.every((resource, index) => resource === old[index]);
}
