/** Istio: SMI translated into AuthorizationPolicies, EnvoyFilters and routes of the Gateway API. */
import { badInput } from '../../src/errors/harness-error.js';
import type { Environment } from '../../src/environments/environment.js';
import { PINS } from '../../src/images/pins.js';
import { deploymentSwitch } from '../../src/kube/deployment-switch.js';
import { readDeviations } from '../../src/mesh/deviations.js';
import type { Capabilities, InstalledMesh, InstallOptions, MeshDriver } from '../../src/mesh/driver.js';
import { Teardown } from '../../src/run/teardown.js';
import { installIstio } from './install.js';
import { IstioMesh } from './installed-mesh.js';
import { readOptions } from './options.js';
import { findProblems, noCluster } from './preflight.js';
import { DEVIATIONS_FILE, GATEWAY_API_VERSION, ISTIO_VERSION, ISTIOD, SYSTEM_NAMESPACE } from './release.js';
import { STATISTICS } from './statistics.js';
import { findRemains } from './traces.js';

const CAPABILITIES: Capabilities = {
  access: ['v1alpha3', 'v1alpha2', 'v1alpha1'],
  specs: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  split: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  headers: ['map', 'list'],
  kinds: ['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'TrafficSplit'],
  protocols: ['http', 'tcp'],
  mtls: ['strict', 'permissive'],
  features: [
    'default-allow',
    'deny-by-default',
    'dynamic-services',
    'split-matches',
    'starts-during-changes',
    'tcp-split',
    'traffic-metrics',
  ],
  identity: 'service-account',
};

const CONTROL_PLANE = { namespace: SYSTEM_NAMESPACE, names: [ISTIOD.release], deadlineMs: 180_000 } as const;

export const driver: MeshDriver = {
  name: 'istio',
  description: 'Istio with sidecars; SMI is translated into its policies and into Gateway API routes',
  versions: { mesh: ISTIO_VERSION, envoy: PINS.envoy.version, 'gateway-api': GATEWAY_API_VERSION },
  environments: ['kind', 'k3s', 'existing'],
  deviations: () => readDeviations(DEVIATIONS_FILE),
  capabilities: () => CAPABILITIES,
  preflight: findProblems,
  install,
  remains: findRemains,
  statistics: STATISTICS,
};

async function install(
  env: Environment,
  { faults, options: given, metrics = false }: InstallOptions,
): Promise<InstalledMesh> {
  if (faults.length > 0)
    throw badInput(
      'E_UNKNOWN_FAULT',
      `no fault of Istio is called ${faults.join(', ')}`,
      'Istio can be given no faults.',
    );
  const { cluster } = env;
  if (cluster === undefined) {
    const { code, message, hint } = noCluster(env);
    throw badInput(code, message, hint);
  }
  const options = readOptions(given);
  const teardown = new Teardown();
  try {
    if (options.adopt) await cluster.discover();
    else await installIstio(cluster, teardown);
    const own = options.adopt ? {} : { controlPlane: deploymentSwitch(cluster.kube, CONTROL_PLANE) };
    return new IstioMesh({ driver, capabilities: CAPABILITIES, env, cluster, options, metrics, teardown, ...own });
  } catch (error) {
    await teardown.run();
    throw error;
  }
}
