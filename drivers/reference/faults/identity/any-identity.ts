import { replacingGrants, type Fault } from '../fault.js';

export const anyIdentity: Fault = {
  name: 'any-identity',
  description: 'what is granted to one identity is granted to every identity of the mesh',
  alsoBreaks: [{ cases: ['ACC-*', 'SPC-*', 'IDN-*'], why: 'a control that has to be denied is let in' }],
  create: () =>
    replacingGrants((grants) =>
      grants.map((grant) =>
        grant.peers.kind === 'identities' ? { ...grant, peers: { kind: 'authenticated' } } : grant,
      ),
    ),
};
