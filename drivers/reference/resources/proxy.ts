/** What the resource builders must know of one proxy. */
import type { ListenAddress } from '../../../fixtures/agent/protocol.js';
import type { Environment } from '../../../src/environments/environment.js';
import { portKey, type Pod, type PodPort, type PortKey } from '../../../src/mesh/driver.js';

export interface Proxy {
  /** Node id: unique in the mesh. */
  readonly id: string;
  readonly pod: Pod;
  /** How it gets between its app and the network. Where connections are redirected to it, nothing it is served names its pod's address. */
  readonly interception: Environment['interception'];
  /** Where the app listens, by container port. */
  readonly listen: ReadonlyMap<PortKey, ListenAddress>;
}

/** Ports of every proxy, far from those of workloads. */
export const PROXY_PORTS = {
  /** All HTTP of the app; where connections are redirected, everything the app opens. */
  outbound: 15_001,
  /** What comes in, where connections are redirected. */
  inbound: 15_006,
  udpTunnel: 15_008,
  firstApp: 15_100,
  firstService: 16_000,
  lastService: 31_999,
} as const;

/** The port really bound on the pod's address for a container port. */
export function physicalPort(pod: Pod, port: Pick<PodPort, 'port' | 'protocol'>): number {
  return pod.physicalPorts.get(portKey(port)) ?? port.port;
}
