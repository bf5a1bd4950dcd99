/** Brings the reference mesh into a cluster: CRDs, the control plane's pod, the admission hook. */
import { randomBytes } from 'node:crypto';
import type { Environment } from '../../../src/environments/environment.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { envoyImageRef } from '../../../src/images/agent-image.js';
import type { Cluster } from '../../../src/kube/cluster.js';
import type { Permission } from '../../../src/kube/kube.js';
import { metricsApiService, readAggregator } from '../../../src/metrics/aggregated.js';
import type { Capabilities, InstalledMesh, MeshDriver, Problem } from '../../../src/mesh/driver.js';
import { Teardown } from '../../../src/run/teardown.js';
import type { KubeObject, ObjectRef } from '../../../src/smi/model.js';
import { ControlClient } from './control-client.js';
import { CONTROL_PLANE_PORTS, MESH_LABEL, type ControlPlaneConfig } from './control-protocol.js';
import { findForeignCrds, installCrds } from './crds.js';
import { controlPlaneImage } from './image.js';
import { InClusterMesh } from './installed-mesh.js';
import { awaitMetricsApi, METRICS_SERVICE_PORT } from './metrics-api.js';
import {
  admissionHook,
  ADMISSION_HOST,
  CONTROL_PLANE,
  CONTROL_PLANE_NAMESPACE,
  controlPlanePod,
  groundManifests,
} from './manifests.js';

const START_DEADLINE_MS = 90_000;
const REMOVE_DEADLINE_MS = 60_000;
const LOG_LINES_SHOWN = 5;

