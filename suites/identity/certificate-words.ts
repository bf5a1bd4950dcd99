/** What certificates say, in the words of a report. */
import type { CertificateFacts } from '../../src/certificates/facts.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Json } from '../../src/smi/model.js';

export function factOf({ lines }: Evidence, phase: string, name: string): Json | undefined {
  const found = lines.find((line) => line.kind === 'fact' && line.phase === phase && line.name === name);
  return found?.kind === 'fact' ? found.value : undefined;
}

/** Reads a recorded certificate back. */
export const asCertificate = (fact: Json): CertificateFacts => fact as unknown as CertificateFacts;

const VERIFIED = {
  yes: 'signed by a root of the mesh',
  no: 'signed by NO root of the mesh',
  unknown: 'the roots of the mesh are unknown',
} as const;

/** `at`: when it was shown, in epoch milliseconds. */
export function describeCertificate(fact: Json, at: number): string {
  const facts = asCertificate(fact);
  const { extendedKeyUsage, isAuthority, issuers, key, keyUsage, notAfter, notBefore, otherNames, uriNames } = facts;
  return [
    `its certificate has ${count(uriNames.length, 'URI name')}${otherNames.length === 0 ? '' : ` and ${otherNames.join(', ')}`}`,
    `a key ${key} for ${[...keyUsage, ...extendedKeyUsage].join(', ') || 'anything'}`,
    `a life of ${duration(notAfter - notBefore)}${notAfter > at ? '' : ', which has ENDED'}${notBefore > at ? ', which has NOT BEGUN' : ''}`,
    ...(issuers === 0 ? [] : [`${count(issuers, 'certificate')} along with it`]),
    ...(isAuthority ? ['the right to sign others'] : []),
    VERIFIED[facts.verified],
  ].join(', ');
}

const count = (number: number, what: string): string =>
  `${number === 1 ? 'one' : number === 0 ? 'no' : number} ${what}${number === 1 ? '' : 's'}`;

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** In the largest unit of which there are two. */
function duration(ms: number): string {
  const [name, size] = UNITS.find(([, unit]) => ms >= 2 * unit) ?? (['second', 1_000] as const);
  return count(Math.round(ms / size), name);
}
