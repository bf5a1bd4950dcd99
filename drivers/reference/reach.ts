/**
 * Which faults would have made a difference? Watches a mesh without any and puts each fault beside it: whatever the control plane hears,
 * compiles and sends is compared with what it would be with the fault. A fault that never made a difference has changed nothing that
 * a case could see.
 */
import { getEventListeners } from 'node:events';
import type { ClusterChange } from '../../src/environments/environment.js';
import type { Pod } from '../../src/mesh/driver.js';
import { fromManifest } from '../../src/smi/from-manifest.js';
import type { KubeObject, SmiObject } from '../../src/smi/model.js';
import type { ProxyResources } from './compile.js';
import { combine } from './faults/index.js';
import type { Delivery, Fault, FaultHooks } from './faults/fault.js';
import { lazily } from './lazily.js';
import { compilePolicies } from './policies.js';
import type { World } from './policy/world.js';
import type { Proxy } from './resources/proxy.js';
import { TYPE, type Snapshot } from './xds/resource.js';

/** Hooks that can be put beside a mesh without it; a fault that has others is taken to reach everything. */
const COMPARED: readonly (keyof FaultHooks)[] = [
  'admits',
  'salvages',
  'hears',
  'objects',
  'inbound',
  'routing',
  'served',
  'certified',
  'delivers',
  'metrics',
];

/** What one proxy is served without a fault. */
interface Served {
  readonly proxy: Proxy;
  readonly resources: ProxyResources;
}

const SERVED_TYPES = [TYPE.cluster, TYPE.endpoints, TYPE.listener, TYPE.route] as const;

export class Reach {
  readonly #unreached = new Map<string, FaultHooks>();
  readonly #reached = new Set<string>();
  /** By proxy: what does not change need not be compared again. */
  #served = new Map<string, readonly unknown[]>();

  constructor(faults: readonly Fault[]) {
    for (const { name, create } of faults) {
      const hooks = create();
      const isComparable = Object.keys(hooks).every((hook) => COMPARED.some((known) => known === hook));
      if (isComparable) this.#unreached.set(name, hooks);
      else this.#reached.add(name);
    }
  }

  /** Names of the faults that have made a difference so far. */
  reached(): readonly string[] {
    return [...this.#reached];
  }

  /** What is stored already, which a mesh with the fault would have read at its start. */
  begin(objects: readonly KubeObject[]): void {
    for (const object of objects) this.changed({ action: 'applied', object });
  }

  offered(sent: KubeObject): void {
    this.#compare((hooks) => hooks.admits?.(sent) === undefined);
  }

  changed({ action, object: manifest }: Pick<Extract<ClusterChange, { type: 'object' }>, 'action' | 'object'>): void {
    const object = read(manifest);
    // What only a fault makes of an unreadable object is no longer the same mesh.
    if (object === undefined) this.#compare((hooks) => hooks.salvages === undefined);
    else this.#compare((hooks) => hooks.hears?.({ action, object }) ?? true);
  }

  /** A proxy gets a certificate in the name of its pod's account. */
  certifies({ namespace, serviceAccount, ip }: Pod, id: string): void {
    this.#compare(({ certified }) => {
      const account = certified?.({ namespace, serviceAccount }, id, ip);
      return account === undefined || (account.namespace === namespace && account.serviceAccount === serviceAccount);
    });
  }

  /** The metrics API was asked something. */
  asked(): void {
    this.#compare(({ metrics }) => metrics === undefined);
  }

  compiled(world: World, proxies: readonly Proxy[], resourcesOf: (proxy: Proxy) => ProxyResources): void {
    const usual = lazily(() => describePolicies(world, proxies, {}));
    const changed = lazily(() => this.#changedOf(proxies, resourcesOf));
    this.#compare((hooks) => {
      const objects = hooks.objects?.(world.objects) ?? world.objects;
      const mayDiffer =
        !isSameList(objects, world.objects) || hooks.inbound !== undefined || hooks.routing !== undefined;
      if (mayDiffer && describePolicies({ ...world, objects }, proxies, hooks) !== usual()) return false;
      const { served } = hooks;
      return served === undefined || changed().every((one) => leavesAlone(served, one, world.trustDomain));
    });
  }

  /** A change on its way to a proxy that had something already. */
  sent(delivery: Omit<Delivery, 'serve' | 'signal'>): void {
    this.#compare(({ delivers }) => delivers === undefined || isPassedOn(delivers, delivery));
  }

  #changedOf(proxies: readonly Proxy[], resourcesOf: (proxy: Proxy) => ProxyResources): readonly Served[] {
    const before = this.#served;
    this.#served = new Map();
    return proxies.flatMap((proxy) => {
      const resources = resourcesOf(proxy);
      const list = Object.values(resources).flat();
      const known = before.get(proxy.id);
      this.#served.set(proxy.id, list);
      const isKnown = known?.length === list.length && list.every((resource, index) => resource === known[index]);
      return isKnown ? [] : [{ proxy, resources }];
    });
  }

  #compare(isSame: (hooks: FaultHooks) => boolean): void {
    for (const [name, hooks] of this.#unreached) {
      if (isSame(hooks)) continue;
      this.#unreached.delete(name);
      this.#reached.add(name);
    }
  }
}

function read(manifest: KubeObject): SmiObject | undefined {
  try {
    return fromManifest(manifest);
  } catch {
    return undefined;
  }
}

/** Equal policies make equal resources. */
function describePolicies(world: World, proxies: readonly Proxy[], hooks: FaultHooks): string {
  const { inboundOf, routingOf } = compilePolicies(world, combine([hooks]));
  const inbound = proxies.map(({ pod }) => inboundOf(pod));
  const routing = world.services.flatMap((service) => service.ports.map((port) => routingOf(service, port)));
  return JSON.stringify([inbound, routing]);
}

function leavesAlone(
  served: NonNullable<FaultHooks['served']>,
  { proxy, resources }: Served,
  trustDomain: string,
): boolean {
  const changed = served(resources, { proxy, trustDomain });
  return SERVED_TYPES.every((typeUrl) => isSameList(changed[typeUrl], resources[typeUrl]));
}

/** At once, whole, and with nothing left to come. */
function isPassedOn(
  delivers: NonNullable<FaultHooks['delivers']>,
  delivery: Omit<Delivery, 'serve' | 'signal'>,
): boolean {
  const life = new AbortController();
  const served: Snapshot[] = [];
  delivers({ ...delivery, serve: (each) => served.push(each), signal: life.signal });
  const isPending = getEventListeners(life.signal, 'abort').length > 0;
  life.abort();
  return !isPending && served.length === 1 && served[0] !== undefined && isSameSnapshot(served[0], delivery.after);
}

function isSameSnapshot(one: Snapshot, other: Snapshot): boolean {
  return Object.values(TYPE).every((typeUrl) => isSameList(one.get(typeUrl) ?? [], other.get(typeUrl) ?? []));
}

function isSameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  if (one === other) return true;
  return (
    one.length === other.length &&
    one.every((item, index) => item === other[index] || JSON.stringify(item) === JSON.stringify(other[index]))
  );
}