const NEEDED: readonly Permission[] = [
  { verb: 'create', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { verb: 'delete', group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { verb: 'create', group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations' },
  { verb: 'patch', group: '', resource: 'namespaces' },
];

export interface InClusterSetting {
  readonly driver: MeshDriver;
  readonly capabilities: Capabilities;
  readonly env: Environment;
  readonly cluster: Cluster;
  readonly faults: readonly string[];
  readonly xds: 'sotw' | 'delta';
  /** Present where traffic metrics are wanted from the mesh itself. */
  readonly metricsWindowMs?: number;
}

/** What keeps the mesh out of this cluster. */
export async function findClusterProblems(cluster: Cluster): Promise<readonly Problem[]> {
  const missing = await cluster.kube.missingPermissions(NEEDED);
  const lacking = missing.map(({ verb, group, resource }) => `${verb} ${resource}${group === '' ? '' : `.${group}`}`);
  const forbidden: Problem = {
    code: 'E_REFERENCE_PERMISSIONS',
    message: `the reference mesh needs rights that this user lacks: ${lacking.join(', ')}`,
    hint: 'use a context whose user may install cluster-wide objects',
  };
  return [...(missing.length === 0 ? [] : [forbidden]), ...(await findForeignCrds(cluster))];
}

/** If it fails half-way, what was done is undone. */
export async function installInCluster(setting: InClusterSetting): Promise<InstalledMesh> {
  const { cluster, faults, metricsWindowMs } = setting;
  const teardown = new Teardown();
  try {
    const images = { controlPlane: controlPlaneImage().ref, envoy: envoyImageRef() };
    await cluster.provideImages([images.controlPlane, images.envoy]);
    await installCrds(cluster, teardown);
    const token = randomBytes(24).toString('base64url');
    const metrics =
      metricsWindowMs === undefined
        ? {}
        : { metrics: { windowMs: metricsWindowMs, ...(await readAggregator(cluster.kube)) } };
    const config = { token, faults: [...faults], admissionHost: ADMISSION_HOST, ...metrics };
    const xdsHost = await startControlPlane(cluster, config, images.controlPlane, teardown);
    const control = new ControlClient(
      () =>
        cluster.kube.connect({ namespace: CONTROL_PLANE_NAMESPACE, pod: CONTROL_PLANE }, CONTROL_PLANE_PORTS.control),
      token,
    );
    const health = await control.health();
    const hook = admissionHook(cluster.labels, { [MESH_LABEL]: cluster.runId }, health.caPem);
    await add(cluster, hook, teardown);
    if (metricsWindowMs !== undefined) await exposeMetrics(cluster, health.caPem, teardown);
    await cluster.discover();
    return new InClusterMesh({ ...setting, control, health, xdsHost, envoyImage: images.envoy, teardown });
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

/** Answers the address at which proxies find it. */
async function startControlPlane(
  cluster: Cluster,
  config: ControlPlaneConfig,
  image: string,
  teardown: Teardown,
): Promise<string> {
  const { kube, labels } = cluster;
  let service: KubeObject | undefined;
  for (const object of groundManifests(labels, config)) {
    const added = await add(cluster, object, teardown);
    if (added.kind === 'Service') service = added;
  }
  const pod = await kube.apply(controlPlanePod(labels, image));
  await kube.waitFor(refOf(pod), hasDecided, {
    deadlineMs: START_DEADLINE_MS,
    what: `the pod ${CONTROL_PLANE_NAMESPACE}/${CONTROL_PLANE} to be ready`,
  });
  const now = await kube.get(refOf(pod));
  if (now === undefined || !isReady(now)) throw await startError(cluster, now);
  return (service?.['spec'] as { clusterIP?: string } | undefined)?.clusterIP ?? ADMISSION_HOST;
}

/** Puts one object there, to be removed again. What is inside our namespace goes with it. */
async function add({ kube }: Cluster, object: KubeObject, teardown: Teardown): Promise<KubeObject> {
  if (object.metadata.namespace === undefined) {
    teardown.defer(`${object.kind} ${object.metadata.name}`, async () => {
      await kube.delete(refOf(object), { waitMs: REMOVE_DEADLINE_MS });
    });
  }
  return kube.apply(object);
}

/** Goes before the pod that answers: while it leads nowhere, no namespace can be removed. */
async function exposeMetrics(cluster: Cluster, caPem: string, teardown: Teardown): Promise<void> {
  const place = { namespace: CONTROL_PLANE_NAMESPACE, name: CONTROL_PLANE, port: METRICS_SERVICE_PORT.port };
  const service = metricsApiService(cluster.labels, caPem, place);
  await add(cluster, service, teardown);
  await awaitMetricsApi(cluster.kube, service);
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[];
}

function statusOf(pod: KubeObject | undefined): PodStatus {
  return (pod?.['status'] ?? {}) as PodStatus;
}

function isReady(pod: KubeObject): boolean {
  return statusOf(pod).conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Ready, or certain never to be. */
function hasDecided(pod: KubeObject | undefined): boolean {
  if (pod === undefined) return false;
  return isReady(pod) || statusOf(pod).phase === 'Failed' || waitingReason(pod) !== undefined;
}

function waitingReason(pod: KubeObject | undefined): string | undefined {
  const reasons = statusOf(pod).containerStatuses?.map(({ state }) => state?.waiting?.reason ?? '') ?? [];
  return reasons.find((reason) => /^(ErrImage|ImagePull|InvalidImage|CreateContainer.*Error)/.test(reason));
}

async function startError({ kube }: Cluster, pod: KubeObject | undefined): Promise<HarnessError> {
  const log = await kube
    .logs({ namespace: CONTROL_PLANE_NAMESPACE, pod: CONTROL_PLANE }, { tailLines: LOG_LINES_SHOWN })
    .catch(() => '');
  const why = waitingReason(pod) ?? (log.trim() || `phase ${statusOf(pod).phase ?? 'unknown'}`);
  return new HarnessError({
    code: 'E_CONTROL_PLANE_START',
    message: `the control plane of the reference mesh does not start in its pod: ${why}`,
    hint: 'an image that is missing is made by "meshgauge images build" and brought in by "meshgauge images load"',
  });
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}
