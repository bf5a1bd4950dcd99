/**
 * The driver contract: everything the engine knows about a mesh. No mesh is named outside `drivers/`.
 * Type-state: a `MeshDriver` can only be asked and installed; an `InstalledMesh` can be used and disposed of.
 */
import type { AppProtocol, Usage } from '../../fixtures/agent/protocol.js';
import type {
  AccessVersion,
  HeadersShape,
  KubeObject,
  ObjectRef,
  SmiKind,
  SmiObject,
  SpecsVersion,
  SplitVersion,
} from '../smi/model.js';
import type { Environment } from '../environments/environment.js';
import type { ImageRecipe } from '../images/recipe.js';
import type { Kube } from '../kube/kube.js';
import type { MetricsSource } from '../metrics/answer.js';
import type { Answer } from '../metrics/status.js';
import type { Named, TrafficReading } from '../metrics/traffic.js';
import type { ExitCode } from '../errors/harness-error.js';
import type { Pod, PodPlan } from './pod.js';
import type { SimulatedPod, SimulatedProxies } from './simulated-proxies.js';

export * from './pod.js';
export type * from './simulated-proxies.js';

/** How a client reaches a service through the mesh. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly authority: string;
}

export interface ServiceAddress {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** TCP and UDP count their ports apart: `srv:8300` may be two things. */
  readonly protocol: AppProtocol;
}

export type Fidelity = 'native' | 'exact' | 'lossy' | 'unsupported';

/** One SMI object that shall be in force, and its manifest in the API versions the case runs under. */
export interface Wanted {
  readonly object: SmiObject;
  readonly manifest: KubeObject;
}

/** How faithfully one SMI object is said in the mesh's own words. */
export interface Faithfulness {
  readonly fidelity: Fidelity;
  readonly reasons: readonly string[];
}

/** SMI objects in the mesh's own words. */
export interface Expression {
  /** All that the mesh needs for all that is wanted, in the order to apply. An object that stays the same between two calls is left alone. */
  readonly objects: readonly KubeObject[];
  /** One for each wanted object, in the order they were given. */
  readonly faithfulness: readonly Faithfulness[];
}

/** A way in which a mesh is known to differ from the specification, with the run that showed it. */
export interface Deviation {
  readonly case: string;
  readonly verdict: 'fail' | 'inconclusive' | 'error' | 'unsupported';
  /** What the mesh does instead, in a sentence. */
  readonly what: string;
  /** One line of the evidence that showed it. */
  readonly evidence: string;
  /** The mesh version it was seen in. */
  readonly version: string;
}

/** How a TLS client must introduce itself so that a proxy of this mesh answers it. */
export interface Handshake {
  readonly servername?: string;
  readonly alpn?: readonly string[];
}

/** A certificate with its key, in PEM. */
export interface Credentials {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The root of trust of a mesh, as far as it can be seen and asked. */
export interface MeshAuthority {
  /** The SPIFFE id that certificates of an account bear. */
  identity(account: Pick<Pod, 'namespace' | 'serviceAccount'>): string;
  /** Every root that the proxies trust, in PEM. */
  roots(): Promise<string>;
  /** Present where it signs what we ask for: a certificate that is of this account, and that need not be valid any more. */
  issue?(
    account: Pick<Pod, 'namespace' | 'serviceAccount'>,
    validity: { readonly notBefore: Date; readonly notAfter: Date },
  ): Promise<Credentials>;
}

export interface ProxyInfo {
  readonly pod: string;
  readonly namespace: string;
  readonly pid?: number;
  /** Certificates the proxy holds for itself. */
  readonly certificates?: readonly {
    readonly names: readonly string[];
    readonly serial: string;
    readonly validTo: string;
  }[];
  /** Counters and gauges of the proxy, by their own names. */
  readonly stats?: Readonly<Record<string, number>>;
  /** The configuration version the proxy last acknowledged, per resource type. */
  readonly acknowledged: Readonly<Record<string, string>>;
  /** Every configuration the proxy refused, in its own words. */
  readonly rejected: readonly { readonly type: string; readonly message: string; readonly at: number }[];
  readonly residentBytes?: number;
}

/** What a driver says it can do; the report keeps claims and observations apart. */
export interface Capabilities {
  /** SMI versions that can be said, newest first, natively or translated; empty: none. */
  readonly access: readonly AccessVersion[];
  readonly specs: readonly SpecsVersion[];
  readonly split: readonly SplitVersion[];
  readonly headers: readonly HeadersShape[];
  /** Kinds that can be expressed at all, natively or translated. */
  readonly kinds: readonly SmiKind[];
  readonly protocols: readonly AppProtocol[];
  readonly mtls: readonly ('strict' | 'permissive' | 'off')[];
  /**
   * Free features a case may need, e.g. `default-allow`, `certificate-rotation`, `dynamic-services`. With `starts-during-changes`
   * the cases of one lane begin while the pods of others start.
   */
  readonly features: readonly string[];
  readonly identity: 'service-account' | 'service' | 'none';
}

/** One thing that stands in the way, with the way out. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** How a run that it keeps from starting ends; default: harness or infrastructure. */
  readonly exitCode?: ExitCode;
}

