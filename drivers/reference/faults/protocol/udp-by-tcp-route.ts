import type { SmiObject } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const udpByTcpRoute: Fault = {
  name: 'udp-by-tcp-route',
  description: 'the ports of a TCPRoute are opened for UDP as well',
  create: () => ({ objects: (objects) => objects.flatMap(alsoForUdp) }),
};

const twinOf = (name: string): string => `${name}-fault-udp`;

function alsoForUdp(object: SmiObject): readonly SmiObject[] {
  if (object.kind === 'TCPRoute')
    return [
      object,
      { ...object, kind: 'UDPRoute', metadata: { ...object.metadata, name: twinOf(object.metadata.name) } },
    ];
  if (object.kind !== 'TrafficTarget') return [object];
  const twins = object.rules.filter(({ kind }) => kind === 'TCPRoute').map(({ name }) => twinOf(name));
  return [{ ...object, rules: [...object.rules, ...twins.map((name) => ({ kind: 'UDPRoute', name }))] }];
}
