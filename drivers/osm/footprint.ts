/** What Open Service Mesh leaves in a cluster outside its Helm release: its programs make most of it themselves. */
import { HarnessError } from '../../src/errors/harness-error.js';
import type { Kube } from '../../src/kube/kube.js';
import type { KubeObject, ObjectRef } from '../../src/smi/model.js';
import { OWN } from './installation.js';

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly belongs: (object: KubeObject) => boolean;
}

const GONE_WITHIN_MS = 60_000;

/** In the order to remove: a webhook without a server behind it would refuse what comes after. */
const KINDS: readonly Kind[] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    belongs: ({ metadata }) => metadata.name.startsWith('osm-webhook-'),
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    belongs: ({ metadata }) => metadata.name.startsWith('osm-validator-'),
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    belongs: ({ metadata }) => /\.(smi-spec|openservicemesh)\.io$/.test(metadata.name),
  },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', belongs: isLabelled },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', belongs: isLabelled },
  { apiVersion: 'v1', kind: 'Namespace', belongs: ({ metadata }) => metadata.name === OWN.namespace },
];

/** Everything of it that is in the cluster now, in the order to remove. */
export async function findFootprint(kube: Kube): Promise<readonly KubeObject[]> {
  const found = await Promise.all(
    KINDS.map(async ({ apiVersion, kind, belongs }) =>
      // Objects of a list do not repeat what they are.
      (await kube.list({ apiVersion, kind })).map((object) => ({ ...object, apiVersion, kind })).filter(belongs),
    ),
  );
  return found.flat();
}

/** The same, by reference. */
export async function findRemains(kube: Kube): Promise<readonly ObjectRef[]> {
  return (await findFootprint(kube)).filter(({ kind }) => kind !== 'Namespace').map(refOf);
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

export function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.name}`;
}

/** What came since `before`. */
async function findAdditions(kube: Kube, before: ReadonlySet<string>): Promise<readonly KubeObject[]> {
  return (await findFootprint(kube)).filter((object) => !before.has(keyOf(object)));
}

/** Says of everything that came since `before` that it is the run's, so that it is found even if this process ends first. */
export async function labelAdditions(
  kube: Kube,
  before: ReadonlySet<string>,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  for (const object of await findAdditions(kube, before)) await kube.patch(refOf(object), { metadata: { labels } });
}

/** Removes what came since `before`, and nothing else. @throws HarnessError E_MESH_LEFTOVERS with what would not go, and why. */
export async function removeAdditions(kube: Kube, before: ReadonlySet<string>): Promise<void> {
  const reasons: string[] = [];
  for (const object of await findAdditions(kube, before)) {
    await kube.delete(refOf(object), { waitMs: GONE_WITHIN_MS }).catch((error: unknown) => {
      reasons.push(error instanceof Error ? error.message : String(error));
    });
  }
  const left = await findAdditions(kube, before);
  if (left.length === 0) return;
  throw new HarnessError({
    code: 'E_MESH_LEFTOVERS',
    message: `Open Service Mesh is not wholly gone: ${left.map(keyOf).join(', ')} (${reasons.join('; ') || 'made anew after their removal'})`,
    hint: 'remove them with kubectl; a finalizer that nobody serves any more has to be taken out by hand',
  });
}

function isLabelled({ metadata }: KubeObject): boolean {
  const labels = metadata['labels'] as Readonly<Record<string, string>> | undefined;
  return labels?.['app.kubernetes.io/name'] === 'openservicemesh.io';
}
