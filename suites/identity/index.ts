import type { CaseRecord } from '../../src/cases/case.js';
import { identityBindings } from './bindings.js';
import { plaintextClients } from './outside.js';
import { accountChange, addressReuse } from './pods.js';
import { rotation } from './rotation.js';
import { spoofedHeaders } from './spoofing.js';
import { transportSecurity } from './transport.js';

export const identityCases: readonly CaseRecord[] = [
  transportSecurity,
  spoofedHeaders,
  addressReuse,
  accountChange,
  plaintextClients,
  rotation,
  identityBindings,
];
