/** Which resources there are, and which pods each of them contains: what metrics are aggregated by. */
import type { ClusterApi } from '../environments/environment.js';
import { HarnessError } from '../errors/harness-error.js';
import { fromManifest } from '../smi/from-manifest.js';
import type { TrafficSplit } from '../smi/model.js';
import { keyOf, type Account, type Named } from './traffic.js';

type Labels = Readonly<Record<string, string>>;

/** A resource other than a traffic split. */
export interface Resource {
  /** Plural, as in paths. */
  readonly type: string;
  /** Empty for what has none. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Keys of the pods that it contains; a pod contains itself. */
  readonly pods: ReadonlySet<string>;
}

export interface Topology {
  readonly resources: readonly Resource[];
  readonly splits: readonly TrafficSplit[];
  /** Keys of the pods that run as this account. */
  podsOf(account: Account): ReadonlySet<string>;
}

export interface TopologyPod extends Named {
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly node: string;
  /** What it belongs to, directly or not: plurals and names. */
  readonly owners: readonly { readonly type: string; readonly name: string }[];
}

export interface TopologyParts {
  readonly pods: readonly TopologyPod[];
  readonly services: readonly (Named & { readonly labels: Labels; readonly selector: Labels })[];
  /** Whatever else is known to be there: what has pods need not be named. */
  readonly others?: readonly Omit<Resource, 'pods'>[];
  readonly splits: readonly TrafficSplit[];
}

export function createTopology({ pods, services, others = [], splits }: TopologyParts): Topology {
  const containers = new Map<string, Omit<Resource, 'pods'> & { readonly pods: Set<string> }>();
  const container = ({ type, namespace, name, labels }: Omit<Resource, 'pods'>): Set<string> => {
    const key = `${type}/${namespace}/${name}`;
    const known = containers.get(key) ?? { type, namespace, name, labels, pods: new Set<string>() };
    containers.set(key, known);
    return known.pods;
  };
  for (const other of others) container(other);
  for (const { namespace } of [...pods, ...services]) container(namespaceResource(namespace));
  for (const pod of pods) {
    const key = keyOf(pod);
    container(namespaceResource(pod.namespace)).add(key);
    container({ type: 'nodes', namespace: '', name: pod.node, labels: {} }).add(key);
    container({ type: 'pods', namespace: pod.namespace, name: pod.name, labels: pod.labels }).add(key);
    for (const { type, name } of pod.owners) container({ type, namespace: pod.namespace, name, labels: {} }).add(key);
  }
  for (const service of services) {
    const own = container({ type: 'services', ...service });
    for (const pod of pods.filter((one) => isSelected(one, service))) own.add(keyOf(pod));
  }
  return {
    resources: [...containers.values()],
    splits,
    podsOf: (account) => new Set(pods.filter((pod) => runsAs(pod, account)).map(keyOf)),
  };
}

/** What an environment knows of its pods, which are on one node. */
export function topologyOf(api: Pick<ClusterApi, 'pods' | 'services' | 'objects'>, node: string): Topology {
  return createTopology({
    pods: api.pods().map(({ namespace, name, labels, serviceAccount, deployment }) => ({
      ...{ namespace, name, labels, serviceAccount, node },
      owners: deployment === undefined ? [] : [{ type: 'deployments', name: deployment }],
    })),
    services: api.services().map(({ namespace, name, selector }) => ({ namespace, name, labels: {}, selector })),
    splits: readSplits(api.objects()),
  });
}

/** The splits among these objects; one that cannot be read is none. */
export function readSplits(objects: ReturnType<ClusterApi['objects']>): TrafficSplit[] {
  return objects.flatMap((manifest) => {
    if (manifest.kind !== 'TrafficSplit') return [];
    try {
      const object = fromManifest(manifest);
      return object.kind === 'TrafficSplit' ? [object] : [];
    } catch (error) {
      if (error instanceof HarnessError) return [];
      throw error;
    }
  });
}

function runsAs(pod: TopologyPod, { namespace, serviceAccount }: Account): boolean {
  return pod.namespace === namespace && pod.serviceAccount === serviceAccount;
}

function namespaceResource(name: string): Omit<Resource, 'pods'> {
  return { type: 'namespaces', namespace: '', name, labels: { 'kubernetes.io/metadata.name': name } };
}

/** As in Kubernetes, an empty selector selects none. */
function isSelected(pod: TopologyPod, service: Named & { readonly selector: Labels }): boolean {
  const wanted = Object.entries(service.selector);
  return (
    wanted.length > 0 &&
    pod.namespace === service.namespace &&
    wanted.every(([key, value]) => pod.labels[key] === value)
  );
}
