import type { SmiObject } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const ignorePort: Fault = {
  name: 'ignore-port',
  description: 'the ports of TCPRoutes and of destinations are ignored: a grant holds for every port',
  alsoBreaks: [{ cases: ['ACC-16'], why: 'its control is a port' }],
  create: () => ({ objects: (objects) => objects.map(forgetPorts) }),
};

function forgetPorts(object: SmiObject): SmiObject {
  if (object.kind === 'TCPRoute') return { ...object, ports: [] };
  if (object.kind !== 'TrafficTarget') return object;
  const { port: _ignored, ...destination } = object.destination;
  return { ...object, destination };
}
