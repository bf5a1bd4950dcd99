/** Where services of a cluster are reached, from what the run has put there. */
import { HarnessError } from '../../errors/harness-error.js';
import type { Service, ServiceAddress } from '../../mesh/driver.js';
import type { ClusterApi, Way } from '../environment.js';
import { findServicePort, selectPods } from '../local/service-proxy.js';

type Known = Pick<ClusterApi, 'pods' | 'services'>;
interface Address {
  readonly host: string;
  readonly port: number;
}

/** A headless service has no cluster address: its name stands for the pods'. There are no node ports. */
export function waysTo(known: Known, address: ServiceAddress): readonly Way[] {
  const service = findService(known, address);
  const pod = firstPodAddress(known, service, address);
  const podWays: Way[] = pod === undefined ? [] : [{ way: 'pod-ip', ...pod }];
  if (service.clusterIP !== undefined) return [...podWays, { way: 'cluster-ip', ...addressOf(known, address) }];
  return pod === undefined ? [] : [...podWays, { way: 'headless', ...pod }];
}

/** The cluster address, or that of a pod where there is none. */
export function addressOf(known: Known, address: ServiceAddress): Address {
  const service = findService(known, address);
  const { port } = findServicePort(service, address);
  if (service.clusterIP !== undefined) return { host: service.clusterIP, port };
  const pod = firstPodAddress(known, service, address);
  if (pod !== undefined) return pod;
  throw new HarnessError({
    code: 'E_SERVICE_EMPTY',
    message: `headless service ${service.namespace}/${service.name} has no ready pod, so it has no address`,
    hint: 'start a pod that its selector matches',
  });
}

function findService(known: Known, { namespace, name }: ServiceAddress): Service {
  const found = known.services().find((service) => service.namespace === namespace && service.name === name);
  if (found !== undefined) return found;
  throw new HarnessError({
    code: 'E_SERVICE_UNKNOWN',
    message: `there is no service ${namespace}/${name}`,
    hint: 'apply it first',
  });
}

function firstPodAddress(known: Known, service: Service, address: ServiceAddress): Address | undefined {
  const { targetPort } = findServicePort(service, address);
  const [pod] = [...selectPods(known.pods(), service)].sort((a, b) => a.name.localeCompare(b.name));
  return pod && { host: pod.ip, port: targetPort };
}