export interface PinnedVersions {
  readonly mesh: string;
  readonly [component: string]: string;
}

export interface InstallOptions {
  readonly seed: number;
  /** Deliberate defects by name; only meshes that are there to be broken know any. */
  readonly faults: readonly string[];
  /** Free driver options from the command line or configuration, e.g. `xds: delta`. */
  readonly options: Readonly<Record<string, string>>;
  /** Traffic metrics will be asked for. A mesh may count more for them, and what it costs is measured without. */
  readonly metrics?: boolean;
}

export interface NamespaceMode {
  readonly mtls?: 'strict' | 'permissive';
  /** Whether traffic that no TrafficTarget names is denied (the SMI default) or allowed. */
  readonly access?: 'deny' | 'allow';
}

/** A deliberate defect of a mesh that is there to be broken. */
export interface FaultInfo {
  readonly name: string;
  readonly description: string;
  /** Cases, by globs over their ids, that do not name it and may come out otherwise all the same, and why. */
  readonly alsoBreaks?: readonly { readonly cases: readonly string[]; readonly why: string }[];
}

/** What an Envoy's cluster stands for: the pods of a service, or the app beside the proxy. */
export type ClusterMeaning = { readonly kind: 'service'; readonly service: Named } | { readonly kind: 'app' };

/** How the statistics of a mesh's proxies are had and read, when they are Envoys. */
export interface EnvoyStatistics {
  /** Of the admin interface, on the loopback of each pod. */
  readonly adminPort: number;
  /** Whether there is such a proxy in a pod, as the API tells it. */
  hasProxy(pod: KubeObject): boolean;
  /** What the name of a cluster says; undefined when it is none of a workload's. */
  readCluster(name: string): ClusterMeaning | undefined;
}

/** metrics.smi-spec.io, wherever it is served. */
export interface MetricsEndpoint {
  /** `shim`: not the mesh but the harness serves it, from what the mesh's proxies count. */
  readonly source: MetricsSource;
  /** How long after a request it may be before it counts, and how far a window may reach beyond what it says. */
  readonly lagMs: number;
  /** The same of its latency, where that comes later. */
  readonly latencyLagMs?: number;
  /** @param path absolute, with its query. @param as the user who asks; the harness itself unless told. */
  get(path: string, as?: string): Promise<Answer>;
}

