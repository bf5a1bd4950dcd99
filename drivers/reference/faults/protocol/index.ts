/** Which protocol a rule is about. */
import type { Fault } from '../fault.js';
import { tcpOpen } from './tcp-open.js';
import { udpByTcpRoute } from './udp-by-tcp-route.js';
import { udpRouteIgnored } from './udp-route-ignored.js';

export const protocolFaults: readonly Fault[] = [tcpOpen, udpByTcpRoute, udpRouteIgnored];
