/** Sidecars that nothing runs for, as istiod sees them: its plaintext port asks for no identity. */
import type { Usage } from '../../fixtures/agent/protocol.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import type { Kube } from '../../src/kube/kube.js';
import { forwardPort } from '../../src/kube/local-forward.js';
import type { SimulatedPod, SimulatedProxies, XdsNode } from '../../src/mesh/driver.js';
import { getPage } from '../envoy/admin.js';
import { ISTIO_VERSION, SYSTEM_NAMESPACE, TRUST_DOMAIN } from './release.js';

const PORTS = { xds: 15_010, metrics: 15_014 } as const;
/** Through the API server connections are dear, so many proxies share one. */
const PROXIES_PER_CONNECTION = 50;
/** The name that istiod knows its own cluster by. */
const CLUSTER_ID = 'Kubernetes';

export async function simulateSidecars(kube: Kube, pods: readonly SimulatedPod[]): Promise<SimulatedProxies> {
  const forward = await forwardPort(kube, await findIstiod(kube), PORTS.xds);
  return {
    nodes: pods.map(toNode),
    server: { host: forward.host, port: forward.port, proxiesPerConnection: PROXIES_PER_CONNECTION },
    // istiod forgets a proxy when its stream ends.
    [Symbol.asyncDispose]: () => forward[Symbol.asyncDispose](),
  };
}

/** As istiod's own metrics tell it, in steps of 10 ms of processor time. */
export async function istiodUsage(kube: Kube): Promise<Usage> {
  const istiod = await findIstiod(kube);
  const page = await getPage(() => kube.connect(istiod, PORTS.metrics), '/metrics');
  return {
    cpuUs: Math.round(readMetric(page, 'process_cpu_seconds_total') * 1e6),
    residentBytes: readMetric(page, 'process_resident_memory_bytes'),
    at: performance.timeOrigin + performance.now(),
  };
}

/** `sidecar~ADDRESS~POD.NAMESPACE~DOMAIN`, and the metadata that an injected proxy takes from its pod. */
export function toNode({ name, namespace, ip, labels, serviceAccount }: SimulatedPod): XdsNode {
  return {
    id: `sidecar~${ip}~${name}.${namespace}~${namespace}.svc.${TRUST_DOMAIN}`,
    cluster: `${labels['app'] ?? name}.${namespace}`,
    metadata: {
      NAMESPACE: namespace,
      NAME: name,
      INSTANCE_IPS: ip,
      SERVICE_ACCOUNT: serviceAccount,
      LABELS: labels,
      CLUSTER_ID,
      ISTIO_VERSION,
      MESH_ID: TRUST_DOMAIN,
      INTERCEPTION_MODE: 'REDIRECT',
    },
  };
}

/** @throws when the metric is not there: what is missing is not zero. */
export function readMetric(page: string, name: string): number {
  const line = page.split('\n').find((each) => each.startsWith(`${name} `));
  const value = Number(line?.slice(name.length + 1));
  if (line !== undefined && Number.isFinite(value)) return value;
  throw new Error(`istiod tells no ${name}`);
}

async function findIstiod(kube: Kube): Promise<{ readonly namespace: string; readonly pod: string }> {
  const pods = await kube.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { namespace: SYSTEM_NAMESPACE, labelSelector: 'app=istiod' },
  );
  const running = pods.find(({ status }) => (status as { phase?: string } | undefined)?.phase === 'Running');
  if (running !== undefined) return { namespace: SYSTEM_NAMESPACE, pod: running.metadata.name };
  throw new HarnessError({
    code: 'E_MESH_ABSENT',
    message: `no pod of istiod runs in namespace ${SYSTEM_NAMESPACE}`,
    hint: 'install Istio, or look at why istiod ended',
  });
}
