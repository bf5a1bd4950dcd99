import { EventEmitter } from 'node:events';
import { X509Certificate } from 'node:crypto';
import {
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { delta, sotw, type Dialect } from './dialect.js';
import type { Snapshot } from './resource.js';
import { ServedNode, type AckOutcome, type AdsEvents } from './served-node.js';
import { AdsStream, type DiscoveryRequestBase } from './stream.js';
import type { Rejection } from './subscription.js';

export type { AckOutcome, AdsEvents } from './served-node.js';
export type { Acknowledgement, Rejection } from './subscription.js';

export interface AdsOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Clients must present a certificate of the same authority. */
  readonly tls: { readonly caPem: string; readonly certPem: string; readonly keyPem: string };
}

interface NodeRequest extends DiscoveryRequestBase {
  readonly node?: { readonly id: string } | undefined;
}

/** The transport of the control plane: holds what each proxy should have, and gets it there over gRPC with mTLS. */
export class AdsServer implements AsyncDisposable {
  readonly events = new EventEmitter<AdsEvents>();
  readonly #nodes = new Map<string, ServedNode>();
  readonly #host: string;
  readonly #credentials: ServerCredentials;
  /** Undefined while suspended. */
  #server: Server | undefined;
  #port: number;

  static async listen(options: AdsOptions): Promise<AdsServer> {
    const ads = new AdsServer(options);
    await ads.resume();
    return ads;
  }

  private constructor({ host, port, tls }: AdsOptions) {
    this.#host = host;
    this.#port = port;
    this.#credentials = ServerCredentials.createSsl(
      Buffer.from(tls.caPem),
      [{ cert_chain: Buffer.from(tls.certPem), private_key: Buffer.from(tls.keyPem) }],
      true,
    );
  }

  /** Serves again, on the port it had; nodes get what they should have by now. */
  async resume(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = new Server();
    const definition: ServiceDefinition = {
      StreamAggregatedResources: sotw.method,
      DeltaAggregatedResources: delta.method,
    };
    const implementation: UntypedServiceImplementation = {
      StreamAggregatedResources: this.#handle(sotw),
      DeltaAggregatedResources: this.#handle(delta),
    };
    server.addService(definition, implementation);
    const address = `${this.#host}:${this.#port}`;
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(address, this.#credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
    });
    this.#server = server;
  }

  /** Ends all streams and frees the port, and keeps in mind what every node should have. */
  async suspend(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const node of this.#nodes.values()) node.detachAll();
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.tryShutdown(() => resolve()); // an error here says that it is shut down already
      server.forceShutdown();
    });
  }

  get port(): number {
    return this.#port;
  }

  /** From now on a peer whose only URI SAN is `spiffeId`, and no other, may speak for the node. */
  registerNode(nodeId: string, spiffeId: string): void {
    if (this.#nodes.has(nodeId)) throw new Error(`the node ${nodeId} is registered already`);
    this.#nodes.set(nodeId, new ServedNode(nodeId, spiffeId, this.events));
  }

  /** Ends the node's streams and forgets all about it. */
  unregisterNode(nodeId: string): void {
    this.#nodes.get(nodeId)?.forget();
    this.#nodes.delete(nodeId);
  }

  /** Replaces all a node is served, and sends what is different. Returns the generation to wait for. */
  setSnapshot(nodeId: string, snapshot: Snapshot): number {
    return this.#node(nodeId).serve(snapshot);
  }

  /**
   * Resolves when the node has answered everything up to `generation` (or a later one), or after `timeoutMs`.
   * An acknowledged configuration is accepted, which is not yet in effect.
   */
  waitForAck(nodeId: string, generation: number, timeoutMs: number): Promise<AckOutcome> {
    return this.#node(nodeId).waitForAck(generation, timeoutMs);
  }

  isConnected(nodeId: string): boolean {
    return this.#node(nodeId).isConnected;
  }

  /** By type URL, the generation in which what the node took last was sent. */
  acknowledged(nodeId: string): Readonly<Record<string, string>> {
    return this.#node(nodeId).acknowledged();
  }

  /** Every refusal of the node so far, oldest first. */
  rejections(nodeId: string): readonly Rejection[] {
    return this.#node(nodeId).rejections;
  }

  /** Ends all streams and frees the port. */
  async close(): Promise<void> {
    for (const nodeId of [...this.#nodes.keys()]) this.unregisterNode(nodeId);
    await this.suspend();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #node(nodeId: string): ServedNode {
    const node = this.#nodes.get(nodeId);
    if (!node) throw new Error(`the node ${nodeId} is not registered`);
    return node;
  }

  #handle<Request extends NodeRequest, Response>(
    dialect: Dialect<Request, Response>,
  ): (call: ServerDuplexStream<Request, Response>) => void {
    return (call) => {
      let detach: (() => void) | undefined;
      let stream: AdsStream<Request, Response> | undefined;
      // The node is named in the first request of a stream and need not be repeated.
      call.on('data', (request: Request) => {
        if (!stream) {
          const node = this.#admit(request.node?.id ?? '', call);
          if (!node) return;
          const admitted = new AdsStream({
            owner: node,
            dialect,
            write: (response) => call.write(response),
            onEnd: () => call.end(),
          });
          stream = admitted;
          detach = () => node.detach(admitted);
          node.attach(admitted);
        }
        stream.receive(request);
      });
      for (const event of ['end', 'cancelled', 'error']) call.on(event, () => detach?.());
      call.on('end', () => call.end());
    };
  }

  /** The node a call may speak for. Ends the call if there is none. */
  #admit<Request, Response>(nodeId: string, call: ServerDuplexStream<Request, Response>): ServedNode | undefined {
    const peer = readUriNames(call.getAuthContext().sslPeerCertificate?.raw);
    const node = this.#nodes.get(nodeId);
    if (node && peer.length === 1 && peer[0] === node.spiffeId) return node;
    const reason = node ? `it must be ${node.spiffeId}` : 'there is no such node';
    this.events.emit('refused', { nodeId, peer, reason });
    const details = `${peer.join(', ') || 'a peer without a URI name'} may not speak for node "${nodeId}": ${reason}`;
    call.removeAllListeners('data');
    call.emit('error', Object.assign(new Error(details), { code: status.PERMISSION_DENIED, details }));
    return undefined;
  }
}

function readUriNames(certificate: Buffer | undefined): readonly string[] {
  if (!certificate) return [];
  const names = new X509Certificate(certificate).subjectAltName ?? '';
  return names.split(', ').flatMap((name) => (name.startsWith('URI:') ? [name.slice('URI:'.length)] : []));
}
