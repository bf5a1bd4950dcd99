import 'reflect-metadata';
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { createAuthority, type Authority } from '../../../src/certificates/authority.js';
import { readCertificate } from '../../../src/certificates/facts.js';

const ID = 'spiffe://mesh.test/ns/shop/sa/web';
const HOUR_MS = 3_600_000;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Made {
  readonly pem: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly subject: string;
}

/** A certificate signed by `issuer`, or by itself. */
async function make(name: string, issuer: Made | undefined, extensions: x509.Extension[] = []): Promise<Made> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const subject = `CN=${name}`;
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer?.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuer ?? { keys }).keys.privateKey,
    signingAlgorithm: P256,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    extensions,
  });
  return { pem: certificate.toString('pem'), keys, subject };
}
const AUTHORITY = [new x509.BasicConstraintsExtension(true, undefined, true)];

describe('what a certificate says', () => {
  let authority: Authority;
  before(async () => (authority = await createAuthority('mesh.test')));

  it('of a workload of the mesh', async () => {
    const { certPem, serialNumber, notAfter } = await authority.issue({ spiffeId: ID, ttlMs: HOUR_MS });
    const facts = readCertificate(certPem, [], authority.caPem);
    assert.deepEqual(
      { ...facts, serial: facts.serial.toLowerCase(), notBefore: 0 },
      {
        serial: serialNumber,
        uriNames: [ID],
        otherNames: [],
        key: 'EC prime256v1',
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: ['serverAuth', 'clientAuth'],
        notBefore: 0,
        notAfter: Math.floor(notAfter.getTime() / 1_000) * 1_000,
        isAuthority: false,
        issuers: 0,
        verified: 'yes',
      },
    );
  });

  it('of an authority, and of one without names and limits', async () => {
    const root = readCertificate(authority.caPem, [], authority.caPem);
    assert.deepEqual(
      [root.isAuthority, root.keyUsage, root.extendedKeyUsage, root.uriNames, root.verified],
      [true, ['keyCertSign', 'cRLSign'], [], ['spiffe://mesh.test'], 'yes'],
    );
    const bare = readCertificate((await make('bare', undefined)).pem);
    assert.deepEqual([bare.uriNames, bare.otherNames, bare.keyUsage, bare.extendedKeyUsage], [[], [], [], []]);
  });

  it('names of all kinds, commas included', async () => {
    const names = new x509.SubjectAlternativeNameExtension([
      { type: 'url', value: 'spiffe://a/b' },
      { type: 'dns', value: 'web.shop' },
      { type: 'url', value: 'spiffe://a/c,d' },
    ]);
    const { uriNames, otherNames } = readCertificate((await make('names', undefined, [names])).pem);
    assert.deepEqual([uriNames, otherNames], [['spiffe://a/b', 'spiffe://a/c,d'], ['DNS:web.shop']]);
  });

  it('whom a root vouches for: directly, over an authority in between, among several roots', async () => {
    const root = await make('root', undefined, AUTHORITY);
    const between = await make('between', root, AUTHORITY);
    const leaf = await make('leaf', between);
    const other = await make('other', undefined, AUTHORITY);
    const verified = (pem: string, issuers: readonly string[], roots: string) =>
      readCertificate(pem, issuers, roots).verified;
    assert.equal(verified(between.pem, [], root.pem), 'yes');
    assert.equal(verified(leaf.pem, [between.pem], root.pem), 'yes');
    assert.equal(verified(leaf.pem, [between.pem, root.pem], `${other.pem}\n${root.pem}`), 'yes');
    assert.equal(verified(leaf.pem, [], root.pem), 'no');
    assert.equal(verified(leaf.pem, [between.pem], other.pem), 'no');
    assert.equal(readCertificate(leaf.pem, [between.pem]).verified, 'unknown');
  });

  it('no root vouches for what somebody of the same name has signed, or who may not sign', async () => {
    const root = await make('root', undefined, AUTHORITY);
    const impostor = await make('root', undefined, AUTHORITY);
    const forged = await make('leaf', impostor);
    assert.equal(readCertificate(forged.pem, [], root.pem).verified, 'no');
    assert.equal(readCertificate(forged.pem, [impostor.pem], root.pem).verified, 'no');
    const workload = await make('workload', root);
    const signedByWorkload = await make('leaf', workload);
    assert.equal(readCertificate(signedByWorkload.pem, [workload.pem], root.pem).verified, 'no');
  });
});
