/** Proxies of pods that do not exist: served like any other, and spoken for by a simulator. */
import { badInput } from '../../src/errors/harness-error.js';
import type { Pod, SimulatedPod, XdsNode, XdsServer } from '../../src/mesh/driver.js';
import type { NewProxy } from './control-plane.js';
import { redirectedListen } from './sidecar.js';
import { CONTROL_PLANE_NAME } from './start-control-plane.js';

/** Ids that no real pod has: a real one has no second slash, or a number after it. */
export function simulatedProxies(pods: readonly SimulatedPod[]): readonly NewProxy[] {
  return pods.map((spec): NewProxy => {
    const pod: Pod = { ...spec, dir: '', physicalPorts: new Map() };
    return { id: `${pod.namespace}/${pod.name}/simulated`, pod, listen: redirectedListen(pod) };
  });
}

/** They share a certificate, so they are of one account. */
export function accountOf(pods: readonly SimulatedPod[]): Pick<Pod, 'namespace' | 'serviceAccount'> {
  const [first] = pods;
  const isOne = pods.every(
    ({ namespace, serviceAccount }) => namespace === first?.namespace && serviceAccount === first.serviceAccount,
  );
  if (first !== undefined && isOne) return first;
  throw badInput(
    'E_SIMULATED_PODS',
    'simulated pods must be of one service account',
    'ask for those of each account apart',
  );
}

export function simulatedNode({ id }: Pick<NewProxy, 'id'>): XdsNode {
  return { id, cluster: 'simulated', metadata: {} };
}

export function simulatedServer(
  address: Pick<XdsServer, 'host' | 'port'>,
  { caPem, certPem, keyPem }: { readonly caPem: string; readonly certPem: string; readonly keyPem: string },
  proxiesPerConnection = 1,
): XdsServer {
  return { ...address, tls: { caPem, certPem, keyPem, serverName: CONTROL_PLANE_NAME }, proxiesPerConnection };
}
