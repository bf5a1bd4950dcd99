import 'reflect-metadata';
import assert from 'node:assert/strict';
import { webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { readUriSans } from '../../../fixtures/agent/client-tls.js';
import type { ClientRecord, TlsVersion } from '../../../fixtures/agent/protocol.js';
import { startAgent, type TestAgent } from './agent-process.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const SPIFFE_ID = 'spiffe://cluster.local/ns/shop/sa/cart';
const NOT_AFTER = new Date('2099-01-02T03:04:05Z');

interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A CA and one certificate of it with a SPIFFE id. */
async function issue(): Promise<{ ca: string; leaf: Identity }> {
  const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
    webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = { notBefore: new Date('2020-01-01'), notAfter: NOT_AFTER, signingAlgorithm: ALGORITHM };
  const caKeys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=test CA',
    keys: caKeys,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const keys = await newKeys();
  const leaf = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=leaf',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'cart.shop' },
        { type: 'url', value: SPIFFE_ID },
      ]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { ca: ca.toString('pem'), leaf: { cert: leaf.toString('pem'), key } };
}

describe('agent: TLS handshake probe', function () {
  this.timeout(20_000);
  let agent: TestAgent;
  let authority: Awaited<ReturnType<typeof issue>>;
  before(async () => {
    agent = await startAgent();
    authority = await issue();
  });
  after(() => agent[Symbol.asyncDispose]());

  const probe = async (
    server: TlsOptions,
    client: { alpn?: string[]; certPem?: string; keyPem?: string; version?: TlsVersion } = {},
    behave: (socket: TLSSocket) => void = (socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 418 Teapot\r\nx-meshgauge-pod: tea\r\n\r\n')),
  ): Promise<ClientRecord> => {
    const listener = createServer({ ...authority.leaf, ...server }, (socket) =>
      behave(socket.on('error', () => undefined)),
    );
    listener.on('tlsClientError', () => undefined);
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const { port } = listener.address() as { port: number };
    const spec = agent.spec('tls', { port, tls: { servername: 'cart.shop', ...client } });
    const [record] = await agent.client.batch({
      idPrefix: 't-',
      concurrency: 1,
      connections: 'new',
      items: [{ cell: 'c', count: 1, spec }],
    });
    listener.close();
    assert(record?.tls, record?.error?.message);
    return record;
  };
  const asClient = () => ({ certPem: authority.leaf.cert, keyPem: authority.leaf.key });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const only: TlsOptions = { minVersion: version, maxVersion: version };

    it(`${version}: reports what the server shows`, async () => {
      const { ok, status, server, tls } = await probe(only);
      assert.deepEqual([ok, status, server, tls?.handshake, tls?.version], [true, 418, 'tea', 'completed', version]);
      assert.deepEqual(tls?.peerUriSans, [SPIFFE_ID]);
      assert.equal(tls.peerValidTo, NOT_AFTER.toISOString());
      const expected = new X509Certificate(authority.leaf.cert).fingerprint256;
      assert.equal(new X509Certificate(tls.peerCertificatePem ?? '').fingerprint256, expected);
    });

    it(`${version}: a server that requires a client certificate refuses a client without one`, async () => {
      const strict: TlsOptions = { ...only, requestCert: true, ca: authority.ca };
      const bare = await probe(strict);
      assert.deepEqual([bare.ok, bare.tls?.handshake], [false, 'refused'], bare.error?.message);
      const trusted = await probe(strict, asClient());
      assert.deepEqual([trusted.ok, trusted.tls?.handshake, trusted.server], [true, 'completed', 'tea']);
    });

    it(`${version}: a server that accepts and stays silent has accepted`, async () => {
      const held: TLSSocket[] = [];
      const { tls, ms, status } = await probe(only, {}, (socket) => void held.push(socket));
      assert.deepEqual([tls?.handshake, status], ['completed', undefined]);
      assert(ms < 3000);
      held.forEach((socket) => socket.destroy());
    });
  }

  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
    const spoken: TlsOptions = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' };

    it(`${version}: offers this one alone, and tells that the server took it, even where it wants a certificate`, async () => {
      const taken = await probe(spoken, { version });
      assert.deepEqual([taken.tls?.handshake, taken.tls?.version], ['completed', version]);
      const strict = await probe({ ...spoken, requestCert: true, ca: authority.ca }, { version });
      assert.deepEqual([strict.tls?.handshake, strict.tls?.version], ['refused', version]);
    });

    it(`${version}: a server that speaks another one alone has chosen none`, async () => {
      const other = version === 'TLSv1.3' ? 'TLSv1.2' : 'TLSv1.3';
      const { tls } = await probe({ minVersion: other, maxVersion: other }, { version });
      assert.deepEqual([tls?.handshake, tls?.version, tls?.peerCertificatePem], ['refused', undefined, undefined]);
    });
  }

  it('tells the chain that comes with the certificate', async () => {
    const alone = await probe({});
    assert.equal(alone.tls?.peerIssuersPem, undefined);
    const { tls } = await probe({ ...authority.leaf, cert: `${authority.leaf.cert}\n${authority.ca}` });
    assert.deepEqual(
      tls?.peerIssuersPem?.map((pem) => new X509Certificate(pem).fingerprint256),
      [new X509Certificate(authority.ca).fingerprint256],
    );
  });

  it('no refusal of a TLS 1.3 client without certificate is ever taken for acceptance', async () => {
    const strict: TlsOptions = { minVersion: 'TLSv1.3', requestCert: true, ca: authority.ca };
    for (let round = 0; round < 30; round++) assert.equal((await probe(strict)).tls?.handshake, 'refused');
  });

  it('speaks HTTP/2 where it is negotiated', async () => {
    let hello = '';
    const { ok, tls } = await probe({ ALPNProtocols: ['h2'] }, { alpn: ['h2', 'http/1.1'] }, (socket) =>
      socket.once('data', (data: Buffer) => {
        hello = data.toString('latin1');
        socket.end(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
      }),
    );
    assert.deepEqual([ok, tls?.handshake], [true, 'completed']);
    assert(hello.startsWith('PRI * HTTP/2.0'));
  });

  it('a server that speaks plaintext is a refusal', async () => {
    const plain = createTcpServer((socket) =>
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await once(plain.listen(0, '127.0.0.1'), 'listening');
    const spec = agent.spec('tls', { port: (plain.address() as { port: number }).port });
    const [record] = await agent.client.batch({
      idPrefix: 't-',
      concurrency: 1,
      connections: 'new',
      items: [{ cell: 'c', count: 1, spec }],
    });
    plain.close();
    assert.deepEqual(
      [record?.ok, record?.tls, record?.error?.code],
      [false, { handshake: 'refused' }, 'ERR_SSL_WRONG_VERSION_NUMBER'],
    );
  });

  it('reads URI names from among others, commas included', () => {
    assert.deepEqual(readUriSans('DNS:a.b, URI:spiffe://x/y, IP Address:127.0.0.1, URI:"spiffe://a, b"'), [
      'spiffe://x/y',
      'spiffe://a, b',
    ]);
    assert.deepEqual(readUriSans('DNS:URI:x'), []);
    assert.deepEqual(readUriSans(''), []);
  });
});
