import type { CaseRecord } from '../../src/cases/case.js';
import { rotation, transportSecurity } from './certificates.js';
import { accountChange, addressReuse } from './pods.js';
import { spoofedHeaders } from './spoofing.js';

export const identityCases: readonly CaseRecord[] = [
  transportSecurity,
  spoofedHeaders,
  addressReuse,
  accountChange,
  rotation,
];
