import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, credentials, type ClientDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { delta, sotw, type Dialect } from '../../../../../drivers/reference/xds/dialect.js';
import {
  DeltaDiscoveryRequestSchema,
  DiscoveryRequestSchema,
} from '../../../../../drivers/reference/xds/gen/envoy/service/discovery/v3/discovery_pb.js';
import type { Authority, Identity } from '../../../../../src/certificates/authority.js';

const DEADLINE_MS = 3_000;

/** A real gRPC client on one ADS stream, which sends exactly what a test says. */
class Conversation<Request, Response> {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Request, Response>;
  readonly #received: Response[] = [];
  #wake: () => void = () => undefined;
  readonly ended: Promise<StatusObject>;

  constructor(client: Client, { method }: Dialect<Request, Response>) {
    this.#client = client;
    this.#call = client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
    this.#call.on('data', (response: Response) => {
      this.#received.push(response);
      this.#wake();
    });
    this.#call.on('error', () => undefined); // the status says it
    this.ended = new Promise((resolve) => this.#call.on('status', resolve));
  }

  write(request: Request): void {
    this.#call.write(request);
  }

  /** The next response, or an error when none comes. */
  async next(): Promise<Response> {
    const deadline = Date.now() + DEADLINE_MS;
    while (this.#received.length === 0) {
      await this.#waitUntil(deadline);
      if (Date.now() >= deadline && this.#received.length === 0) throw new Error('no response came');
    }
    return this.#received.shift() as Response;
  }

  /** Responses nobody has taken yet. */
  get unread(): number {
    return this.#received.length;
  }

  close(): void {
    this.#call.cancel();
    this.#client.close();
  }

  #waitUntil(deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, deadline - Date.now()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function connect(port: number, authority: Authority, identity: Identity): Client {
  const tls = credentials.createSsl(
    Buffer.from(authority.caPem),
    Buffer.from(identity.keyPem),
    Buffer.from(identity.certPem),
  );
  return new Client(`127.0.0.1:${port}`, tls, { 'grpc.ssl_target_name_override': 'control-plane' });
}

export function openSotw(port: number, authority: Authority, identity: Identity) {
  const conversation = new Conversation(connect(port, authority, identity), sotw);
  return Object.assign(conversation, {
    send: (request: MessageInitShape<typeof DiscoveryRequestSchema>) =>
      conversation.write(create(DiscoveryRequestSchema, request)),
  });
}

export function openDelta(port: number, authority: Authority, identity: Identity) {
  const conversation = new Conversation(connect(port, authority, identity), delta);
  return Object.assign(conversation, {
    send: (request: MessageInitShape<typeof DeltaDiscoveryRequestSchema>) =>
      conversation.write(create(DeltaDiscoveryRequestSchema, request)),
  });
}
