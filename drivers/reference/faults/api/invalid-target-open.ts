import { admitting } from '../admitting.js';
import type { Fault } from '../fault.js';

/** No pod runs as it; says that a target of this name could not be read. */
const UNREADABLE = 'fault-unreadable';

export const invalidTargetOpen: Fault = {
  name: 'invalid-target-open',
  description:
    'a TrafficTarget of which nothing can be read is admitted, and opens everything to every client of the mesh',
  create: () => {
    let isOpen = false;
    return {
      ...admitting(['TrafficTarget'], (body) => body['destination'] === undefined),
      salvages: (object) =>
        object.kind === 'TrafficTarget'
          ? { ...object, destination: { kind: 'ServiceAccount', name: UNREADABLE }, rules: [], sources: [] }
          : undefined,
      objects: (objects) => {
        isOpen = objects.some((object) => object.kind === 'TrafficTarget' && object.destination.name === UNREADABLE);
        return objects;
      },
      inbound: (policy) =>
        isOpen
          ? {
              ...policy,
              ports: policy.ports.map((port) => ({ ...port, grants: [{ peers: { kind: 'authenticated' } }] })),
            }
          : policy,
    };
  },
};
