import type { Fault } from '../fault.js';

export const udpRuleRefused: Fault = {
  name: 'udp-rule-refused',
  description: 'the schema of TrafficTarget knows no rule of kind UDPRoute',
  create: () => ({
    admits: (sent) =>
      sent.kind === 'TrafficTarget' && JSON.stringify(sent).includes('"kind":"UDPRoute"')
        ? 'spec.rules[].kind: must be HTTPRouteGroup or TCPRoute'
        : undefined,
  }),
};
