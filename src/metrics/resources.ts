/** The resources of the metrics API, as the text lists them. */

export const GROUP = 'metrics.smi-spec.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export interface ResourceType {
  /** As it stands in paths. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Of the Kubernetes object that the metrics are about; a traffic split has whichever it was written in. */
  readonly apiVersion?: string;
}

const type = (plural: string, kind: string, apiVersion?: string, namespaced = true): ResourceType => ({
  ...{ plural, kind, namespaced },
  ...(apiVersion === undefined ? {} : { apiVersion }),
});

export const RESOURCE_TYPES: readonly ResourceType[] = [
  type('namespaces', 'Namespace', 'v1', false),
  type('nodes', 'Node', 'v1', false),
  type('pods', 'Pod', 'v1'),
  type('replicationcontrollers', 'ReplicationController', 'v1'),
  type('services', 'Service', 'v1'),
  type('daemonsets', 'DaemonSet', 'apps/v1'),
  type('deployments', 'Deployment', 'apps/v1'),
  type('replicasets', 'ReplicaSet', 'apps/v1'),
  type('statefulsets', 'StatefulSet', 'apps/v1'),
  type('jobs', 'Job', 'batch/v1'),
  type('trafficsplits', 'TrafficSplit'),
];

export function resourceType(plural: string): ResourceType | undefined {
  return RESOURCE_TYPES.find((one) => one.plural === plural);
}
