/**
 * The driver contract: everything the engine knows about a mesh. No mesh is named outside `drivers/`.
 * Type-state: a `MeshDriver` can only be asked and installed; an `InstalledMesh` can be used and disposed of.
 */
import type { AppProtocol, ListenAddress } from '../../fixtures/agent/protocol.js';
import type {
  AccessVersion,
  HeadersShape,
  KubeObject,
  SmiKind,
  SmiObject,
  SpecsVersion,
  SplitVersion,
} from '../smi/model.js';
import type { Environment } from '../environments/environment.js';
import type { ExitCode } from '../errors/harness-error.js';

export interface PodPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: AppProtocol;
}

/** Keys a port: TCP and UDP count their port numbers apart, so `tcp/8300` and `udp/8300` are two ports. */
export type PortKey = `${'tcp' | 'udp'}/${number}`;

/** The key of a port; `http` is carried by TCP. */
export function portKey(port: { readonly port: number; readonly protocol: AppProtocol }): PortKey {
  return `${port.protocol === 'udp' ? 'udp' : 'tcp'}/${port.port}`;
}

/** A workload instance as the fixture wants it. */
export interface PodSpec {
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False for a pod that stays outside the mesh. */
  readonly meshed: boolean;
  readonly ports: readonly PodPort[];
}

/** A pod with a place to live. */
export interface Pod extends PodSpec {
  readonly ip: string;
  /** Private folder of the pod (sockets, configuration, logs); local environments only. */
  readonly dir: string;
  /** The port really bound on `ip` for each container port: another one where the host already uses that number. Evidence shows container ports. */
  readonly physicalPorts: ReadonlyMap<PortKey, number>;
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort: number;
  readonly protocol: AppProtocol;
}

export interface Service {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  /** Absent for a headless service. */
  readonly clusterIP?: string;
  /** The port really bound on `clusterIP` for each service port (keyed by `port`, not `targetPort`). */
  readonly physicalPorts: ReadonlyMap<PortKey, number>;
}

/** A service as one asks for it, before it has an address. */
export type ServiceSpec = Omit<Service, 'clusterIP' | 'physicalPorts'> & { readonly headless?: boolean };

/** One more program beside the app in a pod. */
export interface Sidecar {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written before the start, relative to the pod's folder. */
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode?: number }[];
  /** A measured condition: resolves true once the sidecar serves. Polled with a deadline by the environment. */
  ready(): Promise<boolean>;
}

/** What will run for one pod: where the app listens, and what runs beside it. */
export interface PodPlan {
  readonly pod: Pod;
  /** By container port (`portKey`). The environment's default is the pod's own address; a driver moves the app behind a Unix socket. */
  readonly listen: ReadonlyMap<PortKey, ListenAddress>;
  readonly sidecars: readonly Sidecar[];
}

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

/** SMI objects in the mesh's own words, and how faithful they are. */
export interface Expression {
  readonly objects: readonly KubeObject[];
  readonly fidelity: Fidelity;
  readonly reasons: readonly string[];
}

export interface ProxyInfo {
  readonly pod: string;
  readonly namespace: string;
  readonly pid?: number;
  /** The configuration version the proxy last acknowledged, per resource type. */
  readonly acknowledged: Readonly<Record<string, string>>;
  /** Every configuration the proxy refused, in its own words. */
  readonly rejected: readonly { readonly type: string; readonly message: string; readonly at: number }[];
  readonly residentBytes?: number;
}

/** What a driver says it can do; the report keeps claims and observations apart. */
export interface Capabilities {
  /** SMI versions served natively, newest first; empty: none. */
  readonly access: readonly AccessVersion[];
  readonly specs: readonly SpecsVersion[];
  readonly split: readonly SplitVersion[];
  readonly headers: readonly HeadersShape[];
  /** Kinds that can be expressed at all, natively or translated. */
  readonly kinds: readonly SmiKind[];
  readonly protocols: readonly AppProtocol[];
  readonly mtls: readonly ('strict' | 'permissive' | 'off')[];
  /** Free features a case may need, e.g. `default-allow`, `certificate-rotation`, `dynamic-services`. */
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
}

export interface NamespaceMode {
  readonly mtls?: 'strict' | 'permissive';
  /** Whether traffic that no TrafficTarget names is denied (the SMI default) or allowed. */
  readonly access?: 'deny' | 'allow';
}

export interface MeshDriver {
  readonly name: string;
  readonly description: string;
  readonly versions: PinnedVersions;
  /** Names of the deliberate defects this mesh can be given. */
  readonly faults?: readonly { readonly name: string; readonly description: string }[];
  /** Names of environments it can be installed into. */
  readonly environments: readonly string[];
  capabilities(env: Environment): Capabilities;
  /** Every problem at once, each with a hint. */
  preflight(env: Environment, options?: InstallOptions['options']): Promise<readonly Problem[]>;
  install(env: Environment, options: InstallOptions): Promise<InstalledMesh>;
}

export interface InstalledMesh extends AsyncDisposable {
  readonly driver: MeshDriver;
  readonly capabilities: Capabilities;
  /** Takes namespaces into the mesh, before their pods start. */
  enrol(namespaces: readonly string[]): Promise<void>;
  decorate(plan: PodPlan): Promise<PodPlan>;
  address(service: ServiceAddress, client: Pod): Target;
  /** `objects` come rendered in the profile the case runs under. */
  express(objects: readonly SmiObject[], rendered: readonly KubeObject[]): Expression;
  proxies(): Promise<readonly ProxyInfo[]>;
  debugBundle(dir: string): Promise<void>;
  /** Present when the mesh can say what is wrong right now: objects it could not read, configurations a proxy refused. */
  problems?(): readonly string[];
  /** Present when the mesh has such modes. */
  setMode?(namespace: string, mode: NamespaceMode): Promise<void>;
  /** Present when certificate rotation can be forced. Resolves when every proxy has new certificates. */
  rotateCertificates?(): Promise<void>;
}
