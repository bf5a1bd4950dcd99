import { admitting } from '../admitting.js';
import { changing } from '../changing.js';
import { replacingGrants, type Fault } from '../fault.js';
import { lacks } from './empty-rules-open.js';

/** Stands for the sources that are not there, until grants are made of them. */
const EVERYBODY = 'fault-everybody';

export const emptySourcesOpen: Fault = {
  name: 'empty-sources-open',
  description: 'a TrafficTarget without sources is admitted and lets every client of the mesh in',
  create: () => ({
    ...admitting(['TrafficTarget'], (body) => lacks(body, 'sources')),
    ...changing('TrafficTarget', (target) =>
      target.sources.length > 0 ? target : { ...target, sources: [{ kind: 'ServiceAccount', name: EVERYBODY }] },
    ),
    ...replacingGrants((grants) =>
      grants.map((grant) => {
        const isForAll =
          grant.peers.kind === 'identities' &&
          grant.peers.identities.some(({ serviceAccount }) => serviceAccount === EVERYBODY);
        return isForAll ? { ...grant, peers: { kind: 'authenticated' } } : grant;
      }),
    ),
  }),
};
