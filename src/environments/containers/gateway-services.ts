import { type Pod, type Service, type ServiceSpec, portKey } from '../../mesh/driver.js';
import type { ServiceNetwork } from '../local/cluster-store.js';
import { selectPods } from '../local/service-proxy.js';
import { type Relay, type RelayTarget, openTcpRelay } from '../local/tcp-relay.js';
import { openUdpRelay } from '../local/udp-relay.js';

export interface GatewayServicesOptions {
  /** This host's address in the network of the pods. */
  readonly gateway: string;
  /** Pods that are ready now. */
  readonly pods: () => readonly Pod[];
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

interface OpenService {
  /** What is asked for each connection anew: an applied change of selector or target port counts at once. */
  service: Service;
  readonly relays: Map<string, Relay>;
}

/**
 * A container network has no cluster addresses, so all services share the gateway's, each service port with a port of it to
 * itself. What arrives there goes to a ready pod of the selector, chosen at random.
 */
export class GatewayServices implements ServiceNetwork {
  readonly #options: GatewayServicesOptions;
  readonly #open = new Map<string, OpenService>();

  constructor(options: GatewayServicesOptions) {
    this.#options = options;
  }

  async open({ headless, ...spec }: ServiceSpec): Promise<Service> {
    const name = nameOf(spec);
    const current = this.#open.get(name);
    const bare: Service = { ...spec, physicalPorts: new Map() };
    if (headless) {
      if (current !== undefined) await this.close(current.service);
      return bare;
    }
    const entry: OpenService = current ?? { service: bare, relays: new Map() };
    this.#open.set(name, entry);
    await this.#alignRelays(entry, spec);
    const physicalPorts = new Map(
      spec.ports.map((port) => [portKey(port), entry.relays.get(portKey(port))?.port ?? 0]),
    );
    entry.service = { ...spec, clusterIP: this.#options.gateway, physicalPorts };
    return entry.service;
  }

  async close(service: Service): Promise<void> {
    const name = nameOf(service);
    const entry = this.#open.get(name);
    if (entry === undefined) return;
    this.#open.delete(name);
    await Promise.all([...entry.relays.values()].map((relay) => relay.close()));
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ service }) => this.close(service)));
  }

  async #alignRelays(entry: OpenService, spec: Omit<ServiceSpec, 'headless'>): Promise<void> {
    const wanted = new Map(spec.ports.map((port) => [portKey(port) as string, port]));
    for (const [key, relay] of [...entry.relays]) {
      if (wanted.has(key)) continue;
      entry.relays.delete(key);
      await relay.close();
    }
    for (const [key, port] of wanted) {
      if (entry.relays.has(key)) continue;
      const open = port.protocol === 'udp' ? openUdpRelay : openTcpRelay;
      entry.relays.set(key, await open(this.#options.gateway, 0, () => this.#pick(entry, key)));
    }
  }

  #pick(entry: OpenService, key: string): RelayTarget | undefined {
    const port = entry.service.ports.find((candidate) => portKey(candidate) === key);
    const pods = selectPods(this.#options.pods(), entry.service);
    const pod = pods[Math.floor(this.#options.random() * pods.length)];
    return pod && port && { host: pod.ip, port: port.targetPort };
  }
}

function nameOf({ namespace, name }: Pick<Service, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}
