/** Traffic split: where the calls of one service port go. Decided at the client's proxy. */
import type { AppProtocol } from '../../../fixtures/agent/protocol.js';
import type { Service, ServicePort } from '../../../src/mesh/driver.js';
import type { SmiObject, TrafficSplit } from '../../../src/smi/model.js';
import { localServiceName } from './services.js';
import { conditionsOf, type HttpCondition, type SpecIndex } from './specs.js';
import { toWholeWeights } from './weights.js';

export interface ServicePortRef {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly protocol: AppProtocol;
}

export interface Leg {
  readonly to: ServicePortRef;
  /** Whole and positive. */
  readonly weight: number;
}

/** Legs by weight; none at all: every call fails. */
export interface Route {
  /** Requests this route takes; absent: all. Conditions are ORed. */
  readonly conditions?: readonly HttpCondition[];
  readonly legs: readonly Leg[];
}

/** First match wins. */
export type Routing = readonly Route[];

/** Indexes splits by the root they apply to; of two splits of one root the older one counts. */
export function indexSplits(objects: readonly SmiObject[]): ReadonlyMap<string, TrafficSplit> {
  const splits = new Map<string, TrafficSplit>();
  for (const object of objects) {
    if (object.kind !== 'TrafficSplit') continue;
    const root = localServiceName(object.service, object.metadata.namespace);
    const key = `${object.metadata.namespace}/${root}`;
    if (root !== undefined && !splits.has(key)) splits.set(key, object);
  }
  return splits;
}

/** The routing of one port of a service. */
export function compileRouting(
  service: Service,
  port: ServicePort,
  cluster: {
    readonly split: TrafficSplit | undefined;
    readonly services: ReadonlyMap<string, Service>;
    readonly specs: SpecIndex;
  },
): Routing {
  const { split, specs } = cluster;
  const direct: Route = { legs: [{ to: refOf(service, port), weight: 1 }] };
  if (split === undefined || port.protocol === 'udp' || !hasUsableWeights(split)) return [direct];
  const legs = splitLegs(split, port, cluster.services);
  if (split.matches === undefined || split.matches.length === 0) return [{ legs }];
  if (port.protocol !== 'http') return [direct];
  const conditions = mergedConditions(split, specs);
  return conditions === undefined ? [direct] : [{ conditions, legs }, direct];
}

/** One request condition list out of all groups; undefined when one is missing, for half a condition could take too much. */
function mergedConditions(split: TrafficSplit, specs: SpecIndex): readonly HttpCondition[] | undefined {
  const conditions: HttpCondition[] = [];
  for (const match of split.matches ?? []) {
    const group = match.kind === 'HTTPRouteGroup' ? specs.group(split.metadata.namespace, match.name) : undefined;
    if (group === undefined) return undefined;
    conditions.push(...conditionsOf(group));
  }
  return conditions.length === 0 ? undefined : conditions;
}

/**
 * A backend without the root's port is not included and receives nothing; one that does not exist keeps its share,
 * which fails until the service appears.
 */
function splitLegs(split: TrafficSplit, port: ServicePort, services: ReadonlyMap<string, Service>): Leg[] {
  const namespace = split.metadata.namespace;
  const shares = new Map<string, number>();
  for (const backend of split.backends) {
    const name = localServiceName(backend.service, namespace) ?? backend.service;
    const service = services.get(`${namespace}/${name}`);
    const included =
      service === undefined ||
      service.ports.some((candidate) => candidate.port === port.port && candidate.protocol === port.protocol);
    if (included && backend.weight > 0) shares.set(name, (shares.get(name) ?? 0) + backend.weight);
  }
  const weights = toWholeWeights([...shares.values()]);
  return [...shares.keys()].map((name, index) => ({
    to: { namespace, service: name, port: port.port, protocol: port.protocol },
    weight: weights[index] ?? 0,
  }));
}

function hasUsableWeights(split: TrafficSplit): boolean {
  return split.backends.every((backend) => Number.isFinite(backend.weight) && backend.weight >= 0);
}

export function refOf(service: Service, port: ServicePort): ServicePortRef {
  return { namespace: service.namespace, service: service.name, port: port.port, protocol: port.protocol };
}
