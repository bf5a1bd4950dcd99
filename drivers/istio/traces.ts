/** Everything of Istio that is not in a run's own namespaces: how to see that it is there, and what an uninstall leaves behind. */
import { KubeError, type KindRef, type Kube } from '../../src/kube/kube.js';
import type { KubeObject, ObjectRef } from '../../src/smi/model.js';

export const CRD: KindRef = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
const ADMISSION = 'admissionregistration.k8s.io/v1';
interface Pattern {
  readonly kind: KindRef;
  readonly name: RegExp;
}

/** istiod makes some of these at run time, so Helm does not know them. In the order to remove: a hook without a server behind it would refuse what comes after. */
const LEFT_BY_ISTIOD: readonly Pattern[] = [
  { kind: { apiVersion: ADMISSION, kind: 'MutatingWebhookConfiguration' }, name: /^istio-/ },
  { kind: { apiVersion: ADMISSION, kind: 'ValidatingWebhookConfiguration' }, name: /^istio(d-default)?-/ },
  { kind: CRD, name: /\.istio\.io$/ },
  { kind: { apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicy' }, name: /istio/ },
  { kind: { apiVersion: ADMISSION, kind: 'ValidatingAdmissionPolicyBinding' }, name: /istio/ },
  // GatewayClasses that istiod offers as soon as the kind is there.
  { kind: { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass' }, name: /^istio(-|$)/ },
];
/** Helm takes these away, unless it was cut off. */
const ROLES: readonly Pattern[] = ['ClusterRoleBinding', 'ClusterRole'].map((kind) => ({
  kind: { apiVersion: 'rbac.authorization.k8s.io/v1', kind },
  name: /^istiod?-/,
}));

/** Cluster-wide objects of Istio that its charts do not take with them. */
export function findTraces(kube: Kube): Promise<readonly ObjectRef[]> {
  return findMatching(kube, LEFT_BY_ISTIOD);
}

/** What an installation puts beside its namespace, in the order to remove. */
export function findRemains(kube: Kube): Promise<readonly ObjectRef[]> {
  return findMatching(kube, [...LEFT_BY_ISTIOD, ...ROLES]);
}

async function findMatching(kube: Kube, patterns: readonly Pattern[]): Promise<readonly ObjectRef[]> {
  const found = await Promise.all(
    patterns.map(async ({ kind, name: pattern }) => {
      const names = (await listIfServed(kube, kind)).map(({ metadata }) => metadata.name);
      return names.filter((name) => pattern.test(name)).map((name) => ({ ...kind, namespace: '', name }));
    }),
  );
  return found.flat();
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
