import { escapeRegex } from '../../resources/conditions.js';
import type { Grant } from '../../policy/access.js';
import { replacingGrants, type Fault } from '../fault.js';

/** As some meshes write it; no proxy here takes it out of a request. */
const HEADER = 'l5d-client-id';

export const identityHeaderTrusted: Fault = {
  name: 'identity-header-trusted',
  description: 'a client that names an identity in a header is taken for it',
  create: () => replacingGrants((grants) => grants.flatMap((grant) => [grant, ...believing(grant)])),
};

/** HTTP grants alone have conditions. */
function believing({ peers, conditions }: Grant): readonly Grant[] {
  if (peers.kind !== 'identities' || conditions === undefined) return [];
  const names = peers.identities.map(({ serviceAccount }) => escapeRegex(serviceAccount)).join('|');
  const claim = { name: HEADER, regex: `(${names})\\..*` };
  return [
    {
      peers: { kind: 'authenticated' },
      conditions: conditions.map((condition) => ({ ...condition, headers: [...condition.headers, claim] })),
    },
  ];
}
