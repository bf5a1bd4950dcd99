import type { ListenAddress } from '../../../fixtures/agent/protocol.js';
import { type Pod, type PodPlan, type PodPort, portKey } from '../../mesh/driver.js';

/** What runs when no mesh has a say: the app on the pod's own address, nothing beside it. */
export function defaultPlan(pod: Pod): PodPlan {
  return { pod, listen: new Map(pod.ports.map((port) => [portKey(port), listenOnPod(pod, port)])), sidecars: [] };
}

function listenOnPod(pod: Pod, port: PodPort): ListenAddress {
  const kind = port.protocol === 'udp' ? 'udp' : 'tcp';
  return { kind, host: pod.ip, port: pod.physicalPorts.get(portKey(port)) ?? port.port };
}
