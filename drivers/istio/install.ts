/** Istio into a cluster, step by step; every step has registered how it is undone before it begins. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abortWhenHopeless, notReadyError } from '../../src/environments/cluster/not-ready.js';
import { chartPath } from '../../src/images/charts.js';
import { findTool } from '../../src/images/tools.js';
import { MESH_LABEL, type Cluster } from '../../src/kube/cluster.js';
import { endPods } from '../../src/kube/end-pods.js';
import { Helm, type UpgradeInstall } from '../../src/kube/helm.js';
import type { Kube } from '../../src/kube/kube.js';
import type { Teardown } from '../../src/run/teardown.js';
import type { KubeObject, ObjectRef } from '../../src/smi/model.js';
import { writeIstioBundle } from './debug-bundle.js';
import { NEEDED_DEFINITIONS, readDefinitions } from './gateway-api.js';
import {
  BASE,
  HUB,
  ISTIO_VERSION,
  ISTIOD,
  PILOT_IMAGE,
  PROXY_IMAGE,
  SYSTEM_NAMESPACE,
  TAG,
  VALUES_FILE,
} from './release.js';
import { CRD, definitionNames, findTraces, refKey } from './traces.js';

const READY_WITHIN_MS = 180_000;
const GONE_WITHIN_MS = 60_000;
const INJECTOR: ObjectRef = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  namespace: '',
  name: 'istio-sidecar-injector',
};
const VALIDATOR: ObjectRef = {
  apiVersion: INJECTOR.apiVersion,
  kind: 'ValidatingWebhookConfiguration',
  namespace: '',
  name: `istio-validator-${SYSTEM_NAMESPACE}`,
};

/** Resolves when istiod answers both its webhooks. @throws HarnessError E_MESH_NOT_READY, E_HELM, E_GATEWAY_API */
export async function installIstio(cluster: Cluster, teardown: Teardown): Promise<void> {
  const { kube } = cluster;
  const helm = new Helm({
    helmPath: await findTool('helm'),
    kubeconfigPath: kube.kubeconfigPath,
    context: kube.context,
  });
  await rememberWhatWasThere(cluster, teardown);
  await Promise.all([
    cluster.provideImages([PILOT_IMAGE, PROXY_IMAGE]),
    installGatewayApi(cluster, teardown),
    createNamespace(cluster, teardown),
  ]);
  await installChart(helm, teardown, { ...BASE, valuesFiles: [], set: {} });
  await startIstiod(cluster, helm, teardown);
  await cluster.discover();
}

/** @throws HarnessError E_MESH_NOT_READY, with a debug bundle */
async function startIstiod({ kube }: Cluster, helm: Helm, teardown: Teardown): Promise<void> {
  await using hopeless = await abortWhenHopeless(kube, SYSTEM_NAMESPACE);
  const { signal } = hopeless;
  const set = { 'global.hub': HUB, 'global.tag': TAG };
  try {
    await installChart(helm, teardown, { ...ISTIOD, valuesFiles: [VALUES_FILE], set, signal });
    await Promise.all([awaitWebhook(kube, INJECTOR), awaitWebhook(kube, VALIDATOR)]);
  } catch (cause) {
    const bundle = await mkdtemp(join(tmpdir(), 'meshgauge-istio-'));
    await writeIstioBundle(bundle, kube, [], []);
    throw await notReadyError(kube, SYSTEM_NAMESPACE, { cause, bundle });
  }
}

/** Runs last: what Helm keeps and what istiod made at run time goes; what was there before stays. */
async function rememberWhatWasThere({ kube }: Cluster, teardown: Teardown): Promise<void> {
  const before = new Set((await findTraces(kube)).map(refKey));
  teardown.defer('what Istio leaves in the cluster', async () => {
    const left = (await findTraces(kube)).filter((ref) => !before.has(refKey(ref)));
    await Promise.all(left.map((ref) => kube.delete(ref, { waitMs: GONE_WITHIN_MS })));
  });
}

async function installGatewayApi({ kube, labels }: Cluster, teardown: Teardown): Promise<void> {
  const present = await definitionNames(kube);
  if (NEEDED_DEFINITIONS.every((name) => present.has(name))) return;
  const missing = (await readDefinitions()).filter(({ metadata }) => !present.has(metadata.name));
  teardown.defer('the Gateway API', async () => {
    const refs = missing.map(({ metadata }) => ({ ...CRD, namespace: '', name: metadata.name }));
    await Promise.all(refs.map((ref) => kube.delete(ref, { waitMs: GONE_WITHIN_MS })));
  });
  await Promise.all(missing.map((definition) => kube.apply(withLabels(definition, labels))));
}

async function createNamespace({ kube, labels }: Cluster, teardown: Teardown): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: SYSTEM_NAMESPACE };
  if ((await kube.get(ref)) !== undefined) return;
  teardown.defer(`namespace ${SYSTEM_NAMESPACE}`, async () => {
    // istiod takes half a minute to leave, waiting for proxies that are gone by now.
    await endPods(kube, SYSTEM_NAMESPACE, { waitMs: GONE_WITHIN_MS });
    await kube.delete(ref, { waitMs: GONE_WITHIN_MS });
  });
  await kube.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: SYSTEM_NAMESPACE, labels: { ...labels, [MESH_LABEL]: 'istio' } },
  });
}

async function installChart(
  helm: Helm,
  teardown: Teardown,
  wanted: { readonly chart: string; readonly release: string } & Pick<UpgradeInstall, 'valuesFiles' | 'set' | 'signal'>,
): Promise<void> {
  const { release, chart: name, ...values } = wanted;
  const location = await chartPath(name, ISTIO_VERSION);
  teardown.defer(`release ${release}`, async () => {
    await helm.uninstall(release, SYSTEM_NAMESPACE, GONE_WITHIN_MS);
  });
  await helm.upgradeInstall({
    ...location,
    ...values,
    release,
    namespace: SYSTEM_NAMESPACE,
    createNamespace: false,
    timeoutMs: READY_WITHIN_MS,
  });
}

/** istiod writes its own certificate into the hook once it serves; before that pods would start without a proxy. */
async function awaitWebhook(kube: Kube, hook: ObjectRef): Promise<void> {
  const isServed = (object: KubeObject | undefined): boolean => {
    const webhooks = object?.['webhooks'] as readonly { clientConfig?: { caBundle?: string } }[] | undefined;
    return webhooks !== undefined && webhooks.every(({ clientConfig }) => (clientConfig?.caBundle ?? '') !== '');
  };
  await kube.waitFor(hook, isServed, { deadlineMs: READY_WITHIN_MS, what: `istiod to serve ${hook.name}` });
}

function withLabels(object: KubeObject, labels: Readonly<Record<string, string>>): KubeObject {
  const own = object.metadata['labels'] as Readonly<Record<string, string>> | undefined;
  return { ...object, metadata: { ...object.metadata, labels: { ...own, ...labels } } };
}
