/** Workload identities: a ServiceAccount of a namespace, written as a SPIFFE id. */

/** `ANY` as namespace matches the account in every namespace; only a deliberate defect says so. */
export const ANY = '*';

export interface Identity {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** The SPIFFE id in a workload's certificate. */
export function spiffeId(trustDomain: string, identity: Identity): string {
  return `spiffe://${trustDomain}/ns/${identity.namespace}/sa/${identity.serviceAccount}`;
}
