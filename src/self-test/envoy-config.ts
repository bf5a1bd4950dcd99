/** Configuration of a plain Envoy: one listener, an admin interface on a socket in the folder of its pod. */
import { request } from 'node:http';
import { join } from 'node:path';
import type { Pod } from '../mesh/driver.js';
import type { Target } from './stand.js';

/** Where the routes of the listener come from, in Envoy's words. */
export type Routes = { readonly rds: object } | { readonly route_config: object };

export interface EnvoyOptions {
  readonly name: string;
  readonly listen: Target;
  readonly routes: Routes;
  /** What routes call by the name `to`. */
  readonly to?: Target;
}

export function envoyArguments(file: string, concurrency: number): readonly string[] {
  return ['--disable-hot-restart', '--concurrency', String(concurrency), '--log-level', 'warning', '-c', file];
}

export function composeEnvoy(pod: Pod, { name, listen, routes, to }: EnvoyOptions): object {
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: name,
    ...routes,
    http_filters: [
      {
        name: 'router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  return {
    node: { id: name, cluster: name },
    admin: { address: { pipe: { path: adminSocket(pod, name), mode: 0o600 } } },
    static_resources: {
      listeners: [
        { name, address: addressOf(listen), filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] },
      ],
      clusters: to === undefined ? [] : [clusterOf(to)],
    },
  };
}

export function askAdmin(pod: Pod, name: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: adminSocket(pod, name), path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    asking.on('error', reject).end();
  });
}

function adminSocket(pod: Pod, name: string): string {
  return join(pod.dir, `${name}.sock`);
}

function addressOf({ host, port }: Target): object {
  return { socket_address: { address: host, port_value: port } };
}

function clusterOf(to: Target): object {
  const endpoint = { address: addressOf(to) };
  return {
    name: 'to',
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: { cluster_name: 'to', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  };
}