export interface MeshDriver {
  readonly name: string;
  readonly description: string;
  readonly versions: PinnedVersions;
  /** The deliberate defects this mesh can be given. */
  readonly faults?: readonly FaultInfo[];
  /** Names of environments it can be installed into. */
  readonly environments: readonly string[];
  /** How long a change may take in this mesh before it counts as not taken; default 5,000 in `local`, 20,000 elsewhere. */
  readonly convergeDeadlineMs?: number;
  /** How the container images of this mesh come about where they cannot be pulled. */
  images?(): readonly ImageRecipe[];
  /** Known differences from the specification; a run says which of them it saw, which not, and what it saw beside them. */
  deviations?(): readonly Deviation[];
  capabilities(env: Environment): Capabilities;
  /** Every problem at once, each with a hint. */
  preflight(env: Environment, options?: InstallOptions['options']): Promise<readonly Problem[]>;
  install(env: Environment, options: InstallOptions): Promise<InstalledMesh>;
  /**
   * What an installation puts into a cluster outside its namespace, in the order to remove: after a run that was cut off `clean`
   * takes it away with the namespace, which carries `MESH_LABEL`.
   */
  remains?(kube: Kube): Promise<readonly ObjectRef[]>;
  /** What the metrics shim has to know of its proxies. */
  readonly statistics?: EnvoyStatistics;
}

export interface ControlPlaneSwitch {
  /** Resolves once no proxy is served any more. */
  stop(): Promise<void>;
  /** Resolves once it is ready to serve. */
  start(): Promise<void>;
}

/** Deliberate defects that come and go while a mesh runs. */
export interface FaultSwitch {
  /** From now on these and no other, as if the mesh had been installed with them. Resolves once every proxy has taken what comes of it. */
  set(names: readonly string[]): Promise<void>;
  /** Changes nothing, and notes until it is disposed of which of these would have made a difference to what the mesh does. */
  watch(names: readonly string[]): FaultWatch;
}

export interface FaultWatch extends Disposable {
  reached(): readonly string[];
}

export interface InstalledMesh extends AsyncDisposable {
  readonly driver: MeshDriver;
  readonly capabilities: Capabilities;
  /** Takes namespaces into the mesh, before their pods start. */
  enrol(namespaces: readonly string[]): Promise<void>;
  decorate(plan: PodPlan): Promise<PodPlan>;
  address(service: ServiceAddress, client: Pod): Target;
  /** Says everything that is wanted in one lane in the mesh's own words; pure: called again with the whole set after each change. */
  express(wanted: readonly Wanted[]): Expression | Promise<Expression>;
  /** Present when a TLS client has to introduce itself in a special way. */
  handshake?(service: ServiceAddress): Handshake;
  /** Present where its root of trust can be seen: certificates can then be checked, and be presented that no proxy has. */
  readonly authority?: MeshAuthority;
  proxies(): Promise<readonly ProxyInfo[]>;
  debugBundle(dir: string): Promise<void>;
  /** Present where connections may outlive the policy they were opened under: false while a proxy in these namespaces still serves such a connection. */
  isSettled?(namespaces: readonly string[]): Promise<boolean>;
  /** Present when the mesh can say what is wrong right now: objects it could not read, configurations a proxy refused. */
  problems?(): readonly string[];
  /** Present when the mesh has such modes. */
  setMode?(namespace: string, mode: NamespaceMode): Promise<void>;
  /** Present where the counters and gauges of one proxy can be had without the rest of `proxies`. */
  readStats?(pod: Pod): Promise<NonNullable<ProxyInfo['stats']>>;
  /** Present where deliberate defects can be changed without installing the mesh anew. */
  readonly faults?: FaultSwitch;
  /** Present where the mesh serves traffic metrics itself, and was told at its installation that they are wanted. */
  metrics?(): Promise<MetricsEndpoint>;
  /** Present where traffic metrics can be made of what its proxies count: one look at each of them. */
  readTraffic?(): Promise<readonly TrafficReading[]>;
  /** Present where the control plane can be taken away and brought back; proxies stay. Starting one that runs changes nothing. */
  readonly controlPlane?: ControlPlaneSwitch;
  /** Present when certificate rotation can be forced. Resolves when every proxy has new certificates. */
  rotateCertificates?(): Promise<void>;
  /** Present when proxies can be simulated: makes the control plane ready for one in each of these pods, all of one service account. */
  simulateProxies?(pods: readonly SimulatedPod[]): Promise<SimulatedProxies>;
  /** Present when it can be told: processor time and memory of the control plane's process. */
  controlPlaneUsage?(): Promise<Usage>;
}
