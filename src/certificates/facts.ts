/** What a certificate says, as a judge needs it: names, what its key is for, how long it is valid, and who vouches for it. */
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { KeyUsageFlags, KeyUsagesExtension, X509Certificate as ParsedCertificate } from '@peculiar/x509';

export interface CertificateFacts {
  readonly serial: string;
  readonly uriNames: readonly string[];
  readonly otherNames: readonly string[];
  /** `EC prime256v1`, `RSA 2048`. */
  readonly key: string;
  readonly keyUsage: readonly string[];
  readonly extendedKeyUsage: readonly string[];
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isAuthority: boolean;
  /** Certificates that came along with it. */
  readonly issuers: number;
  /** Whether a root that the mesh trusts has signed it, or what came along; unknown where the roots are. */
  readonly verified: 'yes' | 'no' | 'unknown';
}

const PURPOSES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
};
const USAGES = Object.entries(KeyUsageFlags).filter(
  (entry): entry is [string, KeyUsageFlags] => typeof entry[1] === 'number',
);

/** @param rootsPem one or more certificates; absent: nobody told whom the mesh trusts */
export function readCertificate(
  certificatePem: string,
  issuersPem: readonly string[] = [],
  rootsPem?: string,
): CertificateFacts {
  const certificate = new X509Certificate(certificatePem);
  const names = splitNames(certificate.subjectAltName ?? '');
  const usage = new ParsedCertificate(certificatePem).getExtension(KeyUsagesExtension)?.usages ?? 0;
  return {
    serial: certificate.serialNumber,
    uriNames: names.filter((name) => name.startsWith('URI:')).map((name) => name.slice('URI:'.length)),
    otherNames: names.filter((name) => !name.startsWith('URI:')),
    key: describeKey(certificate),
    keyUsage: USAGES.filter(([, flag]) => (usage & flag) !== 0).map(([name]) => name),
    // Wrongly declared as always there: absent where the certificate does not limit its purposes.
    extendedKeyUsage: ((certificate.keyUsage as string[] | undefined) ?? []).map((oid) => PURPOSES[oid] ?? oid),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    isAuthority: certificate.ca,
    issuers: issuersPem.length,
    verified: rootsPem === undefined ? 'unknown' : isVouchedFor(certificate, issuersPem, rootsPem) ? 'yes' : 'no',
  };
}

function describeKey({ publicKey }: X509Certificate): string {
  const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
  const size = namedCurve ?? modulusLength;
  return `${(publicKey.asymmetricKeyType ?? 'unknown').toUpperCase()}${size === undefined ? '' : ` ${size}`}`;
}

/** From the certificate over its issuers to one of the roots; each step is a signature that holds. */
function isVouchedFor(certificate: X509Certificate, issuersPem: readonly string[], rootsPem: string): boolean {
  const roots = splitPem(rootsPem).map((pem) => new X509Certificate(pem));
  const issuers = issuersPem.map((pem) => new X509Certificate(pem)).filter(({ ca }) => ca);
  let current = certificate;
  for (let steps = 0; steps <= issuers.length; steps += 1) {
    if (roots.some((root) => isSignedBy(current, root))) return true;
    const next = issuers.find(
      (issuer) => issuer.fingerprint256 !== current.fingerprint256 && isSignedBy(current, issuer),
    );
    if (next === undefined) return false;
    current = next;
  }
  return false;
}

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

function splitPem(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Node quotes a name that contains a comma as a JSON string. */
function splitNames(subjectAltName: string): readonly string[] {
  return [...subjectAltName.matchAll(/(?:^|, )([^:]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, kind = '', value = '']) => `${kind}:${value.startsWith('"') ? String(JSON.parse(value)) : value}`,
  );
}
