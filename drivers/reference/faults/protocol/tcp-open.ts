import { ANYONE } from '../../policy/access.js';
import type { Fault } from '../fault.js';

export const tcpOpen: Fault = {
  name: 'tcp-open',
  description: 'policy is enforced for HTTP alone: TCP is open to everybody',
  alsoBreaks: [
    { cases: ['ACC-29'], why: 'what becomes of a TCP connection that is open to everybody is another reading' },
  ],
  create: () => ({
    inbound: (policy) => ({
      ...policy,
      ports: policy.ports.map((port) => (port.protocol === 'tcp' ? { ...port, grants: [ANYONE] } : port)),
    }),
  }),
};
