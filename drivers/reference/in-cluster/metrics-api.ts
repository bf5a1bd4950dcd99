/** Leads the API server to the metrics API of the control plane's pod. */
import { HarnessError } from '../../../src/errors/harness-error.js';
import type { Kube } from '../../../src/kube/kube.js';
import { metricsError } from '../../../src/metrics/aggregated.js';
import type { KubeObject } from '../../../src/smi/model.js';
import { CONTROL_PLANE_PORTS } from './control-protocol.js';

/** Of the control plane's service. */
export const METRICS_SERVICE_PORT = { name: 'metrics', port: 444, targetPort: CONTROL_PLANE_PORTS.metrics } as const;
const AVAILABLE_WITHIN_MS = 60_000;

/** Resolves once the API server has an answer from it. @throws HarnessError E_METRICS_API in the API server's own words */
export async function awaitMetricsApi(
  kube: Pick<Kube, 'get' | 'waitFor'>,
  { apiVersion, kind, metadata }: KubeObject,
): Promise<void> {
  const ref = { apiVersion, kind, namespace: '', name: metadata.name };
  try {
    await kube.waitFor(ref, (object) => availability(object)?.status === 'True', {
      deadlineMs: AVAILABLE_WITHIN_MS,
      what: `the APIService ${metadata.name} to be available`,
    });
  } catch (cause) {
    if (!(cause instanceof HarnessError) || cause.code !== 'E_KUBE_WAIT') throw cause;
    const told = availability(await kube.get(ref))?.message ?? cause.message;
    throw metricsError(`the API server cannot reach the metrics API: ${told}`, cause);
  }
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

function availability(object: KubeObject | undefined): Condition | undefined {
  const { conditions = [] } = (object?.['status'] ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions.find(({ type }) => type === 'Available');
}
