/** Deployments that are taken away and brought back, by the number of their replicas. */
import type { KubeObject, ObjectRef } from '../smi/model.js';
import type { Kube } from './kube.js';

export interface DeploymentSwitch {
  /** Resolves once no replica is left. */
  stop(): Promise<void>;
  /** Resolves once all are available again; without effect on what was not stopped. */
  start(): Promise<void>;
}

interface Deployment {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number; readonly availableReplicas?: number };
}

export function deploymentSwitch(
  kube: Pick<Kube, 'get' | 'patch' | 'waitFor'>,
  { namespace, names, deadlineMs }: { namespace: string; names: readonly string[]; deadlineMs: number },
): DeploymentSwitch {
  const stopped = new Map<string, number>();
  const scale = async (name: string, replicas: number): Promise<void> => {
    const ref: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };
    await kube.patch(ref, { spec: { replicas } });
    const isThere = (object: KubeObject | undefined): boolean => countReplicas(object, replicas > 0) === replicas;
    const what = `${namespace}/${name} to have ${replicas} replicas`;
    await kube.waitFor(ref, isThere, { deadlineMs, what });
  };
  return {
    stop: async () => {
      for (const name of names) {
        const found = (await kube.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name })) as
          (KubeObject & Deployment) | undefined;
        if (found !== undefined && !stopped.has(name)) stopped.set(name, found.spec?.replicas ?? 1);
      }
      await Promise.all([...stopped.keys()].map((name) => scale(name, 0)));
    },
    start: async () => {
      await Promise.all([...stopped].map(([name, replicas]) => scale(name, replicas)));
      stopped.clear();
    },
  };
}

/** Replicas that end still count as there, those that begin not yet as available. */
function countReplicas(object: KubeObject | undefined, available: boolean): number {
  const { status } = (object ?? {}) as Deployment;
  return (available ? status?.availableReplicas : status?.replicas) ?? 0;
}
