import { RUN_LABEL } from '../../kube/cluster.js';
import { AddressPool } from '../local/loopback.js';
import { type Docker, engineError, messageOf } from './engine.js';

const ATTEMPTS = 5;
/** Of the last byte of an address; the first ones are the gateway's and the engine's. */
const FIRST_POD = 10;
const LAST_POD = 254;

/** The network of one run: pods on addresses that we choose, this process on the gateway's. */
export interface RunNetwork {
  readonly name: string;
  /** This host's own address in the network. */
  readonly gateway: string;
  readonly pods: AddressPool;
  remove(): Promise<void>;
}

export async function createNetwork(docker: Docker, runId: string): Promise<RunNetwork> {
  const name = `meshgauge-${runId}`;
  const request = { Name: name, Driver: 'bridge', Labels: { [RUN_LABEL]: runId } };
  for (let attempt = 1; ; attempt++) {
    // Addresses can be chosen only in a subnet that was chosen, and the engine knows best which one is free: ask it first.
    const { subnet, gateway } = await askForSubnet(docker, request);
    try {
      const network = await docker.createNetwork({
        ...request,
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
      });
      const prefix = gateway.slice(0, gateway.lastIndexOf('.'));
      const pods = new AddressPool(prefix, FIRST_POD, LAST_POD);
      return { name, gateway, pods, remove: async () => void (await network.remove()) };
    } catch (error) {
      // Somebody took it in between.
      if (attempt === ATTEMPTS || !messageOf(error).includes('overlap')) {
        throw engineError(`the network ${name} could not be made`, error);
      }
    }
  }
}

async function askForSubnet(
  docker: Docker,
  request: Parameters<Docker['createNetwork']>[0],
): Promise<{ readonly subnet: string; readonly gateway: string }> {
  try {
    const probe = await docker.createNetwork(request);
    const { IPAM } = (await probe.inspect()) as { IPAM?: { Config?: { Subnet?: string; Gateway?: string }[] } };
    await probe.remove();
    const ipv4 = IPAM?.Config?.find(({ Gateway }) => Gateway?.includes('.'));
    if (ipv4?.Subnet === undefined || ipv4.Gateway === undefined) throw new Error('the engine gave it no IPv4 subnet');
    if (Number(ipv4.Subnet.split('/')[1]) > 24)
      throw new Error(`the engine gives out subnets as small as ${ipv4.Subnet}`);
    return { subnet: ipv4.Subnet, gateway: ipv4.Gateway };
  } catch (error) {
    throw engineError(`the network ${request.Name} could not be made`, error);
  }
}
