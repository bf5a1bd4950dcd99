/** What the resource builders must know of one proxy. */
import type { ListenAddress } from '../../../fixtures/agent/protocol.js';
import { portKey, type Pod, type PodPort, type PortKey } from '../../../src/mesh/driver.js';

export interface Proxy {
  /** Node id: unique in the mesh. */
  readonly id: string;
  readonly pod: Pod;
  /** Where the app listens, by container port. */
  readonly listen: ReadonlyMap<PortKey, ListenAddress>;
}

/** Ports that every proxy binds on its pod's address, far from those of workloads. */
export const PROXY_PORTS = {
  outboundHttp: 15_001,
  udpTunnel: 15_008,
  firstApp: 15_100,
  firstService: 16_000,
  lastService: 31_999,
} as const;

/** The port really bound on the pod's address for a container port. */
export function physicalPort(pod: Pod, port: Pick<PodPort, 'port' | 'protocol'>): number {
  return pod.physicalPorts.get(portKey(port)) ?? port.port;
}
