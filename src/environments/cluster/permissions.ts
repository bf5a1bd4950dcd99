import type { Permission } from '../../kube/kube.js';

const allow = (
  group: string,
  resource: string,
  verbs: readonly string[],
  subresource?: string,
): readonly Permission[] =>
  verbs.map((verb) => ({ verb, group, resource, ...(subresource !== undefined && { subresource }) }));

/** What the user of a context must be allowed to do so that pods of a run can live in the cluster. A mesh may need more. */
export const CLUSTER_PERMISSIONS: readonly Permission[] = [
  ...allow('', 'namespaces', ['get', 'list', 'watch', 'create', 'patch', 'delete']),
  ...allow('', 'pods', ['get', 'list', 'watch', 'create', 'patch', 'delete']),
  ...allow('', 'pods', ['get'], 'log'),
  ...allow('', 'pods', ['create', 'get'], 'portforward'),
  ...allow('', 'services', ['get', 'create', 'patch', 'delete']),
  ...allow('', 'secrets', ['create', 'patch', 'delete', 'get']),
  ...allow('', 'serviceaccounts', ['get', 'list', 'watch', 'create', 'patch']),
  ...allow('', 'events', ['list']),
  ...allow('discovery.k8s.io', 'endpointslices', ['list', 'watch']),
];

/** `create pods/portforward`, `list endpointslices.discovery.k8s.io`. */
export function describePermission({ verb, group, resource, subresource, namespace }: Permission): string {
  const what = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
