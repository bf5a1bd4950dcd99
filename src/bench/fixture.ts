/** The ground of a benchmark: clients and servers inside and outside the mesh, and the grants that let them meet. */
import type { FixtureRecord } from '../cases/fixture.js';
import { group, http, identity, match, target } from '../cases/objects.js';

export const BENCH: FixtureRecord = {
  name: 'bench',
  workloads: 'bench',
  base: [
    group('any', [match('any', '.*')]),
    target('srv', { to: 'srv', from: ['member'], rules: [http('any')] }),
    group('ns2/open', [match('any', '.*')]),
    { ...target('ns2/open', { from: ['comer'], rules: [http('open')] }), destination: identity('ns2/open') },
  ],
  // Nothing changes while it is measured: the arms themselves show when the grants are in force.
  markers: [],
  markerPods: [],
  markerPorts: [],
  controlTarget: () => 'bare:8080',
  witness: 'member',
  serviceOf: { srv: 'srv' },
};
