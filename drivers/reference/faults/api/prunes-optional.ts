import type { Json, KubeObject } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const prunesOptional: Fault = {
  name: 'prunes-optional',
  description:
    'the schema lacks optional fields (matches of splits and TCP routes, headers): they are dropped in silence',
  alsoBreaks: [
    {
      cases: ['ACC-*', 'SPC-*', 'SPL-*', 'CRD-*'],
      why: 'the ports of a TCP route, the filters of a match or the segment of a split are lost',
    },
  ],
  create: () => ({ admits: prune }),
};

const DROPPED: Readonly<Record<string, string>> = {
  TrafficSplit: 'matches',
  TCPRoute: 'matches',
  HTTPRouteGroup: 'headers',
};

/** Objects that lose nothing are left to the schema. */
function prune(sent: KubeObject): KubeObject | undefined {
  const dropped = DROPPED[sent.kind];
  if (dropped === undefined || !JSON.stringify(sent).includes(`"${dropped}":`)) return undefined;
  return JSON.parse(JSON.stringify(sent, (key, value: Json) => (key === dropped ? undefined : value))) as KubeObject;
}
