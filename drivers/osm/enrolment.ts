/** Taking a namespace into the mesh. The injector hears of it a little later than the API server: pods must not come in between. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HarnessError } from '../../src/errors/harness-error.js';
import { KubeError, type Kube } from '../../src/kube/kube.js';
import type { KubeObject } from '../../src/smi/model.js';

export const INJECTION = 'openservicemesh.io/sidecar-injection';
const MONITORED_BY = 'openservicemesh.io/monitored-by';
const PROXY_CONTAINER = 'envoy';

const DEADLINE_MS = 20_000;
const INTERVAL_MS = 100;

export async function enrolNamespace(
  kube: Kube,
  namespace: string,
  { meshName, labels }: { readonly meshName: string; readonly labels: Readonly<Record<string, string>> },
): Promise<void> {
  await kube.patch(
    { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace },
    {
      metadata: {
        // The container that redirects connections needs rights that stricter levels of pod security do not grant.
        labels: { [MONITORED_BY]: meshName, 'pod-security.kubernetes.io/enforce': 'privileged' },
        annotations: { [INJECTION]: 'enabled' },
      },
    },
  );
  await awaitInjection(kube, namespace, labels);
}

/** Makes pods that no node gets, until one comes back with a proxy in it. */
async function awaitInjection(kube: Kube, namespace: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  let seen = 'no pod was accepted';
  do {
    const name = `meshgauge-probe-${randomBytes(3).toString('hex')}`;
    try {
      const pod = await kube.apply(probePod(namespace, name, labels));
      await kube.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { gracePeriodSeconds: 0 });
      if (hasProxy(pod)) return;
      seen = 'pods come back without a proxy';
    } catch (error) {
      // A new namespace has no service account for an instant; an injector that does not answer yet refuses pods.
      if (!(error instanceof KubeError)) throw error;
      seen = error.message;
    }
    await delay(INTERVAL_MS);
  } while (performance.now() < end);
  throw new HarnessError({
    code: 'E_MESH_INJECTION',
    message: `no proxy is put into pods of namespace ${namespace} within ${DEADLINE_MS / 1000} s: ${seen}`,
    hint: 'look into the log of osm-injector; the API server must be able to reach it',
  });
}

export function hasProxy(pod: KubeObject): boolean {
  const { containers } = pod['spec'] as { readonly containers: readonly { readonly name: string }[] };
  return containers.some(({ name }) => name === PROXY_CONTAINER);
}

function probePod(namespace: string, name: string, labels: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { ...labels } },
    spec: {
      schedulingGates: [{ name: 'meshgauge.dev/probe' }],
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'probe', image: 'meshgauge.dev/never-started' }],
    },
  };
}
