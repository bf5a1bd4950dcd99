/** An Envoy that only passes requests on, as a sidecar does with its features off. */
import type { Pod, Sidecar } from '../mesh/driver.js';
import { askAdmin, composeEnvoy, envoyArguments } from './envoy-config.js';
import type { Target } from './stand.js';

export interface Hop {
  readonly name: string;
  readonly listen: Target;
  readonly to: Target;
}

export function hopSidecar(envoyPath: string, pod: Pod, { name, listen, to }: Hop): Sidecar {
  const routes = {
    route_config: {
      name,
      virtual_hosts: [{ name, domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'to' } }] }],
    },
  };
  const file = `${name}.json`;
  return {
    name,
    command: envoyPath,
    args: envoyArguments(file, 1),
    files: [{ path: file, content: JSON.stringify(composeEnvoy(pod, { name, listen, routes, to })) }],
    ready: async () => (await askAdmin(pod, name, '/ready')).startsWith('LIVE'),
  };
}
