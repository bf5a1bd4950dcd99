import type { Permission } from '../../kube/kube.js';

const SMI_KINDS: Readonly<Record<string, readonly string[]>> = {
  'access.smi-spec.io': ['traffictargets'],
  'specs.smi-spec.io': ['httproutegroups', 'tcproutes', 'udproutes'],
  'split.smi-spec.io': ['trafficsplits'],
};

/** What stating policy takes, with any mesh. */
const POLICY: readonly Permission[] = Object.entries(SMI_KINDS).flatMap(([group, resources]) =>
  resources.flatMap((resource) => allow(group, resource, ['get', 'patch', 'create', 'delete'])),
);

/** What reading a mesh's proxies takes. */
const LOOK: readonly Permission[] = [
  ...allow('', 'pods', ['create', 'get'], 'exec'),
  ...allow('', 'pods', ['get'], 'log'),
];

/** What installing a mesh takes, and removing it. */
const INSTALL: readonly Permission[] = [
  ...allow('', 'configmaps', ['get', 'list', 'create', 'patch', 'delete']),
  ...allow('apps', 'deployments', ['get', 'list', 'watch', 'create', 'patch', 'delete']),
  ...allow('apiextensions.k8s.io', 'customresourcedefinitions', ['get', 'list', 'create', 'patch', 'delete']),
  ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].flatMap((resource) =>
    allow('rbac.authorization.k8s.io', resource, ['get', 'create', 'patch', 'delete']),
  ),
  ...['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'].flatMap((resource) =>
    allow('admissionregistration.k8s.io', resource, ['get', 'list', 'create', 'patch', 'delete']),
  ),
];

/** What any mesh driver needs of a cluster, beside what the workloads need. @param adopt true for a mesh that is there already. */
export function meshPermissions(adopt: boolean): readonly Permission[] {
  return [...POLICY, ...LOOK, ...(adopt ? [] : INSTALL)];
}

function allow(group: string, resource: string, verbs: readonly string[], subresource?: string): readonly Permission[] {
  return verbs.map((verb) => ({ verb, group, resource, ...(subresource === undefined ? {} : { subresource }) }));
}
