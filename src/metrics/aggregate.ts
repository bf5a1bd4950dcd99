/** From counts of pods to metrics of resources, of edges between two of them, and of the backends of traffic splits. */
import type { ObjectReference, TrafficMetrics, TrafficSplit } from '../smi/model.js';
import type { TrafficWindow } from './history.js';
import { quantileOf } from './histogram.js';
import { resourceType } from './resources.js';
import type { Resource, Topology } from './topology.js';
import {
  addUp,
  keyOf,
  type ClientCount,
  type Counted,
  type Named,
  type ServerCount,
  type TrafficCount,
} from './traffic.js';

/** All that answers are made of. */
export interface Picture {
  readonly window: TrafficWindow;
  readonly topology: Topology;
}

type Edge = NonNullable<TrafficMetrics['edge']>;
type Backend = NonNullable<TrafficMetrics['backend']>;

const PERCENTILES = [
  ['p99_response_latency', 0.99],
  ['p90_response_latency', 0.9],
  ['p50_response_latency', 0.5],
] as const;

/** The traffic that the pods of a resource have served, as their own proxies saw it; where those see nothing, as those who asked saw it. */
export function metricsOf({ window }: Picture, resource: Resource): TrafficMetrics {
  const servers = window.counts.filter((count) => count.side === 'server');
  const told = new Set(servers.map(({ to }) => keyOf(to)));
  const own = servers.filter(({ to }) => isIn(resource, to));
  const others = window.counts.filter(
    (count) => count.side === 'client' && isIn(resource, count.to.pod) && !told.has(keyOf(count.to.pod)),
  );
  const side = own.length === 0 && others.length > 0 ? 'client' : 'server';
  return describe(window, resource, { direction: 'from', side, resource: {} }, addUp([...own, ...others]));
}

/** One for each resource of the same kind that this one has asked or that has asked this one. */
export function edgesOf(picture: Picture, resource: Resource): readonly TrafficMetrics[] {
  const { window, topology } = picture;
  const peers = topology.resources.filter(({ type }) => type === resource.type);
  const clients = window.counts.filter((count) => count.side === 'client');
  const to = group(
    clients.filter(({ from }) => isIn(resource, from)),
    ({ to: { pod } }) => peers.filter((peer) => isIn(peer, pod)),
  );
  const fromClients = group(
    clients.filter((count) => isIn(resource, count.to.pod)),
    ({ from }) => peers.filter((peer) => isIn(peer, from)),
  );
  const fromServers = group(
    window.counts.filter((count) => count.side === 'server').filter((count) => isIn(resource, count.to)),
    (count) => peers.filter((peer) => isWholeAccountIn(peer, count, topology)),
  );
  // What the server's end tells goes before: it is the one that the metrics of the resource are made of.
  const from = new Map<Resource, readonly TrafficCount[]>([...fromClients, ...fromServers]);
  return [
    ...[...to].map(([peer, counts]) => edge(window, resource, { direction: 'to', side: 'client' }, peer, counts)),
    ...[...from].map(([peer, counts]) =>
      edge(window, resource, { direction: 'from', side: counts[0]?.side ?? 'server' }, peer, counts),
    ),
  ];
}

/** All requests to the apex service of a split, one for each backend; those that went straight to a backend only where nobody can tell. */
export function backendsOf({ window }: Picture, split: TrafficSplit): readonly TrafficMetrics[] {
  const { namespace } = split.metadata;
  const isService = (service: Named | undefined, name: string): boolean =>
    service?.namespace === namespace && service.name === name.split('.')[0];
  return split.backends.map(({ service, weight }) => {
    const counts = window.counts.filter(
      (count) =>
        count.side === 'client' &&
        isService(count.to.service, service) &&
        (count.called === undefined || isService(count.called, split.service)),
    );
    const backend = { apex: split.service, name: service, weight };
    const resource = { type: 'trafficsplits', namespace, name: split.metadata.name };
    return describe(window, resource, { direction: 'from', side: 'client', resource: {} }, addUp(counts), backend);
  });
}

function edge(
  window: TrafficWindow,
  resource: Resource,
  ends: Pick<Edge, 'direction' | 'side'>,
  peer: Resource,
  counts: readonly TrafficCount[],
): TrafficMetrics {
  return describe(window, resource, { ...ends, resource: referenceTo(peer) }, addUp(counts));
}

function isIn(resource: Resource, pod: Named | undefined): pod is Named {
  return pod !== undefined && resource.pods.has(keyOf(pod));
}

/** A certificate names an account: only where all its pods are in one resource does it say which resource asked. */
function isWholeAccountIn(resource: Resource, { from }: ServerCount, topology: Topology): boolean {
  if (from === undefined) return false;
  const pods = topology.podsOf(from);
  return pods.size > 0 && [...pods].every((pod) => resource.pods.has(pod));
}

function group<Count extends ClientCount | ServerCount>(
  counts: readonly Count[],
  peersOf: (count: Count) => readonly Resource[],
): Map<Resource, readonly Count[]> {
  const groups = new Map<Resource, Count[]>();
  for (const count of counts) {
    for (const peer of peersOf(count)) groups.set(peer, [...(groups.get(peer) ?? []), count]);
  }
  return groups;
}

export function referenceTo({ type, namespace, name }: Pick<Resource, 'type' | 'namespace' | 'name'>): ObjectReference {
  const { kind, apiVersion } = resourceType(type) ?? {};
  return {
    ...(kind === undefined ? {} : { kind }),
    name,
    ...(namespace === '' ? {} : { namespace }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
  };
}

function describe(
  { from, to }: TrafficWindow,
  resource: Pick<Resource, 'type' | 'namespace' | 'name'> & Partial<Pick<Resource, 'labels'>>,
  edgeOf: Edge,
  counted: Counted,
  backend?: Backend,
): TrafficMetrics {
  const { namespace, name, labels } = resource;
  return {
    kind: 'TrafficMetrics',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    resource: referenceTo(resource),
    edge: edgeOf,
    ...(backend === undefined ? {} : { backend }),
    timestamp: new Date(to).toISOString(),
    window: `${(to - from) / 1000}s`,
    metrics: [
      ...PERCENTILES.map(([metric, q]) => ({
        name: metric,
        unit: 'seconds',
        value: Math.round(quantileOf(counted.latency, q) * 1e6) / 1e6,
      })),
      { name: 'success_count', value: counted.success },
      { name: 'failure_count', value: counted.failure },
    ],
  };
}
