/** Where an Open Service Mesh lives in a cluster, and finding the ones that are there. */
import type { Kube } from '../../src/kube/kube.js';
import type { KubeObject } from '../../src/smi/model.js';

export interface Installation {
  readonly namespace: string;
  /** Namespaces take part in a mesh by its name. */
  readonly meshName: string;
}

/** The one that this driver installs. */
export const OWN: Installation = { namespace: 'osm-system', meshName: 'osm' };
export const RELEASE = 'osm';
/** The one that proxies get their configuration from. */
export const CONTROLLER = 'osm-controller';
export const DEPLOYMENTS = ['osm-bootstrap', CONTROLLER, 'osm-injector'];

export interface FoundInstallation extends Installation {
  readonly version: string;
  readonly permissive: boolean;
}

/** Every control plane in the cluster, whoever installed it. */
export async function findInstallations(kube: Kube): Promise<readonly FoundInstallation[]> {
  const controllers = await kube.list(
    { apiVersion: 'apps/v1', kind: 'Deployment' },
    { labelSelector: 'app=osm-controller' },
  );
  return Promise.all(
    controllers.map(async ({ metadata }) => {
      const labels = metadata['labels'] as Readonly<Record<string, string>>;
      const namespace = metadata.namespace ?? '';
      return {
        namespace,
        meshName: labels['meshName'] ?? OWN.meshName,
        version: labels['app.kubernetes.io/version'] ?? 'unknown',
        permissive: isPermissive(await readMeshConfig(kube, namespace)),
      };
    }),
  );
}

export function readMeshConfig(kube: Kube, namespace: string): Promise<KubeObject | undefined> {
  return kube.get({
    apiVersion: 'config.openservicemesh.io/v1alpha2',
    kind: 'MeshConfig',
    namespace,
    name: 'osm-mesh-config',
  });
}

/** The mode in which nothing is denied: one for the whole mesh. */
function isPermissive(meshConfig: KubeObject | undefined): boolean {
  const spec = meshConfig?.['spec'] as
    { readonly traffic?: { readonly enablePermissiveTrafficPolicyMode?: boolean } } | undefined;
  return spec?.traffic?.enablePermissiveTrafficPolicyMode === true;
}
