/** Open Service Mesh: it reads SMI objects itself, so nothing is translated. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abortWhenHopeless, notReadyError } from '../../src/environments/cluster/not-ready.js';
import type { Environment } from '../../src/environments/environment.js';
import { badInput, HarnessError } from '../../src/errors/harness-error.js';
import { chartPath } from '../../src/images/charts.js';
import { findTool } from '../../src/images/tools.js';
import { MESH_LABEL, type Cluster } from '../../src/kube/cluster.js';
import { deploymentSwitch } from '../../src/kube/deployment-switch.js';
import { Helm } from '../../src/kube/helm.js';
import type { InstalledMesh, InstallOptions, MeshDriver } from '../../src/mesh/driver.js';
import { readDeviations } from '../../src/mesh/deviations.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { Teardown } from '../../src/run/teardown.js';
import { CAPABILITIES } from './capabilities.js';
import { awaitControlPlane } from './control-plane.js';
import { writeControlPlaneBundle } from './debug-bundle.js';
import { findFootprint, findRemains, keyOf, labelAdditions, removeAdditions } from './footprint.js';
import { CONTROLLER, findInstallations, OWN, RELEASE, type Installation } from './installation.js';
import { osmImages } from './images.js';
import { OsmMesh } from './installed-mesh.js';
import { readOptions, type OsmOptions } from './options.js';
import { findProblems, NOTHING_TO_ADOPT, unsupportedEnvironment } from './preflight.js';
import { STATISTICS } from './statistics.js';
import { CHART_REPOSITORY, ENVIRONMENTS, ENVOY_VERSION, IMAGE_VALUES, IMAGES, OSM_VERSION } from './versions.js';

const VALUES_FILE = join(PACKAGE_ROOT, 'drivers/osm/values.yaml');
const DEVIATIONS_FILE = join(PACKAGE_ROOT, 'drivers/osm/deviations.yaml');
const REMOVED_WITHIN_MS = 90_000;

export const driver: MeshDriver = {
  name: 'osm',
  description: 'Open Service Mesh: SMI natively, with an Envoy in each pod',
  versions: { mesh: OSM_VERSION, envoy: ENVOY_VERSION },
  environments: ENVIRONMENTS,
  // Changes are gathered: 2 s after the last one, 10 s after the first at the latest.
  convergeDeadlineMs: 15_000,
  images: () => osmImages.images,
  deviations: () => readDeviations(DEVIATIONS_FILE),
  capabilities: () => CAPABILITIES,
  preflight: findProblems,
  install: installMesh,
  remains: findRemains,
  statistics: STATISTICS,
};

async function installMesh(env: Environment, { faults, options }: InstallOptions): Promise<InstalledMesh> {
  if (faults.length > 0)
    throw badInput(
      'E_UNKNOWN_FAULT',
      `Open Service Mesh has no faults to choose from: ${faults.join(', ')}`,
      'Leave --fault out, or choose the reference mesh.',
    );
  const { cluster } = env;
  if (cluster === undefined) {
    const { code, message, hint } = unsupportedEnvironment(env.name);
    throw badInput(code, message, hint);
  }
  const wanted = readOptions(options);
  const teardown = new Teardown();
  const installation = wanted.adopt ? await adopt(cluster, wanted) : await bringUp(cluster, wanted, teardown);
  const controlPlane = deploymentSwitch(cluster.kube, {
    namespace: installation.namespace,
    names: [CONTROLLER],
    deadlineMs: wanted.readyDeadlineMs,
  });
  const own = wanted.adopt ? {} : { controlPlane };
  return new OsmMesh({ driver, env, cluster, installation, teardown, ...own });
}

/** @throws HarnessError E_MESH_ABSENT */
async function adopt(cluster: Cluster, { readyDeadlineMs }: OsmOptions): Promise<Installation> {
  const [running] = await findInstallations(cluster.kube);
  if (running === undefined) throw new HarnessError(NOTHING_TO_ADOPT);
  await awaitControlPlane(cluster.kube, running, readyDeadlineMs);
  await cluster.discover();
  return running;
}

/** Registers in `teardown` how to undo it, and undoes it when it fails. */
async function bringUp(cluster: Cluster, options: OsmOptions, teardown: Teardown): Promise<Installation> {
  const { kube, labels } = cluster;
  const helm = await openHelm(cluster);
  const chart = await chartPath('osm', OSM_VERSION, CHART_REPOSITORY);
  await cluster.provideImages(IMAGES);
  const before = new Set((await findFootprint(kube)).map(keyOf));
  teardown.defer('definitions, webhooks and namespace', () => removeAdditions(kube, before));
  teardown.defer('the Helm release', async () => {
    await helm.uninstall(RELEASE, OWN.namespace, REMOVED_WITHIN_MS);
  });
  try {
    await kube.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: OWN.namespace, labels: { ...labels, [MESH_LABEL]: 'osm' } },
    });
    await startControlPlane(cluster, helm, chart, options);
    await labelAdditions(kube, before, labels);
    await cluster.discover();
    return OWN;
  } catch (error) {
    const failures = await teardown.run();
    if (failures.length === 0) throw error;
    throw new HarnessError({
      code: 'E_TEARDOWN',
      message: `Open Service Mesh could not be installed (${String(error)}), and not wholly removed either: ${failures.join('; ')}`,
      hint: `remove what is left with helm uninstall ${RELEASE} and kubectl`,
      cause: error,
    });
  }
}

/** @throws HarnessError E_MESH_NOT_READY, with a debug bundle */
async function startControlPlane(
  { kube }: Cluster,
  helm: Helm,
  chart: Awaited<ReturnType<typeof chartPath>>,
  { readyDeadlineMs, valuesFile }: OsmOptions,
): Promise<void> {
  const end = performance.now() + readyDeadlineMs;
  await using hopeless = await abortWhenHopeless(kube, OWN.namespace);
  try {
    await helm.upgradeInstall({
      release: RELEASE,
      namespace: OWN.namespace,
      ...chart,
      ...(chart.repo === undefined ? {} : { version: OSM_VERSION }),
      valuesFiles: [VALUES_FILE, ...(valuesFile === undefined ? [] : [valuesFile])],
      set: IMAGE_VALUES,
      createNamespace: false,
      readinessPeriodSeconds: 1,
      timeoutMs: readyDeadlineMs,
      signal: hopeless.signal,
    });
    await awaitControlPlane(kube, OWN, end - performance.now());
  } catch (cause) {
    const bundle = await mkdtemp(join(tmpdir(), 'meshgauge-osm-'));
    await writeControlPlaneBundle(bundle, kube, OWN.namespace);
    throw await notReadyError(kube, OWN.namespace, { cause, bundle });
  }
}

/** Hooks of the chart only look for other meshes before, which preflight does, and clean up after, which we do wholly. */
async function openHelm({ kube }: Cluster): Promise<Helm> {
  const { kubeconfigPath, context } = kube;
  return new Helm({ helmPath: await findTool('helm'), kubeconfigPath, context, hooks: false });
}
