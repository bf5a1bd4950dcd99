/** Watches the cluster, compiles each change for all proxies, and serves what changed. */
import type { ListenAddress } from '../../fixtures/agent/protocol.js';
import type { ClusterApi, ClusterChange, Environment } from '../../src/environments/environment.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import type { KubeObject } from '../../src/smi/model.js';
import type { NamespaceMode, Pod, PortKey } from '../../src/mesh/driver.js';
import type { Tamper } from '../../src/metrics/serve.js';
import type { Authority, Identity as Certificate } from '../../src/certificates/authority.js';
import { Compilations } from './compilations.js';
import { compileMesh } from './compile.js';
import { Deliveries } from './deliveries.js';
import type { ActiveFaults } from './faults/index.js';
import { lazily } from './lazily.js';
import type { TrafficCounters } from './metrics/counters.js';
import { proxyRef, type MutateResources } from './mutate-resources.js';
import { ObjectStore } from './object-store.js';
import { isSameSnapshot, isSameType, Packer } from './packer.js';
import type { Reach } from './reach.js';
import { spiffeId } from './policy/identity.js';
import type { RoutedPort } from './resources/outbound.js';
import type { Proxy } from './resources/proxy.js';
import { ProxyMemories } from './resources/reuse.js';
import { ServicePorts } from './service-ports.js';
import { CERTIFICATE_TTL_MS, WorkloadSecrets } from './workload-secrets.js';
import type { AdsServer } from './xds/ads-server.js';
import { TYPE, type Snapshot } from './xds/resource.js';

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
  readonly #packer: Packer;
  readonly #deliveries: Deliveries;
  readonly #proxies = new Map<string, ServedProxy>();
  readonly #modes = new Map<string, NamespaceMode>();
  readonly #secrets: WorkloadSecrets;
  readonly #compilations = new Compilations(() => this.#push());
  readonly #watch: Disposable;
  #faults: ActiveFaults;
  #store: ObjectStore;
  #memories = new ProxyMemories();
  #reach: Reach | undefined;
  #network = 0;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#packer = new Packer(options.mutateResources);
    this.#secrets = new WorkloadSecrets(options.authority);
    this.#faults = options.faults;
    this.#store = new ObjectStore(options.faults, options.api.objects());
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
      this.#secrets.ensure(served.map((proxy) => proxy.spiffeId)),
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
    this.#compilations.flush();
    return [...this.#proxies.values()];
  }

  /**
   * Whether the proxy has answered, with yes or no, to everything it was to have when this was asked first. Later changes, of
   * which there are many while other pods start, do not make it less ready.
   */
  async hasAnswered(id: string, timeoutMs: number): Promise<boolean> {
    this.#compilations.flush();
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
    await this.#secrets.renew();
    this.compile();
    const answers = await this.#answers(ROTATION_DEADLINE_MS);
    // A pod that stops meanwhile needs no certificate any more.
    const late = answers.filter(({ outcome }) => outcome !== 'acked' && outcome !== 'gone');
    if (late.length === 0) return;
    const names = late.map(({ id, outcome }) => `${id} (${outcome})`).join(', ');
    throw new HarnessError({
      code: 'E_ROTATION',
      message: `certificates were not taken by ${names} within ${ROTATION_DEADLINE_MS} ms`,
      hint: "see the proxies' logs and rejected configurations in the debug bundle",
    });
  }

  /** Compiles and pushes now; throws what a hook did wrong. */
  compile(): void {
    this.#compilations.compile();
  }

  /** Keeps a failure of something that nobody waited for. */
  report(error: unknown): void {
    this.#compilations.report(error);
  }

  /** Throws what went wrong while nobody was waiting. */
  check(): void {
    this.#compilations.check();
  }

  /** What is wrong with the objects and with the configurations made of them. */
  problems(): readonly string[] {
    const rejected = this.proxies().flatMap(({ id }) =>
      this.#options.ads
        .rejections(id)
        .map(({ typeUrl, message }) => `proxy ${id} refused ${typeUrl.split('.').at(-1)}: ${message}`),
    );
    const { failure } = this.#compilations;
    return [...(failure === undefined ? [] : [failure.message]), ...this.#store.problems(), ...rejected];
  }

  /**
   * From now on these faults and no other. All objects are read anew, as after a start, and what the old ones had held back is served
   * at once. Answers whose listeners are others now.
   */
  async setFaults(faults: ActiveFaults): Promise<readonly Proxy[]> {
    this.#faults = faults;
    for (const proxy of this.#proxies.values()) proxy.spiffeId = this.#certify(proxy);
    await this.#secrets.ensure([...this.#proxies.values()].map((proxy) => proxy.spiffeId));
    this.#store = new ObjectStore(this.#faults, this.#options.api.objects());
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
    this.#compilations.flush();
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
    this.#compilations.flush();
    const answers = await this.#answers(timeoutMs);
    return answers.filter(({ outcome }) => outcome === 'timeout').map(({ id }) => id);
  }

  [Symbol.dispose](): void {
    this.#compilations[Symbol.dispose]();
    this.#watch[Symbol.dispose]();
    this.#deliveries.goBy(undefined);
  }

  /** What every connected proxy says to what it was served last. */
  async #answers(timeoutMs: number): Promise<readonly { readonly id: string; readonly outcome: string }[]> {
    const { ads } = this.#options;
    const connected = [...this.#proxies.values()].filter(({ id }) => ads.isConnected(id));
    return Promise.all(
      connected.map(async (proxy) => {
        const { outcome } = await ads.waitForAck(proxy.id, this.#deliveries.generation(proxy), timeoutMs);
        return { id: proxy.id, outcome };
      }),
    );
  }

  #observe(change: ClusterChange): void {
    if (change.type === 'object') {
      this.#reach?.changed(change);
      if (change.action === 'applied') this.#store.apply(change.object);
      else this.#store.delete(change.object);
    } else this.#network += 1;
    if (change.type === 'pod' && change.action === 'deleted') this.#forgetPod(change.pod);
    this.#compilations.schedule();
  }

  /** A pod of the same name may already be on its way; its proxy stays. */
  #forgetPod(pod: Pod): void {
    for (const proxy of this.#proxies.values()) if (proxy.pod === pod) this.removeProxy(proxy.id);
  }

  /** The name that the peers of a proxy see. */
  #certify({ id, pod }: NewProxy): string {
    this.#reach?.certifies(pod, id);
    const { namespace, serviceAccount } = pod;
    const account = this.#faults.certified({ namespace, serviceAccount }, id, pod.ip);
    return spiffeId(this.#options.authority.trustDomain, account);
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
    const ids = lazily(() => [...this.#proxies.keys()].sort());
    for (const proxy of this.#proxies.values()) {
      const built = counters?.addTo(resourcesOf(proxy)) ?? resourcesOf(proxy);
      const snapshot = this.#packer.packFor(proxy, { ...built, [TYPE.secret]: this.#secrets.of(proxy.spiffeId) });
      if (isSameSnapshot(proxy.snapshot, snapshot)) continue;
      const before = this.#deliveries.served(proxy);
      if (before !== undefined) this.#reach?.sent({ proxy: proxyRef(proxy), proxies: ids(), before, after: snapshot });
      proxy.snapshot = snapshot;
      this.#deliveries.send(proxy, snapshot, ids);
    }
  }
}
