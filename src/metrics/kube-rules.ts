/** What whoever serves the metrics API may ask of a cluster: which resources there are, and a connection to the proxies. */
import type { Json } from '../smi/model.js';

const READ = ['get', 'list'];

export const METRICS_RULES: readonly Json[] = [
  { apiGroups: [''], resources: ['namespaces', 'nodes', 'pods', 'replicationcontrollers', 'services'], verbs: READ },
  { apiGroups: ['apps'], resources: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'], verbs: READ },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: READ },
  { apiGroups: ['split.smi-spec.io'], resources: ['trafficsplits'], verbs: READ },
  { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
];
