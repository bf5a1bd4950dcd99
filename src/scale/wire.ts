/**
 * As much of the xDS protocol as a proxy needs that takes everything and proxies nothing: the outer messages, and inside the
 * resources only the names by which one refers to another. Field numbers are those of Envoy's v3 API.
 */
import { fromJson, toBinary, type JsonObject } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { StructSchema } from '@bufbuild/protobuf/wkt';
import type { XdsNode } from '../mesh/driver.js';

const PREFIX = 'type.googleapis.com/';
const HTTP_MANAGER = `${PREFIX}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`;
const EDS = 3;
const INVALID_ARGUMENT = 3;

/** The types a simulated proxy subscribes to. */
export const XDS_TYPE = {
  cluster: `${PREFIX}envoy.config.cluster.v3.Cluster`,
  endpoints: `${PREFIX}envoy.config.endpoint.v3.ClusterLoadAssignment`,
  listener: `${PREFIX}envoy.config.listener.v3.Listener`,
  route: `${PREFIX}envoy.config.route.v3.RouteConfiguration`,
} as const;
export type XdsType = (typeof XDS_TYPE)[keyof typeof XDS_TYPE];

export interface Response {
  readonly typeUrl: string;
  readonly version: string;
  readonly nonce: string;
  readonly resources: readonly Resource[];
  /** Only ever in a delta response. */
  readonly removed: readonly string[];
}

/** A resource is known by its name; what is inside is looked at only for the names it refers to. */
export interface Resource {
  readonly name: string;
  readonly body: Uint8Array;
}

export interface Request {
  readonly typeUrl: string;
  /** In the first request of a stream. */
  readonly node?: Uint8Array;
  /** State of the world: of the last response taken. */
  readonly version: string;
  readonly nonce: string;
  /** State of the world: every name wanted. Delta: the names that are new. None at first: all. */
  readonly names: readonly string[];
  /** Delta only. */
  readonly unsubscribed: readonly string[];
  /** Makes the request a refusal. */
  readonly error?: string;
}

/** One of the two ways to speak xDS. */
export interface Wire {
  readonly path: string;
  encode(request: Request): Buffer;
  decode(bytes: Uint8Array): Response;
}

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';

export const WIRES: Readonly<Record<'sotw' | 'delta', Wire>> = {
  sotw: {
    path: `${SERVICE}/StreamAggregatedResources`,
    encode: ({ version, node, names, typeUrl, nonce, error }) => {
      const writer = new BinaryWriter();
      writeString(writer, 1, version);
      if (node) writer.tag(2, WireType.LengthDelimited).bytes(node);
      for (const name of names) writeString(writer, 3, name);
      writeString(writer, 4, typeUrl);
      writeString(writer, 5, nonce);
      if (error !== undefined) writer.tag(6, WireType.LengthDelimited).bytes(encodeStatus(error));
      return Buffer.from(writer.finish());
    },
    decode: (bytes) => {
      const found = { version: '', typeUrl: '', nonce: '', resources: [] as Resource[], removed: [] };
      scan(bytes, (field, reader) => {
        if (field === 1) found.version = reader.string();
        else if (field === 2) found.resources.push(readNamed(anyValue(reader.bytes())));
        else if (field === 4) found.typeUrl = reader.string();
        else if (field === 5) found.nonce = reader.string();
        else return false;
        return true;
      });
      return found;
    },
  },
  delta: {
    path: `${SERVICE}/DeltaAggregatedResources`,
    encode: ({ node, names, unsubscribed, typeUrl, nonce, error }) => {
      const writer = new BinaryWriter();
      if (node) writer.tag(1, WireType.LengthDelimited).bytes(node);
      writeString(writer, 2, typeUrl);
      for (const name of names) writeString(writer, 3, name);
      for (const name of unsubscribed) writeString(writer, 4, name);
      writeString(writer, 6, nonce);
      if (error !== undefined) writer.tag(7, WireType.LengthDelimited).bytes(encodeStatus(error));
      return Buffer.from(writer.finish());
    },
    decode: (bytes) => {
      const found = { version: '', typeUrl: '', nonce: '', resources: [] as Resource[], removed: [] as string[] };
      scan(bytes, (field, reader) => {
        if (field === 1) found.version = reader.string();
        else if (field === 2) found.resources.push(readDeltaResource(reader.bytes()));
        else if (field === 4) found.typeUrl = reader.string();
        else if (field === 5) found.nonce = reader.string();
        else if (field === 6) found.removed.push(reader.string());
        else return false;
        return true;
      });
      return found;
    },
  },
};

