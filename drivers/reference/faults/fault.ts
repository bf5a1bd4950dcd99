/** A deliberate defect: it proves that a case can fail. Each one changes what passes through one of the narrow hooks. */
import type { Pod, Service, ServicePort } from '../../../src/mesh/driver.js';
import type { Tamper } from '../../../src/metrics/serve.js';
import type { KubeObject, SmiObject } from '../../../src/smi/model.js';
import type { ProxyResources } from '../compile.js';
import type { ProxyRef } from '../mutate-resources.js';
import type { Grant, InboundPolicy } from '../policy/access.js';
import type { Identity } from '../policy/identity.js';
import type { Routing } from '../policy/split.js';
import type { Proxy } from '../resources/proxy.js';
import type { Snapshot } from '../xds/resource.js';

/** One change of an SMI object, as the control plane learns of it. */
export interface ObjectChange {
  readonly action: 'applied' | 'deleted';
  readonly object: SmiObject;
}

/** One service port and what is known beside it. */
export interface RoutingSite {
  readonly service: Service;
  readonly port: ServicePort;
  readonly objects: readonly SmiObject[];
  readonly pods: readonly Pod[];
  /** By `namespace/name`. */
  readonly services: ReadonlyMap<string, Service>;
}

/** Whom resources are for. */
export interface ServedProxy {
  readonly proxy: Proxy;
  readonly trustDomain: string;
}

/** A new configuration on its way to a proxy that has one already. */
export interface Delivery {
  readonly proxy: ProxyRef;
  /** Ids of all proxies, in alphabetical order. */
  readonly proxies: readonly string[];
  /** What the proxy was served last. */
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** May be called any number of times, at any time. */
  readonly serve: (snapshot: Snapshot) => void;
  /** Aborted when the fault is taken away. */
  readonly signal: AbortSignal;
}

export interface FaultHooks {
  /** What the API makes of an object before it asks its schema: a text refuses it, an object is stored as it is; undefined leaves it to the schema. */
  readonly admits?: (sent: KubeObject) => KubeObject | string | undefined;
  /** What an object that cannot be read is taken for, given as far as it was read; undefined: it counts as absent. */
  readonly salvages?: (object: SmiObject) => SmiObject | undefined;
  /** False: the control plane never hears of the change. */
  readonly hears?: (change: ObjectChange) => boolean;
  /** What the policy is compiled from. */
  readonly objects?: (objects: readonly SmiObject[]) => readonly SmiObject[];
  /** What one pod's proxy enforces. */
  readonly inbound?: (policy: InboundPolicy) => InboundPolicy;
  /** Where the calls of one service port go. */
  readonly routing?: (routing: Routing, site: RoutingSite) => Routing;
  /** What one proxy is served in the end; what it is given is shared and stays as it is. */
  readonly served?: (resources: ProxyResources, to: ServedProxy) => ProxyResources;
  /** Whose name the certificate of a proxy bears; asked at each start of a pod, and of all that run when the fault comes. */
  readonly certified?: (account: Identity, proxyId: string, address: string) => Identity;
  /** How a change reaches a proxy; without it, at once and whole. */
  readonly delivers?: (delivery: Delivery) => void;
  /** What the metrics API answers. */
  readonly metrics?: Tamper;
}

export interface Fault {
  readonly name: string;
  readonly description: string;
  /** Cases that do not name it and yet may come out otherwise, and why. */
  readonly alsoBreaks?: readonly Explanation[];
  /** New hooks for each installation: some remember. */
  readonly create: () => FaultHooks;
}

/** Cases by globs over their ids. */
export interface Explanation {
  readonly cases: readonly string[];
  readonly why: string;
}

/** Names an object in the memory of a fault. */
export function objectKey({ kind, metadata }: SmiObject): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

/** An inbound hook that replaces the grants of every port. */
export function replacingGrants(replace: (grants: readonly Grant[]) => readonly Grant[]): FaultHooks {
  return {
    inbound: (policy) => ({
      ...policy,
      ports: policy.ports.map((port) => ({ ...port, grants: replace(port.grants) })),
    }),
  };
}
