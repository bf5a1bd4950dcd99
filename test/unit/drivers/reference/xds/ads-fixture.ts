import assert from 'node:assert/strict';
import { toJson } from '@bufbuild/protobuf';
import { AnySchema, type Any } from '@bufbuild/protobuf/wkt';
import { createAuthority, type Authority, type Identity } from '../../../../../src/certificates/authority.js';
import { AdsServer } from '../../../../../drivers/reference/xds/ads-server.js';
import { packResource, TYPE, type Snapshot, type XdsResource } from '../../../../../drivers/reference/xds/resource.js';
import { xdsRegistry } from '../../../../../drivers/reference/xds/gen/registry.js';
import { openDelta, openSotw } from './ads-client.js';

export const NODE = { id: 'web' };
export const SPIFFE = 'spiffe://mesh.test/ns/shop/sa/web';
export const HOUR_MS = 3_600_000;

export const cluster = (name: string, altStatName = ''): XdsResource =>
  packResource(TYPE.cluster, { name, altStatName, type: 'EDS', edsClusterConfig: { edsConfig: { ads: {} } } });
export const endpoints = (clusterName: string): XdsResource => packResource(TYPE.endpoints, { clusterName });
export const route = (name: string, domain: string): XdsResource =>
  packResource(TYPE.route, { name, virtualHosts: [{ name: 'v', domains: [domain] }] });
export const listener = (name: string): XdsResource => packResource(TYPE.listener, { name });
/** What `expectSilence` asks for: a name that exists, so that both dialects answer. */
const PROBE = packResource(TYPE.secret, { name: 'probe' });

/** Readable, and blind to which class of byte array a message holds. */
export const show = (bodies: readonly Any[]) =>
  bodies.map((body) => toJson(AnySchema, body, { registry: xdsRegistry }));
export const bodiesOf = (...resources: readonly XdsResource[]) => show(resources.map(({ body }) => body));
export const namesOf = (resources: readonly { readonly name: string }[]) => resources.map(({ name }) => name).sort();

/** A control plane with one node, and clients that end with the test. Its fields are set before each test. */
export class AdsFixture {
  ads!: AdsServer;
  authority!: Authority;
  identity!: Identity;
  readonly #open: { close(): void }[] = [];

  /** Registers the hooks of the suite that calls it. */
  static use(): AdsFixture {
    const fixture = new AdsFixture();
    before(async () => {
      fixture.authority = await createAuthority('mesh.test');
      fixture.identity = await fixture.authority.issue({ spiffeId: SPIFFE, ttlMs: HOUR_MS });
    });
    beforeEach(() => fixture.#start());
    afterEach(() => fixture.#stop());
    return fixture;
  }

  speakSotw(as = this.identity) {
    const stream = openSotw(this.ads.port, this.authority, as);
    this.#open.push(stream);
    return stream;
  }

  speakDelta(as = this.identity) {
    const stream = openDelta(this.ads.port, this.authority, as);
    this.#open.push(stream);
    return stream;
  }

  serve(...resources: readonly XdsResource[]): number {
    const snapshot = new Map(Object.values(TYPE).map((type): [typeof type, XdsResource[]] => [type, []]));
    for (const resource of [...resources, PROBE]) {
      for (const [typeUrl, list] of snapshot) if (typeUrl === resource.body.typeUrl) list.push(resource);
    }
    return this.ads.setSnapshot(NODE.id, snapshot satisfies Snapshot);
  }

  async #start(): Promise<void> {
    const { caPem } = this.authority;
    const spiffeId = 'spiffe://mesh.test/control-plane';
    const own = await this.authority.issue({ spiffeId, dnsNames: ['control-plane'], ttlMs: HOUR_MS });
    this.ads = await AdsServer.listen({ host: '127.0.0.1', port: 0, tls: { caPem, ...own } });
    this.ads.registerNode(NODE.id, SPIFFE);
  }

  async #stop(): Promise<void> {
    for (const stream of this.#open.splice(0)) stream.close();
    await this.ads.close();
  }
}

/** Proves that nothing is on its way: on a stream, what was written before comes before this answer. */
export async function expectSilence(
  stream: { send(request: object): void; next(): Promise<{ typeUrl: string; nonce: string }> },
  why: string,
): Promise<void> {
  const names = { resourceNames: ['probe'], resourceNamesSubscribe: ['probe'] };
  stream.send({ typeUrl: TYPE.secret, ...names });
  const { typeUrl, nonce } = await stream.next();
  assert.equal(typeUrl, TYPE.secret, why);
  stream.send({ typeUrl: TYPE.secret, resourceNames: ['probe'], responseNonce: nonce });
}