/** A node as the first request of a stream carries it. */
export function encodeNode({ id, cluster, metadata }: XdsNode): Uint8Array {
  const writer = new BinaryWriter();
  writeString(writer, 1, id);
  writeString(writer, 2, cluster);
  const struct = toBinary(StructSchema, fromJson(StructSchema, metadata as JsonObject));
  writer.tag(3, WireType.LengthDelimited).bytes(struct);
  writeString(writer, 6, 'meshgauge');
  return writer.finish();
}

/** The names under which a cluster asks for its endpoints (one or none) or a listener for its routes. */
export function referencesOf(typeUrl: string, body: Uint8Array): readonly string[] {
  if (typeUrl === XDS_TYPE.cluster) return endpointNames(body);
  if (typeUrl === XDS_TYPE.listener) return [...new Set(routeNames(body))];
  return [];
}

function endpointNames(cluster: Uint8Array): readonly string[] {
  let name = '';
  let serviceName = '';
  let kind = 0;
  scan(cluster, (field, reader) => {
    if (field === 1) name = reader.string();
    else if (field === 2) kind = reader.int32();
    else if (field === 3) serviceName = stringField(reader.bytes(), 2);
    else return false;
    return true;
  });
  return kind === EDS ? [serviceName || name] : [];
}

/** Listener → filter chains → filters → configuration of the HTTP filter → where its routes come from. */
function routeNames(listener: Uint8Array): readonly string[] {
  const chains = [...messages(listener, 3), ...messages(listener, 25)];
  const configs = chains.flatMap((chain) => messages(chain, 3)).flatMap((filter) => messages(filter, 4));
  return configs
    .filter((config) => stringField(config, 1) === HTTP_MANAGER)
    .flatMap((config) => messages(anyValue(config), 3))
    .map((rds) => stringField(rds, 2));
}

function readDeltaResource(bytes: Uint8Array): Resource {
  const found: { name: string; body: Uint8Array } = { name: '', body: new Uint8Array() };
  scan(bytes, (field, reader) => {
    if (field === 3) found.name = reader.string();
    else if (field === 2) found.body = anyValue(reader.bytes());
    else return false;
    return true;
  });
  return found;
}

/** Field 1 of every type that a proxy subscribes to is its name. */
function readNamed(body: Uint8Array): Resource {
  return { name: stringField(body, 1), body };
}

function anyValue(any: Uint8Array): Uint8Array {
  return messages(any, 2)[0] ?? new Uint8Array();
}

function stringField(message: Uint8Array, wanted: number): string {
  let found = '';
  scan(message, (field, reader) => {
    if (field !== wanted) return false;
    found = reader.string();
    return true;
  });
  return found;
}

function messages(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  scan(message, (field, reader) => {
    if (field !== wanted) return false;
    found.push(reader.bytes());
    return true;
  });
  return found;
}

/** Calls `visit` for each field; what it does not read (false) is passed over. */
function scan(message: Uint8Array, visit: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!visit(field, reader)) reader.skip(type, field);
  }
}

/** An absent string is an empty one. */
function writeString(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value);
}

/** google.rpc.Status. */
function encodeStatus(message: string): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(INVALID_ARGUMENT);
  writeString(writer, 2, message);
  return writer.finish();
}
