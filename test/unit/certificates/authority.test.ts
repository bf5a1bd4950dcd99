import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, type Authority } from '../../../src/certificates/authority.js';

const SPIFFE = 'spiffe://mesh.test/ns/shop/sa/web';
const HOUR_MS = 3_600_000;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe('certificates', () => {
  let authority: Authority;
  let ca: X509Certificate;

  before(async () => {
    authority = await createAuthority('mesh.test');
    ca = new X509Certificate(authority.caPem);
  });

  it('makes a root that signs itself and names its trust domain', () => {
    assert.equal(ca.ca, true);
    assert.equal(ca.verify(ca.publicKey), true);
    assert.equal(ca.subjectAltName, 'URI:spiffe://mesh.test');
  });

  it('issues an SVID: one URI name, no subject, signed by the root, with its own key', async () => {
    const { certPem, keyPem, serialNumber } = await authority.issue({ spiffeId: SPIFFE, ttlMs: HOUR_MS });
    const svid = new X509Certificate(certPem);
    assert.equal(svid.subjectAltName, `URI:${SPIFFE}`);
    assert.ok(!svid.subject, 'the subject is not empty');
    assert.equal(svid.ca, false);
    assert.equal(svid.checkIssued(ca), true);
    assert.equal(svid.verify(ca.publicKey), true);
    assert.equal(svid.checkPrivateKey(createPrivateKey(keyPem)), true);
    assert.equal(svid.serialNumber.toLowerCase(), serialNumber);
    assert.deepEqual(svid.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  it('is valid exactly as long as asked', async () => {
    const notBefore = new Date('2020-01-01T00:00:00Z');
    const before = Date.now();
    const { certPem, notAfter } = await authority.issue({ spiffeId: SPIFFE, ttlMs: 5_000, notBefore });
    const svid = new X509Certificate(certPem);
    assert.equal(Date.parse(svid.validFrom), notBefore.getTime());
    assert.equal(Date.parse(svid.validTo), Math.floor(notAfter.getTime() / 1_000) * 1_000);
    assert.ok(notAfter.getTime() - before - 5_000 < 2_000);
  });

  it('can be issued already expired, to see whether a mesh notices', async () => {
    const notBefore = new Date(Date.now() - HOUR_MS);
    const { certPem } = await authority.issue({ spiffeId: SPIFFE, ttlMs: -60_000, notBefore });
    assert.ok(Date.parse(new X509Certificate(certPem).validTo) < Date.now());
  });

  it('adds DNS names', async () => {
    const { certPem } = await authority.issue({ spiffeId: SPIFFE, dnsNames: ['web.shop'], ttlMs: HOUR_MS });
    assert.equal(new X509Certificate(certPem).subjectAltName, `URI:${SPIFFE}, DNS:web.shop`);
  });

  it('gives every certificate another serial number', async () => {
    const issued = await Promise.all(
      Array.from({ length: 20 }, () => authority.issue({ spiffeId: SPIFFE, ttlMs: HOUR_MS })),
    );
    assert.equal(new Set(issued.map(({ serialNumber }) => serialNumber)).size, issued.length);
  });

  for (const spiffeId of ['spiffe://other.test/ns/a/sa/b', 'spiffe://mesh.test.evil/x', 'spiffe://mesh.test', 'web']) {
    it(`refuses to issue ${spiffeId}`, async () => {
      await assert.rejects(authority.issue({ spiffeId, ttlMs: HOUR_MS }), /not a workload of the trust domain/);
    });
  }

  it('is not accepted by another root of the same trust domain', async () => {
    const other = new X509Certificate((await createAuthority('mesh.test')).caPem);
    const { certPem } = await authority.issue({ spiffeId: SPIFFE, ttlMs: HOUR_MS });
    assert.equal(new X509Certificate(certPem).verify(other.publicKey), false);
  });

  if (hasOpenssl) {
    describe('as openssl sees it', () => {
      let dir: string;

      before(async () => {
        dir = await mkdtemp(join(tmpdir(), 'certificates-'));
        const { certPem } = await authority.issue({ spiffeId: SPIFFE, ttlMs: HOUR_MS });
        await writeFile(join(dir, 'ca.pem'), authority.caPem);
        await writeFile(join(dir, 'svid.pem'), certPem);
      });

      after(() => rm(dir, { recursive: true, force: true }));

      const openssl = (...args: readonly string[]): string => {
        const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: dir, encoding: 'utf8' });
        assert.equal(status, 0, stderr);
        return stdout;
      };

      for (const purpose of ['sslserver', 'sslclient']) {
        it(`passes strict verification as ${purpose}`, () => {
          openssl('verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.pem', 'svid.pem');
        });
      }

      it('follows the SVID profile', () => {
        const shown = openssl('x509', '-in', 'svid.pem', '-noout', '-text');
        assert.match(shown, /Subject Alternative Name: critical\s+URI:spiffe:\/\/mesh\.test\/ns\/shop\/sa\/web\n/);
        assert.match(shown, /Key Usage: critical\s+Digital Signature\n/);
        assert.match(shown, /Basic Constraints: critical\s+CA:FALSE\n/);
        assert.match(shown, /Authority Key Identifier/);
      });
    });
  }
});
