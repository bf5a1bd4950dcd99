import type { KubeObject } from '../../../../src/smi/model.js';
import type { Fault } from '../fault.js';

export const requiresEveryField: Fault = {
  name: 'requires-every-field',
  description:
    'the schema demands what is optional: the ports of a TCPRoute, the port of a destination where the version has one',
  alsoBreaks: [{ cases: ['ACC-*', 'CRD-*'], why: 'an object that a control needs lacks the field' }],
  create: () => ({ admits: demand }),
};

function demand(sent: KubeObject): string | undefined {
  const text = JSON.stringify(sent);
  if (sent.kind === 'TCPRoute' && /\/v1alpha[34]$/.test(sent.apiVersion) && !text.includes('"ports"'))
    return 'spec.matches.ports: is required';
  if (sent.kind === 'TrafficTarget' && /\/v1alpha[12]$/.test(sent.apiVersion) && !text.includes('"port"'))
    return 'destination.port: is required';
  return undefined;
}
