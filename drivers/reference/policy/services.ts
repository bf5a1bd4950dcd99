/** Services: their names, their pods and their routable names. */
import type { Pod, Service } from '../../../src/mesh/driver.js';

/** Forms a fully qualified name can take after the service's own name. */
const SUFFIXES = ['', '.svc', '.svc.cluster.local'] as const;

/** The service a name means inside a namespace: plain or fully qualified, and never in another namespace. */
export function localServiceName(name: string, namespace: string): string | undefined {
  const [plain, ...rest] = name.split('.');
  if (plain === undefined || plain === '') return undefined;
  if (rest.length === 0) return plain;
  return SUFFIXES.some((suffix) => `${namespace}${suffix}` === rest.join('.')) ? plain : undefined;
}

/** Every host name under which clients of a namespace call a service. */
export function hostNames(service: Service, clientNamespace: string): string[] {
  const qualified = SUFFIXES.map((suffix) => `${service.name}.${service.namespace}${suffix}`);
  return [
    ...(service.namespace === clientNamespace ? [service.name] : []),
    ...qualified,
    ...(service.clusterIP === undefined ? [] : [service.clusterIP]),
  ];
}

/** The meshed pods behind a service. As in Kubernetes, an empty selector selects none. */
export function podsOf(service: Service, pods: readonly Pod[]): Pod[] {
  const wanted = Object.entries(service.selector);
  if (wanted.length === 0) return [];
  return pods.filter(
    (pod) =>
      pod.meshed && pod.namespace === service.namespace && wanted.every(([key, value]) => pod.labels[key] === value),
  );
}
