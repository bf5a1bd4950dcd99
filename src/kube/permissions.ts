import type { ApiConnection } from './api-connection.js';
import type { Permission } from './kube.js';

interface Review {
  readonly status: { readonly allowed: boolean };
}

/** Asks the API about all permissions at once; gives those that are not granted, in the order asked. @throws KubeError */
export async function findMissingPermissions(
  api: ApiConnection,
  permissions: readonly Permission[],
): Promise<readonly Permission[]> {
  const granted = await Promise.all(permissions.map((permission) => isGranted(api, permission)));
  return permissions.filter((_permission, index) => granted[index] !== true);
}

async function isGranted(api: ApiConnection, permission: Permission): Promise<boolean> {
  const review = await api.json<Review>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: permission },
    },
  });
  return review.status.allowed;
}
