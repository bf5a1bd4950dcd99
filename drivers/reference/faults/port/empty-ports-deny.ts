import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

/** No port: nobody has it. */
const NO_PORT = 0;

export const emptyPortsDeny: Fault = {
  name: 'empty-ports-deny',
  description: 'a TCPRoute that names no ports opens none of them, instead of all',
  alsoBreaks: [{ cases: ['ACC-14', 'SPL-30'], why: 'what opens the port for a control is a route without ports' }],
  create: () => changing('TCPRoute', (route) => (route.ports.length > 0 ? route : { ...route, ports: [NO_PORT] })),
};
