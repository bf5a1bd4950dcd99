/** Somebody's cluster, by kubeconfig and context: namespaces of our own in it, and its end is not ours to bring about. */
import { EXIT, HarnessError } from '../../errors/harness-error.js';
import { agentImageRef, shellImageRef } from '../../images/agent-image.js';
import { RUN_LABEL, type Cluster } from '../../kube/cluster.js';
import { connectKube } from '../../kube/connect.js';
import { KubeError, type Kube } from '../../kube/kube.js';
import { createClusterEnvironment } from '../cluster/cluster-environment.js';
import { CLUSTER_PERMISSIONS, describePermission } from '../cluster/permissions.js';
import type { Environment } from '../environment.js';
import { registerRun } from '../local/run-state.js';
import { confirmCluster } from './confirm.js';
import { meshPermissions } from './mesh-permissions.js';

export interface ExistingOptions {
  readonly runId: string;
  readonly keep: boolean;
  readonly log: (line: string) => void;
  /** Absent: KUBECONFIG, then ~/.kube/config. */
  readonly kubeconfig?: string;
  /** Absent: the current context. */
  readonly context?: string;
  /** The user said that this very cluster is meant. */
  readonly confirmed: boolean;
  /** The mesh is there already. */
  readonly adoptMesh: boolean;
  /** An image the nodes can pull. */
  readonly agentImage?: string;
}

/** Asks the cluster nothing before it is confirmed, and changes nothing before every permission is there. */
export async function createExistingEnvironment(options: ExistingOptions): Promise<Environment> {
  const { runId, keep, log, agentImage = agentImageRef() } = options;
  const kube = await connectKube({
    ...(options.kubeconfig === undefined ? {} : { kubeconfigPath: options.kubeconfig }),
    ...(options.context === undefined ? {} : { context: options.context }),
  });
  confirmCluster(kube, options.confirmed);
  const kubernetes = await askVersion(kube);
  await requirePermissions(kube, options.adoptMesh);
  const run = await registerRun(runId);
  const cluster: Cluster = {
    kube,
    runId,
    owned: false,
    labels: { [RUN_LABEL]: runId },
    // The nodes pull what they need.
    provideImages: async () => undefined,
    // The environment reads again what is served; it puts its own in place.
    discover: async () => undefined,
  };
  const facts = { kubernetes, context: kube.context };
  const onDispose = async (): Promise<void> => run.unregister({ keepDir: keep });
  try {
    return createClusterEnvironment({
      ...{
        name: 'existing',
        cluster,
        agentImage,
        shellImage: shellImageRef(),
        runId,
        keep,
        log,
        facts,
        onDispose,
      },
    });
  } catch (error) {
    await run.unregister({ keepDir: false });
    throw error;
  }
}

async function askVersion(kube: Kube): Promise<string> {
  try {
    return await kube.serverVersion();
  } catch (cause) {
    if (!(cause instanceof KubeError)) throw cause;
    const refused = cause.status === 401 || cause.status === 403;
    throw new HarnessError({
      code: 'E_CLUSTER_UNREACHABLE',
      message: refused
        ? `the cluster of context ${kube.context} does not take these credentials: ${cause.message}`
        : `the cluster of context ${kube.context} does not answer: ${cause.message}`,
      hint: refused ? 'log in to the cluster again' : `does "kubectl --context ${kube.context} version" answer?`,
      cause,
    });
  }
}

/** @throws HarnessError E_RBAC that names every missing permission at once */
async function requirePermissions(kube: Kube, adopt: boolean): Promise<void> {
  const missing = await kube.missingPermissions([...CLUSTER_PERMISSIONS, ...meshPermissions(adopt)]);
  if (missing.length === 0) return;
  const list = [...new Set(missing.map(describePermission))];
  throw new HarnessError({
    code: 'E_RBAC',
    message: `the user of context ${kube.context} lacks ${list.length} permissions:\n  ${list.join('\n  ')}`,
    hint: 'bind a ClusterRole that has them (cluster-admin has) to this user, or choose another context',
    exitCode: EXIT.harness,
  });
}
