/** From one snapshot of the cluster to the resources of every proxy. Pure: `memories` save time and change no answer. */
import type { ActiveFaults } from './faults/index.js';
import { compilePolicies } from './policies.js';
import type { World } from './policy/world.js';
import { buildAppClusters, buildInboundListeners, buildInboundRoutes } from './resources/inbound.js';
import { buildOutboundListeners } from './resources/outbound-listeners.js';
import {
  buildEndpoints,
  buildOutboundRoutes,
  buildServiceClusters,
  buildServiceRoutes,
  routePorts,
  type RoutedPort,
} from './resources/outbound.js';
import type { Proxy } from './resources/proxy.js';
import { buildRedirectedListeners, PASSTHROUGH } from './resources/redirected-outbound.js';
import { ProxyMemories } from './resources/reuse.js';
import type { RouteConfigurationJson } from './xds/gen/envoy/config/route/v3/route_pb.js';
import { TYPE, type ResourceJson, type XdsTypeUrl } from './xds/resource.js';

/** Everything but secrets, by type URL. */
export type ProxyResources = { readonly [T in Exclude<XdsTypeUrl, typeof TYPE.secret>]: readonly ResourceJson[T][] };

/** Answers the resources of a proxy; what proxies share is built once and is the same object for all of them. */
export function compileMesh(
  observed: World,
  faults: Pick<ActiveFaults, 'objects' | 'inbound' | 'routing' | 'served'>,
  portOf: (port: RoutedPort) => number,
  memories: ProxyMemories = new ProxyMemories(),
): (proxy: Proxy) => ProxyResources {
  const world: World = { ...observed, objects: faults.objects(observed.objects) };
  const { trustDomain } = world;
  const { inboundOf, routingOf } = compilePolicies(world, faults);
  const shared = memories.shared.begin();
  const network = `network ${world.network}`;
  const routing = `${network} ${splitting(world.objects)}`;
  const ports = shared.once(`ports ${routing}`, () => routePorts(world, routingOf));
  const clusters = shared.once(`clusters ${network}`, () => buildServiceClusters(ports, trustDomain));
  const endpoints = shared.once(`endpoints ${network}`, () => buildEndpoints(ports));
  const routesOf = (namespace: string): RouteConfigurationJson =>
    shared.once(`routes ${namespace} ${routing}`, () => buildOutboundRoutes(ports, namespace));
  const serviceRoutes = (): RouteConfigurationJson[] =>
    shared.once(`service routes ${routing}`, () => buildServiceRoutes(ports));
  return (proxy) => {
    const isRedirected = proxy.interception === 'redirect';
    const memory = memories.begin(proxy);
    const policy = inboundOf(proxy.pod);
    const resources: ProxyResources = {
      [TYPE.cluster]: [...buildAppClusters(proxy, memory), ...(isRedirected ? [PASSTHROUGH] : []), ...clusters],
      [TYPE.endpoints]: endpoints,
      [TYPE.listener]: [
        ...buildInboundListeners(proxy, policy, trustDomain, memory),
        ...(isRedirected
          ? buildRedirectedListeners(ports, portOf, memory)
          : buildOutboundListeners(proxy, ports, portOf, memory)),
      ],
      [TYPE.route]: [
        ...buildInboundRoutes(policy, trustDomain),
        ...(isRedirected ? serviceRoutes() : [routesOf(proxy.pod.namespace)]),
      ],
    };
    return faults.served(resources, { proxy, trustDomain });
  };
}

/** Everything that routing is made from, besides the network: splits, and route groups where a split refers to some. */
function splitting(objects: World['objects']): string {
  const splits = objects.filter((object) => object.kind === 'TrafficSplit');
  const groups = splits.some(({ matches }) => matches !== undefined)
    ? objects.filter((object) => object.kind === 'HTTPRouteGroup')
    : [];
  return JSON.stringify([splits, groups]);
}
