import type { SmiObject, TrafficSplit } from '../../../../src/smi/model.js';
import { admitting } from '../admitting.js';
import type { Fault } from '../fault.js';

/** Whatever cannot be read of a split, this remains: no service has such a name. */
const UNREADABLE = '';

export const invalidSplitFreezes: Fault = {
  name: 'invalid-split-freezes',
  description:
    'a TrafficSplit that is not valid is admitted, and all splits stay as they are for as long as it is there',
  create: () => {
    let last: readonly TrafficSplit[] = [];
    return {
      ...admitting(['TrafficSplit'], isOdd),
      salvages: (object) => (object.kind === 'TrafficSplit' ? { ...object, service: UNREADABLE } : undefined),
      objects: (objects) => {
        const splits = objects.filter((object) => object.kind === 'TrafficSplit');
        if (splits.every(isValid)) last = splits;
        return [...objects.filter((object: SmiObject) => object.kind !== 'TrafficSplit'), ...last];
      },
    };
  },
};

function isValid({ service, backends, matches = [] }: TrafficSplit): boolean {
  return (
    service !== UNREADABLE &&
    backends.every(({ weight }) => Number.isInteger(weight) && weight >= 0) &&
    matches.every(({ kind }) => kind === 'HTTPRouteGroup')
  );
}

/** What our own schemas would refuse: without a root, with a weight that is no whole number, with matches of another kind. */
function isOdd(body: Readonly<Record<string, unknown>>): boolean {
  const text = JSON.stringify(body);
  return body['service'] === undefined || /"weight":(-|\d*\.)/.test(text) || text.includes('"kind":"TCPRoute"');
}
