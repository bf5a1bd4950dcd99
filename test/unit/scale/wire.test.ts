/** The small reader and writer against the protocol's own types. */
import assert from 'node:assert/strict';
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { ClusterSchema } from '../../../drivers/reference/xds/gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '../../../drivers/reference/xds/gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '../../../drivers/reference/xds/gen/envoy/config/route/v3/route_pb.js';
import { HttpConnectionManagerSchema } from '../../../drivers/reference/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '../../../drivers/reference/xds/gen/envoy/service/discovery/v3/discovery_pb.js';
import { encodeNode, referencesOf, WIRES, XDS_TYPE } from '../../../src/scale/wire.js';

const text = fc.string({ minLength: 0, maxLength: 12 });
const names = fc.array(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 5 });

describe('scale: wire', () => {
  it('writes requests that the protocol reads', () => {
    fc.assert(
      fc.property(
        text,
        text,
        names,
        names,
        fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
        (version, nonce, added, gone, error) => {
          const request = {
            typeUrl: XDS_TYPE.endpoints,
            version,
            nonce,
            names: added,
            unsubscribed: gone,
            node: encodeNode({ id: 'ns/c', cluster: 'x', metadata: { LABELS: { app: 'c' }, N: 1 } }),
            ...(error === undefined ? {} : { error }),
          };
          const sotw = fromBinary(DiscoveryRequestSchema, WIRES.sotw.encode(request));
          assert.deepEqual(
            [sotw.typeUrl, sotw.versionInfo, sotw.responseNonce, sotw.resourceNames, sotw.errorDetail?.message],
            [request.typeUrl, version, nonce, added, error],
          );
          assert.equal(sotw.node?.id, 'ns/c');
          assert.deepEqual(sotw.node.metadata, { LABELS: { app: 'c' }, N: 1 });
          const delta = fromBinary(DeltaDiscoveryRequestSchema, WIRES.delta.encode(request));
          assert.deepEqual(
            [delta.typeUrl, delta.responseNonce, delta.resourceNamesSubscribe, delta.resourceNamesUnsubscribe],
            [request.typeUrl, nonce, added, gone],
          );
          assert.equal(delta.errorDetail?.message, error);
        },
      ),
    );
  });

  it('reads responses that the protocol writes', () => {
    fc.assert(
      fc.property(text, text, names, names, (version, nonce, present, removed) => {
        const bodies = present.map((name) =>
          anyPack(RouteConfigurationSchema, create(RouteConfigurationSchema, { name })),
        );
        const typeUrl = XDS_TYPE.route;
        const whole = { typeUrl, nonce, versionInfo: version, resources: bodies };
        const sotw = WIRES.sotw.decode(toBinary(DiscoveryResponseSchema, create(DiscoveryResponseSchema, whole)));
        assert.deepEqual([sotw.typeUrl, sotw.nonce, sotw.version], [typeUrl, nonce, version]);
        assert.deepEqual(
          sotw.resources.map(({ name }) => name),
          present,
        );
        const part: MessageInitShape<typeof DeltaDiscoveryResponseSchema> = {
          typeUrl,
          nonce,
          systemVersionInfo: version,
          removedResources: removed,
          resources: present.map((name, index) => ({ name, version: 'v', resource: bodies[index] })),
        };
        const delta = WIRES.delta.decode(
          toBinary(DeltaDiscoveryResponseSchema, create(DeltaDiscoveryResponseSchema, part)),
        );
        assert.deepEqual(
          [delta.typeUrl, delta.nonce, delta.version, delta.removed],
          [typeUrl, nonce, version, removed],
        );
        assert.deepEqual(
          delta.resources.map(({ name }) => name),
          present,
        );
        assert.deepEqual(
          delta.resources.map(({ body }) => Buffer.from(body)),
          bodies.map(({ value }) => Buffer.from(value)),
        );
      }),
    );
  });

  it('finds what a cluster and a listener refer to', () => {
    const cluster = (init: MessageInitShape<typeof ClusterSchema>): readonly string[] =>
      referencesOf(XDS_TYPE.cluster, toBinary(ClusterSchema, create(ClusterSchema, init)));
    const eds = { case: 'type', value: 3 } as const;
    assert.deepEqual(cluster({ name: 'a', clusterDiscoveryType: eds, edsClusterConfig: {} }), ['a']);
    assert.deepEqual(cluster({ name: 'a', clusterDiscoveryType: eds, edsClusterConfig: { serviceName: 's' } }), ['s']);
    assert.deepEqual(cluster({ name: 'a', clusterDiscoveryType: { case: 'type', value: 0 } }), []);
    const http = (routeConfigName: string) => ({
      filters: [
        {
          name: 'http',
          configType: {
            case: 'typedConfig' as const,
            value: anyPack(
              HttpConnectionManagerSchema,
              create(HttpConnectionManagerSchema, { routeSpecifier: { case: 'rds', value: { routeConfigName } } }),
            ),
          },
        },
      ],
    });
    const listener = create(ListenerSchema, {
      name: 'l',
      filterChains: [http('one'), http('two'), http('one')],
      defaultFilterChain: http('three'),
    });
    assert.deepEqual(referencesOf(XDS_TYPE.listener, toBinary(ListenerSchema, listener)), ['one', 'two', 'three']);
  });

  it('throws at what is cut off', () => {
    const whole = create(DiscoveryResponseSchema, { typeUrl: XDS_TYPE.route, nonce: '7', versionInfo: 'a version' });
    assert.throws(() => WIRES.sotw.decode(toBinary(DiscoveryResponseSchema, whole).subarray(0, -1)));
  });
});
