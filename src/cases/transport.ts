/** What a case may ask beneath HTTP: handshakes, certificates, the wire. */
import type { ClientRecord, TlsVersion } from '../../fixtures/agent/protocol.js';
import type { Credentials } from '../mesh/driver.js';
import type { WatchedPort } from './wire.js';

/** Who has signed a certificate that a client presents. */
export type Signer = 'another authority' | 'the mesh' | 'the mesh, expired';

/** A TLS handshake past the client's own proxy, and the request that follows it. */
export interface HandshakeAsk {
  readonly certificate?: Credentials;
  /** The only version that is offered. */
  readonly version?: TlsVersion;
  readonly headers?: readonly (readonly [string, string])[];
  readonly path?: string;
}

export interface TransportContext {
  /** A handshake with the proxy of the pod `to` (`srv:8080`), introduced as the mesh wants it; answers what the client saw. */
  handshake(
    phase: string,
    from: string,
    cell: string,
    to: string,
    ask?: HandshakeAsk,
  ): Promise<ClientRecord | undefined>;
  /** The SPIFFE id of the account that a pod runs as; the usual form where the mesh does not say. */
  identityOf(pod: string): string;
  /** A certificate for the account of a pod; undefined where the mesh's authority cannot be asked. Keys are never recorded. */
  certificateFor(pod: string, signer: Signer): Promise<Credentials | undefined>;
  /** Records as a fact what the certificate of a handshake says, and whether a root of the mesh vouches for it. */
  recordCertificate(phase: string, name: string, seen: ClientRecord | undefined): Promise<void>;
  /** Looks at the wire of pods while `traffic` runs, and records for each as a fact what was seen, or why nothing could be. */
  watchWire(phase: string, where: readonly WatchedPort[], traffic: () => Promise<void>): Promise<void>;
}
