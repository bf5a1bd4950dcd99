import { replacingGrants, type Fault } from './fault.js';

export const anyIdentity: Fault = {
  name: 'any-identity',
  description: 'what is granted to one identity is granted to every identity of the mesh',
  create: () => replacingGrants((grants) => grants.map((grant) => ({ ...grant, peers: { kind: 'authenticated' } }))),
};
