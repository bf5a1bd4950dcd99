import { create, fromBinary, toBinary, type Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import type { MethodDefinition } from '@grpc/grpc-js';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
  type DeltaDiscoveryRequest,
  type DeltaDiscoveryResponse,
  type DiscoveryRequest,
  type DiscoveryResponse,
} from './gen/envoy/service/discovery/v3/discovery_pb.js';
import { isWildcardType, type Subscription, type Update } from './subscription.js';

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';

/** Where a response belongs. */
export interface Envelope {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly version: string;
}

/** A response with the names of the resources it speaks of. */
export interface Answer<Response> {
  readonly names: readonly string[];
  readonly message: Response;
}

/** One of the two ways to speak xDS: what the requests and responses of a stream mean. */
export interface Dialect<Request, Response> {
  readonly method: MethodDefinition<Request, Response>;
  /** Takes the first request of a type on a stream. */
  open(subscription: Subscription, request: Request): void;
  /** Takes the names of a later request. `isCurrent`: its sender has seen our last response. */
  follow(subscription: Subscription, request: Request, isCurrent: boolean): void;
  /** The response that brings the client up to date, or nothing if there is nothing to say. */
  answer(subscription: Subscription, update: Update, envelope: Envelope): Answer<Response> | undefined;
}

/** State of the world. */
export const sotw: Dialect<DiscoveryRequest, DiscoveryResponse> = {
  method: defineMethod('StreamAggregatedResources', DiscoveryRequestSchema, DiscoveryResponseSchema),

  open: (subscription, request) => subscription.replaceNames(request.resourceNames),

  // A request that answers an older response crossed ours; the answer to ours repeats its names.
  follow: (subscription, request, isCurrent) => {
    if (isCurrent) subscription.replaceNames(request.resourceNames);
  },

  // Clusters and listeners left out of a response are removed by it; of the other types, silence means no change.
  answer: (subscription, update, { typeUrl, nonce, version }) => {
    const isFull = isWildcardType(subscription.typeUrl);
    if (update.changed.length === 0 && !(isFull && (update.removed.length > 0 || update.due))) return undefined;
    const resources = isFull ? update.complete : update.changed;
    return {
      names: resources.map(({ name }) => name),
      message: create(DiscoveryResponseSchema, {
        typeUrl,
        nonce,
        versionInfo: version,
        resources: resources.map(({ body }) => body),
      }),
    };
  },
};

/** Incremental. */
export const delta: Dialect<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = {
  method: defineMethod('DeltaAggregatedResources', DeltaDiscoveryRequestSchema, DeltaDiscoveryResponseSchema),

  open: (subscription, request) => subscription.open(request.resourceNamesSubscribe, request.initialResourceVersions),

  // Changes of names are not repeated, so each counts, whatever response it crossed.
  follow: (subscription, request) =>
    subscription.changeNames(request.resourceNamesSubscribe, request.resourceNamesUnsubscribe),

  answer: (_subscription, update, { typeUrl, nonce, version }) => {
    const removedResources = [...new Set([...update.removed, ...update.missing])];
    if (update.changed.length === 0 && removedResources.length === 0 && !update.due) return undefined;
    return {
      names: [...update.changed.map(({ name }) => name), ...removedResources],
      message: create(DeltaDiscoveryResponseSchema, {
        typeUrl,
        nonce,
        systemVersionInfo: version,
        removedResources,
        resources: update.changed.map(({ name, version: own, body }) => ({ name, version: own, resource: body })),
      }),
    };
  },
};

function defineMethod<Request extends Message, Response extends Message>(
  name: string,
  request: GenMessage<Request>,
  response: GenMessage<Response>,
): MethodDefinition<Request, Response> {
  return {
    path: `${SERVICE}/${name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: (message) => Buffer.from(toBinary(request, message)),
    requestDeserialize: (bytes) => fromBinary(request, bytes),
    responseSerialize: (message) => Buffer.from(toBinary(response, message)),
    responseDeserialize: (bytes) => fromBinary(response, bytes),
  };
}
