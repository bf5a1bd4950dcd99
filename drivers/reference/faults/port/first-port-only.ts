import { changing } from '../changing.js';
import type { Fault } from '../fault.js';

export const firstPortOnly: Fault = {
  name: 'first-port-only',
  description: 'only the first port of a TCPRoute counts',
  create: () => changing('TCPRoute', (route) => ({ ...route, ports: route.ports.slice(0, 1) })),
};
