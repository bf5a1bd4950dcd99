/**
 * The environment contract: a place where pods run and an API that accepts objects, whatever is underneath
 * (processes on this host, a kind cluster, somebody's kubeconfig).
 */
import type { Cluster } from '../kube/cluster.js';
import type { AgentClient } from '../traffic/agent-client.js';
import type { WireCapture } from './capture.js';
import type { InstalledMesh, Pod, PodSpec, Problem, Service, ServiceAddress, ServiceSpec } from '../mesh/driver.js';
import type { KubeObject, ObjectRef } from '../smi/model.js';

/** What the API server said to one object. A refusal is an observation, not an exception. */
export type ApplyOutcome =
  | { readonly accepted: true; readonly object: KubeObject; readonly at: number }
  | {
      readonly accepted: false;
      readonly code: number;
      readonly cause: 'schema' | 'admission' | 'version';
      readonly message: string;
      readonly at: number;
    };

export type ClusterChange =
  | { readonly type: 'object'; readonly action: 'applied' | 'deleted'; readonly object: KubeObject }
  | { readonly type: 'pod'; readonly action: 'applied' | 'deleted'; readonly pod: Pod }
  | { readonly type: 'service'; readonly action: 'applied' | 'deleted'; readonly service: Service };

/** What a mesh has to say about objects before they are stored. */
export interface Admission {
  /** The reason for a refusal, as a validating webhook would give it. */
  refuses(object: KubeObject): string | undefined;
  /** In the place of the schema of the mesh's own CRDs: the reason for a refusal, or what is stored; undefined leaves it to ours. */
  overrides?(sent: KubeObject): KubeObject | string | undefined;
}

/** The part of a Kubernetes API that a case and a mesh need. */
export interface ClusterApi {
  /** Served versions per SMI group suffix (`access`, `specs`, `split`), newest first. */
  served(group: string): readonly string[];
  apply(object: KubeObject): Promise<ApplyOutcome>;
  /** A plain request for an object that is not there yet: unknown fields are dropped in silence, as a server does for who does not ask for more. */
  create(object: KubeObject): Promise<ApplyOutcome>;
  /** False when there was nothing to delete. */
  delete(ref: ObjectRef): Promise<boolean>;
  objects(): readonly KubeObject[];
  pods(): readonly Pod[];
  services(): readonly Service[];
  applyService(service: ServiceSpec): Promise<Service>;
  deleteService(namespace: string, name: string): Promise<boolean>;
  /** Synchronous notification after each accepted change. */
  watch(listener: (change: ClusterChange) => void): Disposable;
  addAdmission(admission: Admission): Disposable;
}

/** A pod that answers, and the agent inside it. */
export interface RunningPod {
  readonly pod: Pod;
  readonly agent: AgentClient;
}

/** One way to knock on a service's door from outside the mesh. */
export interface Way {
  readonly way: 'pod-ip' | 'cluster-ip' | 'node-port' | 'headless';
  readonly host: string;
  readonly port: number;
}

export interface EnvironmentFacts {
  readonly name: string;
  readonly os: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly node: string;
  readonly [fact: string]: string | number;
}

/** A pod's program ended by itself. */
export interface PodFailure {
  readonly pod: string;
  readonly container: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Last lines of its log, and where the whole of it lies. */
  readonly logTail: string;
  readonly logFile: string;
}

export interface Environment extends AsyncDisposable {
  readonly name: string;
  /** How a proxy gets between app and network: it takes the pod's own address, or the pod's connections are redirected to it. */
  readonly interception: 'address' | 'redirect';
  /** Present where a Kubernetes cluster is beneath. */
  readonly cluster?: Cluster;
  readonly api: ClusterApi;
  /** Under which programs in pods reach servers of this process. Absent: on loopback where pods are processes of this host, nowhere else. */
  hostAddress?(): Promise<string>;
  facts(): EnvironmentFacts;
  preflight(): Promise<readonly Problem[]>;
  createNamespaces(names: readonly string[]): Promise<void>;
  /** Starts pods side by side, decorated by the mesh when `meshed`; resolves when app and sidecars are ready. `ip` asks for a given address (pod address reuse). */
  startPods(
    specs: readonly (PodSpec & { readonly ip?: string })[],
    mesh: InstalledMesh,
  ): Promise<readonly RunningPod[]>;
  stopPod(namespace: string, name: string): Promise<void>;
  /** Every way this environment offers to reach a service from a pod without a sidecar. */
  ways(service: ServiceAddress): readonly Way[];
  /** Where a service is reached with no mesh: its cluster address. */
  address(service: ServiceAddress): { readonly host: string; readonly port: number };
  /**
   * Looks at TCP on a port of a pod's containers, where packets enter and leave the pod, until it is stopped. Absent: this place has no
   * way to do so. Rejects with `CannotCapture` where it lacks the privilege or the tool.
   */
  capture?(pod: Pod, port: number): Promise<WireCapture>;
  /** Called once per program that ends without having been told to. */
  onPodFailure(listener: (failure: PodFailure) => void): Disposable;
  /**
   * Begins to take the pods down, ahead of the mesh and of disposal, where that takes long; what fails is told by disposal. With
   * names only the pods of those namespaces, for good, while the others go on.
   */
  vacate?(namespaces?: readonly string[]): Promise<void>;
}
