/** What pods that others make, a Job or an operator, need in order to send as a client of the benchmark does. */
import { clusterPlan } from '../environments/cluster/pod-manifest.js';
import type { Environment } from '../environments/environment.js';
import { badInput } from '../errors/harness-error.js';
import type { Cluster } from '../kube/cluster.js';
import type { InstalledMesh, Pod } from '../mesh/driver.js';

/** Who makes the pods: `needs` begins a sentence, such as "Jobs need". */
export interface PodMaker {
  readonly code: 'E_LOAD_JOBS' | 'E_K6_OPERATOR';
  readonly needs: string;
}

/** @throws HarnessError (bad input) where there is no cluster */
export function clusterFor({ code, needs }: PodMaker, env: Environment): Cluster {
  if (env.cluster !== undefined) return env.cluster;
  throw badInput(
    code,
    `${needs} a Kubernetes cluster, and ${env.name} has none`,
    'use --env kind or --env existing, or leave --load out',
  );
}

/** @throws HarnessError (bad input) where the proxy is a part of each pod, as pods of one template are all alike */
export async function podTemplate({ code }: PodMaker, mesh: InstalledMesh, pod: Pod) {
  const { sidecars, labels, annotations } = await mesh.decorate(clusterPlan(pod));
  if (sidecars.length > 0)
    throw badInput(
      code,
      `${mesh.driver.name} gives each pod a proxy of its own making, and pods of one template are all alike`,
      'leave --load out, or use a mesh whose proxies come by admission hook',
    );
  const { namespace, serviceAccount } = pod;
  return { namespace, serviceAccount, podLabels: { ...pod.labels, ...labels }, podAnnotations: { ...annotations } };
}
