/** Where services are found: addresses and ways, from what an API shows now. For environments in which a pod has its ports to itself. */
import { HarnessError } from '../errors/harness-error.js';
import { type Service, type ServiceAddress, portKey } from '../mesh/driver.js';
import type { ClusterApi, Way } from './environment.js';
import { findServicePort, selectPods } from './local/service-proxy.js';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The cluster address, or, of a headless service, its first pod's. @throws HarnessError E_SERVICE_UNKNOWN, E_SERVICE_PORT or E_SERVICE_EMPTY */
export function serviceAddress(api: ClusterApi, address: ServiceAddress): Address {
  const service = findService(api, address);
  const port = findServicePort(service, address);
  if (service.clusterIP !== undefined) {
    return { host: service.clusterIP, port: service.physicalPorts.get(portKey(port)) ?? port.port };
  }
  const pod = firstPodAddress(api, service, address);
  if (pod !== undefined) return pod;
  throw new HarnessError({
    code: 'E_SERVICE_EMPTY',
    message: `headless service ${service.namespace}/${service.name} has no ready pod, so it has no address`,
    hint: 'start a pod that its selector matches',
  });
}

/** The pod's address and the cluster address. A headless service has no cluster address: its name stands for the pods'. */
export function serviceWays(api: ClusterApi, address: ServiceAddress): readonly Way[] {
  const service = findService(api, address);
  const pod = firstPodAddress(api, service, address);
  const podWays: Way[] = pod === undefined ? [] : [{ way: 'pod-ip', ...pod }];
  if (service.clusterIP !== undefined) return [...podWays, { way: 'cluster-ip', ...serviceAddress(api, address) }];
  return pod === undefined ? [] : [...podWays, { way: 'headless', ...pod }];
}

function findService(api: ClusterApi, { namespace, name }: ServiceAddress): Service {
  const found = api.services().find((service) => service.namespace === namespace && service.name === name);
  if (found !== undefined) return found;
  throw new HarnessError({
    code: 'E_SERVICE_UNKNOWN',
    message: `there is no service ${namespace}/${name}`,
    hint: 'apply it first',
  });
}

function firstPodAddress(api: ClusterApi, service: Service, address: ServiceAddress): Address | undefined {
  const { targetPort } = findServicePort(service, address);
  const [pod] = [...selectPods(api.pods(), service)].sort((a, b) => a.name.localeCompare(b.name));
  return pod && { host: pod.ip, port: targetPort };
}
