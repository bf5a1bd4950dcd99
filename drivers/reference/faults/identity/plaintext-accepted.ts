import type { Fault } from '../fault.js';

export const plaintextAccepted: Fault = {
  name: 'plaintext-accepted',
  description: 'servers take plaintext beside mutual TLS, and let it in without any authorization',
  alsoBreaks: [
    { cases: ['IDN-*'], why: 'what protects a connection is another reading' },
    { cases: ['ACC-36'], why: 'another reading of what the text leaves open' },
  ],
  create: () => ({ inbound: (policy) => ({ ...policy, plaintext: 'unchecked' }) }),
};
