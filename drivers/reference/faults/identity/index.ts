/** Who a client is. */
import type { Fault } from '../fault.js';
import { anyIdentity } from './any-identity.js';
import { identityByAddress } from './identity-by-address.js';
import { identityHeaderTrusted } from './identity-header-trusted.js';
import { permissiveIgnored } from './permissive-ignored.js';
import { plaintextAccepted } from './plaintext-accepted.js';

export const identityFaults: readonly Fault[] = [
  anyIdentity,
  plaintextAccepted,
  permissiveIgnored,
  identityByAddress,
  identityHeaderTrusted,
];
