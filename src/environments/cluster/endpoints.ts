/** What EndpointSlices say: which pods stand behind a service now. */
import type { KubeObject } from '../../smi/model.js';

interface Endpoint {
  readonly conditions?: { readonly ready?: boolean };
  readonly targetRef?: { readonly kind?: string; readonly uid?: string };
}

/** Uids of the pods that slices list for a service, ready or not. */
export function listedPods(slices: readonly KubeObject[], service?: string): ReadonlySet<string> {
  return uidsOf(slices, service, () => true);
}

/** Uids of the pods that get connections of a service. */
export function readyPods(slices: readonly KubeObject[], service: string): ReadonlySet<string> {
  return uidsOf(slices, service, ({ conditions }) => conditions?.ready !== false);
}

function uidsOf(
  slices: readonly KubeObject[],
  service: string | undefined,
  counts: (endpoint: Endpoint) => boolean,
): ReadonlySet<string> {
  const endpoints = slices
    .filter((slice) => service === undefined || serviceOf(slice) === service)
    .flatMap((slice) => (slice['endpoints'] ?? []) as readonly Endpoint[]);
  return new Set(endpoints.filter(counts).flatMap(({ targetRef }) => targetRef?.uid ?? []));
}

function serviceOf(slice: KubeObject): string | undefined {
  const labels = slice.metadata['labels'] as Readonly<Record<string, string>> | undefined;
  return labels?.['kubernetes.io/service-name'];
}
