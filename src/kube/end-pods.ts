import type { Kube } from './kube.js';

/** Tells every pod of a namespace to end within a second; with `waitMs`, resolves once they are gone. @throws KubeError */
export async function endPods(
  kube: Kube,
  namespace: string,
  options: { readonly waitMs?: number } = {},
): Promise<void> {
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace });
  await Promise.all(
    pods.map(({ apiVersion, kind, metadata: { name } }) =>
      kube.delete({ apiVersion, kind, namespace, name }, { gracePeriodSeconds: 1, ...options }),
    ),
  );
}
