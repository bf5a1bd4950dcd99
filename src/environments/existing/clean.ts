/** What runs left in somebody's cluster: objects that carry a run's label, webhooks first so that nothing blocks the rest. */
import { HarnessError } from '../../errors/harness-error.js';
import { MESH_LABEL, RUN_LABEL } from '../../kube/cluster.js';
import { KubeError, type KindRef, type Kube } from '../../kube/kube.js';
import type { ObjectRef } from '../../smi/model.js';
import type { RunState } from '../local/clean.js';

/**
 * Kinds that a run may put beside its namespaces, in the order to remove them; a namespace takes along all that is inside, and does
 * not go while an API that is served from somewhere does not answer.
 */
const KINDS: readonly KindRef[] = [
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
  { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' },
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
  { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
];
const GONE_WITHIN_MS = 120_000;

export interface ObjectLeftovers {
  /** `Namespace mg-abc-srv` */
  readonly objects: readonly string[];
  /** Runs with objects in the cluster that this machine knows nothing of: left alone. */
  readonly unknownRuns: readonly string[];
}

export interface CleanObjectsOptions {
  readonly dryRun: boolean;
  /** State of every known run, by id. */
  readonly runs: ReadonlyMap<string, RunState>;
  /** Runs the user knows to be over, whatever is known here. */
  readonly named: ReadonlySet<string>;
  /** What a mesh of this name puts into a cluster beside its namespace, in the order to remove. */
  readonly remainsOf: (mesh: string) => Promise<readonly ObjectRef[]>;
}

export async function cleanObjects(kube: Kube, options: CleanObjectsOptions): Promise<ObjectLeftovers> {
  const removed: string[] = [];
  const unknownRuns = new Set<string>();
  for (const ref of await listRemains(kube, options)) {
    removed.push(`${ref.kind} ${ref.name}`);
    if (!options.dryRun) await kube.delete(ref, { waitMs: GONE_WITHIN_MS });
  }
  for (const kind of KINDS) {
    for (const { name, runId } of await listLabelled(kube, kind)) {
      if (isOver(runId, options)) {
        removed.push(`${kind.kind} ${name}`);
        if (!options.dryRun) await kube.delete({ ...kind, name, namespace: '' }, { waitMs: GONE_WITHIN_MS });
      } else if (!options.runs.has(runId)) unknownRuns.add(runId);
    }
  }
  return { objects: removed, unknownRuns: [...unknownRuns] };
}

/** Of meshes that a run installed which is over: it may have ended before it could label what they made. */
async function listRemains(kube: Kube, options: CleanObjectsOptions): Promise<readonly ObjectRef[]> {
  const namespaces = await listLabelled(kube, { apiVersion: 'v1', kind: 'Namespace' });
  const meshes = new Set(
    namespaces.flatMap(({ mesh, runId }) => (mesh !== undefined && isOver(runId, options) ? mesh : [])),
  );
  const remains = await Promise.all([...meshes].map((mesh) => options.remainsOf(mesh)));
  return remains.flat();
}

/** A run that is going on is never touched, not even by name. */
function isOver(runId: string, { runs, named }: Pick<CleanObjectsOptions, 'runs' | 'named'>): boolean {
  const state = runs.get(runId);
  return state === 'dead' || (named.has(runId) && state !== 'alive');
}

interface Labelled {
  readonly name: string;
  readonly runId: string;
  readonly mesh?: string;
}

async function listLabelled(kube: Kube, kind: KindRef): Promise<readonly Labelled[]> {
  try {
    const objects = await kube.list(kind, { labelSelector: RUN_LABEL });
    return objects.map(({ metadata }) => {
      const labels = metadata['labels'] as Readonly<Record<string, string>> | undefined;
      const mesh = labels?.[MESH_LABEL];
      return { name: metadata.name, runId: labels?.[RUN_LABEL] ?? '', ...(mesh === undefined ? {} : { mesh }) };
    });
  } catch (cause) {
    if (!(cause instanceof KubeError)) throw cause;
    throw new HarnessError({
      code: 'E_CLUSTER_UNREACHABLE',
      message: `cannot list ${kind.kind} in context ${kube.context}: ${cause.message}`,
      hint: `does "kubectl --context ${kube.context} get ${kind.kind.toLowerCase()}" answer?`,
      cause,
    });
  }
}
