/** Everything of Istio that is not in a run's own namespaces: how to see that it is there, and what an uninstall leaves behind. */
import { KubeError, type KindRef, type Kube } from '../../src/kube/kube.js';
import type { KubeObject, ObjectRef } from '../../src/smi/model.js';

export const CRD: KindRef = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
const ADMISSION = 'admissionregistration.k8s.io/v1';
/** istiod makes some of these at run time, so Helm does not know them. */
const LEFT_BY_ISTIOD: readonly { readonly kind: KindRef; readonly name: RegExp }[] = [
  { kind: CRD, name: /\.istio\.io$/ },
  { kind: { apiVersion: ADMISSION, kind: 'MutatingWebhookConfiguration' }, name: /^istio-/ },
  { kind: { apiVersion: ADMISSION, kind: 'ValidatingWebhookConfiguration' }, name: /^istio(d-default)?-/ },
  { kind: { apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicy' }, name: /istio/ },
  { kind: { apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicyBinding' }, name: /istio/ },
  // GatewayClasses that istiod offers as soon as the kind is there.
  { kind: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' }, name: /^istio(-|$)/ },
];

/** Cluster-wide objects of Istio. */
export async function findTraces(kube: Kube): Promise<readonly ObjectRef[]> {
  const found = await Promise.all(
    LEFT_BY_ISTIOD.map(async ({ kind, name }) =>
      (await listIfServed(kube, kind)).filter(({ metadata }) => name.test(metadata.name)),
    ),
  );
  return found
    .flat()
    .map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, namespace: '', name: metadata.name }));
}

const ROLES: readonly KindRef[] = ['ClusterRoleBinding', 'ClusterRole'].map((kind) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
}));

/** What an installation puts beside its namespace, in the order to remove: hooks without a server behind them would refuse what comes after. */
export async function findRemains(kube: Kube): Promise<readonly ObjectRef[]> {
  const traces = await findTraces(kube);
  const isHook = ({ kind }: ObjectRef): boolean => kind.endsWith('WebhookConfiguration');
  const roles = await Promise.all(
    ROLES.map(async (ref) => {
      const own = (await kube.list(ref)).filter(({ metadata }) => /^istiod?-/.test(metadata.name));
      return own.map(({ metadata }) => ({ ...ref, namespace: '', name: metadata.name }));
    }),
  );
  return [...traces.filter(isHook), ...traces.filter((ref) => !isHook(ref)), ...roles.flat()];
}

/** Deployments of istiod, in any namespace. */
export async function findControlPlanes(kube: Kube): Promise<readonly KubeObject[]> {
  return kube.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { labelSelector: 'app=istiod' });
}

/** Names of the definitions that are there. */
export async function definitionNames(kube: Kube): Promise<ReadonlySet<string>> {
  return new Set((await kube.list(CRD)).map(({ metadata }) => metadata.name));
}

export function refKey({ kind, namespace, name }: ObjectRef): string {
  return `${kind}/${namespace}/${name}`;
}

async function listIfServed(kube: Kube, kind: KindRef): Promise<readonly KubeObject[]> {
  try {
    return await kube.list(kind);
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return [];
    throw error;
  }
}
