/** A cluster that nobody said is for testing is not touched. */
import { badInput } from '../../errors/harness-error.js';

/** Names that tools give to contexts of clusters on the developer's own machine. */
const LOCAL_CONTEXT =
  /^(kind-|k3d-|minikube|docker-desktop|docker-for-desktop|rancher-desktop|orbstack|colima|microk8s|k3s-)/i;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?|0\.0\.0\.0)$/i;

export interface ClusterAddress {
  readonly context: string;
  /** URL of the API server. */
  readonly server: string;
}

/** True when name or address show a cluster on this machine. */
export function looksLocal({ context, server }: ClusterAddress): boolean {
  const host = URL.canParse(server) ? new URL(server).hostname : '';
  return LOCAL_CONTEXT.test(context) || LOOPBACK.test(host);
}

/** @throws HarnessError E_CLUSTER_NOT_CONFIRMED */
export function confirmCluster(cluster: ClusterAddress, isConfirmed: boolean): void {
  if (isConfirmed || looksLocal(cluster)) return;
  throw badInput(
    'E_CLUSTER_NOT_CONFIRMED',
    `context ${cluster.context} (${cluster.server}) may be a cluster that people depend on`,
    'a run installs a mesh and starts workloads: if that is wanted there, say --yes-this-cluster',
  );
}
