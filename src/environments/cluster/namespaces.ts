import { HarnessError } from '../../errors/harness-error.js';
import { type Cluster, RUN_LABEL } from '../../kube/cluster.js';
import { endPods } from '../../kube/end-pods.js';
import type { KubeObject, ObjectRef } from '../../smi/model.js';
import { apiError } from './refusals.js';
import { retryPassing } from './retry.js';

const READY_DEADLINE_MS = 60_000;
const DELETE_DEADLINE_MS = 180_000;
const CALL_DEADLINE_MS = 30_000;

/** Creates a namespace of this run. One that somebody else made is not touched, and above all not deleted later. */
export async function createNamespace(cluster: Cluster, name: string, signal: AbortSignal): Promise<void> {
  const { kube, labels } = cluster;
  const manifest: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    // Sidecars and their redirection may ask for more rights than a cluster gives to everybody.
    metadata: { name, labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'privileged' } },
  };
  const what = `namespace ${name}`;
  try {
    await retryPassing(
      async () => {
        const present = await kube.get(namespaceRef(name));
        if (present !== undefined) await settleNamesake(cluster, present, signal);
        await kube.apply(manifest);
      },
      { deadlineMs: CALL_DEADLINE_MS, signal },
    );
  } catch (error) {
    throw apiError(`create ${what}`, error);
  }
  await kube.waitFor(
    { apiVersion: 'v1', kind: 'ServiceAccount', namespace: name, name: 'default' },
    (account) => account !== undefined,
    { deadlineMs: READY_DEADLINE_MS, what: `the default service account of ${what}`, signal },
  );
}

/**
 * Tells a namespace of this run to go. Its pods are told first: Kubernetes deletes kind by kind, one namespace slowed down by the
 * other, and comes to pods late.
 */
export async function vacateNamespace({ kube, runId }: Cluster, name: string): Promise<void> {
  const present = await kube.get(namespaceRef(name));
  if (present === undefined || ownerOf(present) !== runId || isGoing(present)) return;
  await endPods(kube, name);
  await kube.delete(namespaceRef(name));
}

/** Deletes a namespace of this run with all that is in it, and waits until it is gone; one of anybody else stays. */
export async function deleteNamespace(cluster: Cluster, name: string): Promise<void> {
  const { kube, runId } = cluster;
  try {
    await vacateNamespace(cluster, name);
    const isGone = (object: KubeObject | undefined): boolean => object === undefined || ownerOf(object) !== runId;
    const what = `the end of namespace ${name}`;
    await kube.waitFor(namespaceRef(name), isGone, { deadlineMs: DELETE_DEADLINE_MS, what });
  } catch (error) {
    throw apiError(`delete namespace ${name}`, error);
  }
}

/** One that is going is waited for; one of this run is welcome. */
async function settleNamesake({ kube, runId }: Cluster, present: KubeObject, signal: AbortSignal): Promise<void> {
  const { name } = present.metadata;
  const owner = ownerOf(present);
  if (isGoing(present) && owner !== undefined) {
    await kube.waitFor(namespaceRef(name), (object) => object === undefined, {
      deadlineMs: DELETE_DEADLINE_MS,
      what: `the end of namespace ${name} of run ${owner}`,
      signal,
    });
  } else if (owner !== runId) {
    throw new HarnessError({
      code: 'E_NAMESPACE_EXISTS',
      message: `namespace ${name} exists already${owner === undefined ? '' : ` (it belongs to run ${owner})`}`,
      hint:
        owner === undefined
          ? 'it was not made by a run and is left alone: delete or rename it, or use another cluster'
          : 'wait for that run to end, or remove what it left with `meshgauge clean`',
    });
  }
}

const isGoing = ({ metadata }: KubeObject): boolean => metadata['deletionTimestamp'] !== undefined;

function ownerOf({ metadata }: KubeObject): string | undefined {
  return (metadata['labels'] as Readonly<Record<string, string>> | undefined)?.[RUN_LABEL];
}

function namespaceRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Namespace', namespace: '', name };
}
