import { HarnessError } from '../../errors/harness-error.js';
import {
  type Pod,
  type Service,
  type ServiceAddress,
  type ServicePort,
  type ServiceSpec,
  portKey,
} from '../../mesh/driver.js';
import type { ServiceNetwork } from './cluster-store.js';
import type { AddressPool } from './loopback.js';
import type { PortMap } from './port-map.js';
import { type Relay, type RelayTarget, openTcpRelay } from './tcp-relay.js';
import { openUdpRelay } from './udp-relay.js';

export interface ServiceProxyOptions {
  readonly addresses: AddressPool;
  readonly ports: PortMap;
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

/** Gives services their cluster addresses and carries what arrives there to a ready pod of the selector, chosen at random. */
export class ServiceProxy implements ServiceNetwork {
  readonly #options: ServiceProxyOptions;
  readonly #open = new Map<string, OpenService>();

  constructor(options: ServiceProxyOptions) {
    this.#options = options;
  }

  async open(spec: ServiceSpec): Promise<Service> {
    const { headless, ...rest } = spec;
    const name = `${spec.namespace}/${spec.name}`;
    const targets = spec.ports.map((port) => portKey({ port: port.targetPort, protocol: port.protocol }));
    const physicalPorts = await this.#options.ports.reserve(spec.ports.map(portKey));
    await this.#options.ports.reserve(targets);
    const current = this.#open.get(name);
    if (headless) {
      if (current !== undefined) await this.close(current.service);
      return { ...rest, physicalPorts };
    }
    const clusterIP = current?.service.clusterIP ?? this.#options.addresses.take();
    const service: Service = { ...rest, clusterIP, physicalPorts };
    const entry: OpenService = current ?? { service, relays: new Map() };
    entry.service = service;
    this.#open.set(name, entry);
    await this.#alignRelays(entry, clusterIP);
    return service;
  }

  async close(service: Service): Promise<void> {
    const name = `${service.namespace}/${service.name}`;
    const entry = this.#open.get(name);
    if (entry === undefined) return;
    this.#open.delete(name);
    await Promise.all([...entry.relays.values()].map((relay) => relay.close()));
    if (entry.service.clusterIP !== undefined) this.#options.addresses.release(entry.service.clusterIP);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map((entry) => this.close(entry.service)));
  }

  /** Where a pod answers for one port of a service. */
  podAddress(pod: Pod, port: ServicePort): RelayTarget {
    return { host: pod.ip, port: this.#options.ports.physical(port.targetPort) };
  }

  async #alignRelays(entry: OpenService, clusterIP: string): Promise<void> {
    const wanted = new Map(entry.service.ports.map((port) => [portKey(port) as string, port]));
    for (const [key, relay] of [...entry.relays]) {
      if (wanted.has(key)) continue;
      entry.relays.delete(key);
      await relay.close();
    }
    for (const [key, port] of wanted) {
      if (entry.relays.has(key)) continue;
      const open = port.protocol === 'udp' ? openUdpRelay : openTcpRelay;
      const physical = this.#options.ports.physical(port.port);
      entry.relays.set(key, await open(clusterIP, physical, () => this.#pick(entry, key)));
    }
  }

  #pick(entry: OpenService, key: string): RelayTarget | undefined {
    const port = entry.service.ports.find((candidate) => portKey(candidate) === key);
    const pods = selectPods(this.#options.pods(), entry.service);
    const pod = pods[Math.floor(this.#options.random() * pods.length)];
    return pod && port && this.podAddress(pod, port);
  }
}

/** The pods a service stands for; a service without a selector stands for none. */
export function selectPods(pods: readonly Pod[], service: Pick<Service, 'namespace' | 'selector'>): readonly Pod[] {
  const wanted = Object.entries(service.selector);
  if (wanted.length === 0) return [];
  return pods.filter(
    (pod) => pod.namespace === service.namespace && wanted.every(([key, value]) => pod.labels[key] === value),
  );
}

/** The port of a service that an address names. */
export function findServicePort(service: Service, address: ServiceAddress): ServicePort {
  const found = service.ports.find((candidate) => portKey(candidate) === portKey(address));
  if (found !== undefined) return found;
  throw new HarnessError({
    code: 'E_SERVICE_PORT',
    message: `service ${service.namespace}/${service.name} has no port ${portKey(address)}`,
    hint: `it has ${service.ports.map(portKey).join(', ')}`,
  });
}
