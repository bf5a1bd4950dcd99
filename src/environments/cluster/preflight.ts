import type { Kube } from '../../kube/kube.js';
import type { Problem } from '../../mesh/driver.js';
import { CLUSTER_PERMISSIONS, describePermission } from './permissions.js';

/** Everything about the cluster that keeps pods from running there, all at once. */
export async function checkCluster(kube: Kube): Promise<readonly Problem[]> {
  try {
    await kube.serverVersion();
    const missing = await kube.missingPermissions(CLUSTER_PERMISSIONS);
    if (missing.length === 0) return [];
    return [
      {
        code: 'E_RBAC',
        message: `the user of context ${kube.context} may not ${missing.map(describePermission).join(', ')}`,
        hint: 'bind a ClusterRole that has them (cluster-admin has) to this user, or choose another context',
      },
    ];
  } catch (error) {
    return [
      {
        code: 'E_KUBE_API',
        message: `the Kubernetes API of context ${kube.context} does not answer: ${error instanceof Error ? error.message : String(error)}`,
        hint: 'look whether the cluster runs and the kubeconfig is current (`kubectl version`)',
      },
    ];
  }
}
