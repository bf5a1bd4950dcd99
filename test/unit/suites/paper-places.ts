/** Where requests end up on a mesh on paper: services of the fixture, and those that a phase brings along. */
import type { Cell, Phase } from '../../../src/cases/case.js';
import type { SmiObject } from '../../../src/smi/model.js';
import { ACCESS } from '../../../suites/fixtures.js';
import { serviceOf } from './synthetic.js';

export interface Place {
  readonly pod: string;
  /** As the client asks, and as the pod listens. */
  readonly port: number;
  readonly targetPort: number;
}

/** Of a service with several pods the one that a split chooses, or else the first. */
export function placeOf(phase: Phase, objects: readonly SmiObject[], { to }: Cell): Place {
  const name = serviceOf(to);
  const port = Number(to.split(':')[1]);
  const service = phase.services?.find((one) => one.name === name);
  const split = objects.find((object) => object.kind === 'TrafficSplit' && object.service === name);
  const backend = split?.kind === 'TrafficSplit' ? split.backends.find(({ weight }) => weight > 0)?.service : undefined;
  const podOf = (asked: string): string => {
    const own = phase.services?.find((one) => one.name === asked);
    return own === undefined ? asked : (own.selector['app'] ?? 'srv');
  };
  const targetPort = service?.ports.find((one) => one.port === port)?.targetPort ?? port;
  return { pod: podOf(backend ?? name), port, targetPort };
}

/** The service account of a pod: its name, without the number of a copy, unless the fixture says otherwise. */
export function accountOf(pod: string): string {
  const account = Object.keys(ACCESS.serviceOf).find((one) => ACCESS.serviceOf[one] === pod);
  return account ?? pod.replace(/-\d+$/, '');
}
