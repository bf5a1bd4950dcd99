/** The rules that send a pod's TCP connections through its proxy, as `iptables-restore --noflush` reads them. */
import type { Redirection } from '../mesh/driver.js';

const INBOUND = 'MESHGAUGE_IN';
const OUTBOUND = 'MESHGAUGE_OUT';

/**
 * Two chains of the nat table, for a network namespace that has none of them yet. The rules of others stay (a container engine
 * keeps its name service there), which is why the builtin chains are not declared.
 *
 * What a pod sends to itself stays inside: the control connection, and the proxy's way to the app. But when the proxy calls its
 * own pod by the pod's address, as it does when an app calls its own service, the call comes in like anybody else's.
 */
export function iptablesRules(redirection: Redirection): string {
  const { inboundPort, outboundPort, proxyUserId, openPorts } = redirection;
  const untouched = [...new Set([inboundPort, outboundPort, ...openPorts])].sort((a, b) => a - b);
  return [
    '*nat',
    `:${INBOUND} - [0:0]`,
    `:${OUTBOUND} - [0:0]`,
    `-A PREROUTING -p tcp -j ${INBOUND}`,
    `-A OUTPUT -p tcp -j ${OUTBOUND}`,
    ...untouched.map((port) => `-A ${INBOUND} -p tcp --dport ${port} -j RETURN`),
    `-A ${INBOUND} -p tcp -j REDIRECT --to-ports ${inboundPort}`,
    `-A ${OUTBOUND} -o lo ! -d 127.0.0.1/32 -p tcp -m owner --uid-owner ${proxyUserId} -j ${INBOUND}`,
    `-A ${OUTBOUND} -m owner --uid-owner ${proxyUserId} -j RETURN`,
    `-A ${OUTBOUND} -o lo -j RETURN`,
    `-A ${OUTBOUND} -d 127.0.0.1/32 -j RETURN`,
    `-A ${OUTBOUND} -p tcp -j REDIRECT --to-ports ${outboundPort}`,
    'COMMIT',
    '',
  ].join('\n');
}
