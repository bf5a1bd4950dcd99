/** What a case asks beneath HTTP: who pods are to the mesh, certificates that no pod holds, handshakes, the wire. */
import type { ClientRecord, RequestSpec } from '../../fixtures/agent/protocol.js';
import type { CaseContext } from '../cases/context.js';
import type { HandshakeAsk, Signer, TransportContext } from '../cases/transport.js';
import { wireFactName, type WatchedPort } from '../cases/wire.js';
import { portKey, type Credentials } from '../mesh/driver.js';
import { asJson, type Lane } from './lane.js';
import { watchWire } from './watch-wire.js';

/** Where nothing else is known: what meshes that follow SPIFFE agree on. */
const USUAL_TRUST_DOMAIN = 'cluster.local';
const HOUR_MS = 3_600_000;
const HANDSHAKE_TIMEOUT_MS = 2_000;

export class Transport implements TransportContext {
  readonly #lane: Lane;
  readonly #case: Pick<CaseContext, 'send' | 'fact'>;

  constructor(lane: Lane, own: Pick<CaseContext, 'send' | 'fact'>) {
    this.#lane = lane;
    this.#case = own;
  }

  async handshake(
    phase: string,
    from: string,
    cell: string,
    to: string,
    ask: HandshakeAsk = {},
  ): Promise<ClientRecord | undefined> {
    const [seen] = await this.#case.send(phase, from, cell, handshakeSpec(this.#lane, to, ask));
    return seen;
  }

  identityOf(name: string): string {
    const { authority } = this.#lane.mesh;
    const { pod } = this.#lane.pod(name);
    const usual = `spiffe://${USUAL_TRUST_DOMAIN}/ns/${pod.namespace}/sa/${pod.serviceAccount}`;
    return authority?.identity(pod) ?? usual;
  }

  async certificateFor(name: string, signer: Signer): Promise<Credentials | undefined> {
    const now = Date.now();
    const notBefore = new Date(now - 2 * HOUR_MS);
    if (signer === 'another authority') {
      const { createAuthority } = await import('../certificates/authority.js');
      const spiffeId = this.identityOf(name);
      const authority = await createAuthority(new URL(spiffeId).host);
      return authority.issue({ spiffeId, ttlMs: HOUR_MS, notBefore });
    }
    const notAfter = new Date(signer === 'the mesh' ? now + HOUR_MS : now - HOUR_MS);
    return this.#lane.mesh.authority?.issue?.(this.#lane.pod(name).pod, { notBefore, notAfter });
  }

  /** Nothing is recorded where no certificate was shown. */
  async recordCertificate(phase: string, name: string, seen: ClientRecord | undefined): Promise<void> {
    const { peerCertificatePem, peerIssuersPem } = seen?.tls ?? {};
    if (peerCertificatePem === undefined) return;
    const { readCertificate } = await import('../certificates/facts.js');
    const roots = await this.#lane.mesh.authority?.roots();
    this.#case.fact(phase, name, asJson(readCertificate(peerCertificatePem, peerIssuersPem, roots)));
  }

  async watchWire(phase: string, where: readonly WatchedPort[], traffic: () => Promise<void>): Promise<void> {
    const seen = await watchWire(this.#lane, where, traffic);
    for (const { place, fact } of seen) this.#case.fact(phase, wireFactName(place), asJson(fact));
  }
}

/** With the proxy of the pod that bears the service's name, past the client's own. */
function handshakeSpec(lane: Lane, to: string, { certificate, version, headers, path }: HandshakeAsk): RequestSpec {
  const service = lane.service(to, 'http');
  const { pod } = lane.pod(to.split(':')[0] ?? to);
  return {
    protocol: 'tls',
    host: pod.ip,
    port: pod.physicalPorts.get(portKey(service)) ?? service.port,
    authority: `${service.name}.${service.namespace}:${service.port}`,
    ...(headers === undefined ? {} : { headers }),
    ...(path === undefined ? {} : { path }),
    timeoutMs: HANDSHAKE_TIMEOUT_MS,
    tls: {
      servername: service.name,
      ...lane.mesh.handshake?.(service),
      ...(certificate === undefined ? {} : { certPem: certificate.certPem, keyPem: certificate.keyPem }),
      ...(version === undefined ? {} : { version }),
    },
  };
}
