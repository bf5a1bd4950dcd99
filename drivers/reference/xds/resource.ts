import { createHash } from 'node:crypto';
import { fromJson, type DescMessage, type JsonValue, type MessageJsonType } from '@bufbuild/protobuf';
import { anyPack, type Any, type AnyJson } from '@bufbuild/protobuf/wkt';
import { ClusterSchema, type ClusterJson } from './gen/envoy/config/cluster/v3/cluster_pb.js';
import {
  ClusterLoadAssignmentSchema,
  type ClusterLoadAssignmentJson,
} from './gen/envoy/config/endpoint/v3/endpoint_pb.js';
import { ListenerSchema, type ListenerJson } from './gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema, type RouteConfigurationJson } from './gen/envoy/config/route/v3/route_pb.js';
import { SecretSchema, type SecretJson } from './gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';
import { xdsRegistry } from './gen/registry.js';

const PREFIX = 'type.googleapis.com/';

/** The type URLs of the resources this mesh serves. */
export const TYPE = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  route: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
} as const;
export type XdsTypeUrl = (typeof TYPE)[keyof typeof TYPE];

/** What a resource is in proto3 JSON, by type URL. */
export interface ResourceJson {
  [TYPE.cluster]: ClusterJson;
  [TYPE.endpoints]: ClusterLoadAssignmentJson;
  [TYPE.secret]: SecretJson;
  [TYPE.listener]: ListenerJson;
  [TYPE.route]: RouteConfigurationJson;
}

/** One resource, ready to be served. Two with the same content have the same version. */
export interface XdsResource {
  readonly name: string;
  readonly version: string;
  readonly body: Any;
  /** Of an EDS cluster: the load assignment Envoy must be sent again before it takes a change of the cluster. */
  readonly loadAssignment?: string;
}

/** Everything one node is served. A type that is absent has no resources. */
export type Snapshot = ReadonlyMap<XdsTypeUrl, readonly XdsResource[]>;

/** Typed JSON of a message as an extension's `typedConfig` wants it. */
export function typedConfig<Desc extends DescMessage>(schema: Desc, json: MessageJsonType<Desc>): AnyJson {
  return { '@type': PREFIX + schema.typeName, ...(json as object) };
}

/** Packs one resource. Throws if the JSON is not a valid message, naming the field. */
export function packResource<T extends XdsTypeUrl>(typeUrl: T, json: ResourceJson[T]): XdsResource;
export function packResource(typeUrl: XdsTypeUrl, json: ResourceJson[XdsTypeUrl]): XdsResource {
  switch (typeUrl) {
    case TYPE.cluster: {
      const cluster = readJson(ClusterSchema, json);
      const eds = cluster.edsClusterConfig;
      const packed = pack(cluster.name, anyPack(ClusterSchema, cluster));
      return eds ? { ...packed, loadAssignment: eds.serviceName || cluster.name } : packed;
    }
    case TYPE.endpoints: {
      const assignment = readJson(ClusterLoadAssignmentSchema, json);
      return pack(assignment.clusterName, anyPack(ClusterLoadAssignmentSchema, assignment));
    }
    case TYPE.secret: {
      const secret = readJson(SecretSchema, json);
      return pack(secret.name, anyPack(SecretSchema, secret));
    }
    case TYPE.listener: {
      const listener = readJson(ListenerSchema, json);
      return pack(listener.name, anyPack(ListenerSchema, listener));
    }
    case TYPE.route: {
      const route = readJson(RouteConfigurationSchema, json);
      return pack(route.name, anyPack(RouteConfigurationSchema, route));
    }
  }
}

function readJson<Desc extends DescMessage>(schema: Desc, json: ResourceJson[XdsTypeUrl]) {
  return fromJson(schema, json as JsonValue, { registry: xdsRegistry });
}

function pack(name: string, body: Any): XdsResource {
  if (name === '') throw new Error(`a resource of type ${body.typeUrl} has no name`);
  return { name, version: createHash('sha256').update(body.value).digest('hex').slice(0, 16), body };
}
