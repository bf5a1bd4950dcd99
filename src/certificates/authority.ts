import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const ROOT_TTL_MS = 7 * 24 * 3_600_000;
/** Certificates are valid from a little earlier, for clocks read twice and second granularity. */
const BACKDATE_MS = 60_000;

/** A key with its certificate. */
export interface Identity {
  readonly certPem: string;
  readonly keyPem: string;
  readonly serialNumber: string;
  readonly notAfter: Date;
}

export interface IssueRequest {
  /** The one URI SAN of the certificate. */
  readonly spiffeId: string;
  readonly dnsNames?: readonly string[];
  readonly ttlMs: number;
  /** Default: a minute ago. The certificate ends `ttlMs` from now, whatever this is. */
  readonly notBefore?: Date;
}

/** The root of trust of one mesh: lives as long as the process and signs X.509 SVIDs. */
export interface Authority {
  readonly trustDomain: string;
  readonly caPem: string;
  issue(request: IssueRequest): Promise<Identity>;
}

/** Makes a new root for `spiffe://<trustDomain>`; it is good for a week unless told. */
export async function createAuthority(trustDomain: string, ttlMs: number = ROOT_TTL_MS): Promise<Authority> {
  const keys = await generateKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: `O=meshgauge, CN=${trustDomain} root`,
    notBefore: new Date(Date.now() - BACKDATE_MS),
    notAfter: new Date(Date.now() + ttlMs),
    signingAlgorithm: P256,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${trustDomain}` }]),
    ],
  });
  const authorityKey = await AuthorityKeyIdentifierExtension.create(keys.publicKey);

  const issue = async ({ spiffeId, dnsNames = [], ttlMs, notBefore }: IssueRequest): Promise<Identity> => {
    requireMember(spiffeId, trustDomain);
    const own = await generateKeys();
    const notAfter = new Date(Date.now() + ttlMs);
    const names = [
      { type: 'url' as const, value: spiffeId },
      ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ];
    const certificate = await X509CertificateGenerator.create({
      serialNumber: randomSerial(),
      issuer: root.subject,
      subject: '', // the name is the URI SAN, which is therefore critical (RFC 5280, 4.2.1.6)
      notBefore: notBefore ?? new Date(Date.now() - BACKDATE_MS),
      notAfter,
      signingAlgorithm: P256,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        await SubjectKeyIdentifierExtension.create(own.publicKey),
        authorityKey,
        new SubjectAlternativeNameExtension(names, true),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', own.privateKey);
    return {
      certPem: certificate.toString('pem'),
      keyPem: PemConverter.encode(key, 'PRIVATE KEY'),
      serialNumber: certificate.serialNumber,
      notAfter,
    };
  };
  return { trustDomain, caPem: root.toString('pem'), issue };
}

function requireMember(spiffeId: string, trustDomain: string): void {
  if (!spiffeId.startsWith(`spiffe://${trustDomain}/`)) {
    throw new Error(`${spiffeId} is not a workload of the trust domain ${trustDomain}`);
  }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
}

/** 128 random bits, positive and never zero, as RFC 5280 wants. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
