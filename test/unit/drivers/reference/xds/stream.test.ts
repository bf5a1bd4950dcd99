import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { create } from '@bufbuild/protobuf';
import { anyUnpack, type Any } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { delta, sotw } from '../../../../../drivers/reference/xds/dialect.js';
import { ClusterSchema } from '../../../../../drivers/reference/xds/gen/envoy/config/cluster/v3/cluster_pb.js';
import { RouteConfigurationSchema } from '../../../../../drivers/reference/xds/gen/envoy/config/route/v3/route_pb.js';
import {
  DeltaDiscoveryRequestSchema,
  DiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  type DiscoveryResponse,
} from '../../../../../drivers/reference/xds/gen/envoy/service/discovery/v3/discovery_pb.js';
import { packResource, TYPE, type Snapshot } from '../../../../../drivers/reference/xds/resource.js';
import { ServedNode, type AdsEvents } from '../../../../../drivers/reference/xds/served-node.js';
import { AdsStream } from '../../../../../drivers/reference/xds/stream.js';

/** What a proxy makes of the messages of its stream. */
interface Proxy {
  readonly clusters: Set<string>;
  /** The cluster the proxy's one route names. */
  target: string | undefined;
  /** Takes the oldest message that is on its way, and acknowledges it. */
  deliver(): boolean;
  end(): void;
}

/** A state to serve: some clusters, and which of them the route names. */
interface Wanted {
  readonly clusters: readonly string[];
  readonly target: string;
}

const wanted: fc.Arbitrary<Wanted> = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 })
  .chain((clusters) => fc.record({ clusters: fc.constant(clusters), target: fc.constantFrom(...clusters) }));
/** The proxy may be slow: new states come while messages are on their way. */
const history = fc.array(fc.oneof({ arbitrary: wanted, weight: 1 }, { arbitrary: fc.constant('deliver'), weight: 2 }));

for (const [dialect, open] of Object.entries({ sotw: openSotwProxy, delta: openDeltaProxy })) {
  describe(`AdsStream with a ${dialect} client`, () => {
    it('never leaves a route without its cluster, and ends where it should', () => {
      fc.assert(
        fc.property(wanted, history, (first, steps) => {
          const node = new ServedNode('web', 'spiffe://mesh.test/web', new EventEmitter<AdsEvents>());
          node.serve(toSnapshot(first));
          let last = first;
          const proxy = open(node);
          const check = (): void => {
            const { target, clusters } = proxy;
            assert.ok(
              target === undefined || clusters.has(target),
              `no cluster ${target} in ${[...clusters].join(', ')}`,
            );
          };
          for (const step of steps) {
            if (typeof step === 'string') proxy.deliver();
            else node.serve(toSnapshot((last = step)));
            check();
          }
          while (proxy.deliver()) check();
          proxy.end();
          assert.deepEqual([...proxy.clusters].sort(), [...last.clusters].sort());
          assert.equal(proxy.target, last.target);
        }),
      );
    });
  });
}

function toSnapshot({ clusters, target }: Wanted): Snapshot {
  const virtualHosts = [
    { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: target } }] },
  ];
  return new Map([
    [TYPE.cluster, clusters.map((name) => packResource(TYPE.cluster, { name }))],
    [TYPE.route, [packResource(TYPE.route, { name: 'r', virtualHosts })]],
  ]);
}

function openSotwProxy(node: ServedNode): Proxy {
  const inbox: DiscoveryResponse[] = [];
  const stream = new AdsStream({ owner: node, dialect: sotw, write: (m) => inbox.push(m), onEnd: () => undefined });
  const request = (typeUrl: string, responseNonce: string): void =>
    stream.receive(
      create(DiscoveryRequestSchema, { typeUrl, responseNonce, resourceNames: typeUrl === TYPE.route ? ['r'] : [] }),
    );
  const proxy: Proxy = {
    clusters: new Set(),
    target: undefined,
    deliver: () => {
      const message = inbox.shift();
      if (!message) return false;
      if (message.typeUrl === TYPE.cluster) {
        proxy.clusters.clear();
        for (const name of message.resources.map(clusterName)) proxy.clusters.add(name);
      } else for (const body of message.resources) proxy.target = routeTarget(body);
      request(message.typeUrl, message.nonce);
      return true;
    },
    end: () => node.detach(stream),
  };
  node.attach(stream);
  request(TYPE.cluster, '');
  request(TYPE.route, '');
  return proxy;
}

function openDeltaProxy(node: ServedNode): Proxy {
  const inbox: DeltaDiscoveryResponse[] = [];
  const stream = new AdsStream({ owner: node, dialect: delta, write: (m) => inbox.push(m), onEnd: () => undefined });
  const proxy: Proxy = {
    clusters: new Set(),
    target: undefined,
    deliver: () => {
      const message = inbox.shift();
      if (!message) return false;
      const bodies = message.resources.flatMap(({ resource }) => (resource ? [resource] : []));
      if (message.typeUrl === TYPE.cluster) {
        for (const name of bodies.map(clusterName)) proxy.clusters.add(name);
        for (const name of message.removedResources) proxy.clusters.delete(name);
      } else for (const body of bodies) proxy.target = routeTarget(body);
      const { typeUrl, nonce: responseNonce } = message;
      stream.receive(create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce }));
      return true;
    },
    end: () => node.detach(stream),
  };
  node.attach(stream);
  stream.receive(create(DeltaDiscoveryRequestSchema, { typeUrl: TYPE.cluster }));
  stream.receive(create(DeltaDiscoveryRequestSchema, { typeUrl: TYPE.route, resourceNamesSubscribe: ['r'] }));
  return proxy;
}

function clusterName(body: Any): string {
  return anyUnpack(body, ClusterSchema)?.name ?? '';
}

function routeTarget(body: Any): string {
  const action = anyUnpack(body, RouteConfigurationSchema)?.virtualHosts[0]?.routes[0]?.action;
  if (action?.case !== 'route') return '';
  const { clusterSpecifier } = action.value;
  return clusterSpecifier.case === 'cluster' ? clusterSpecifier.value : '';
}
