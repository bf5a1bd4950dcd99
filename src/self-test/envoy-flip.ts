/** An Envoy whose routes come from a file: it says itself when it has taken them over. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pollUntil } from '../environments/local/poll.js';
import type { Pod, Sidecar } from '../mesh/driver.js';
import { askAdmin, composeEnvoy, envoyArguments, type Routes } from './envoy-config.js';
import type { Target } from './stand.js';

const NAME = 'flip';
const ROUTES = 'routes.json';
const TAKEN_OVER_DEADLINE_MS = 10_000;
const STATS = '/stats?format=json&filter=rds.flip.update_(time|success)$';

/** Both are successes to a load generator, and can be told apart in every record. */
export const STATUSES = [200, 202] as const;
export type Status = (typeof STATUSES)[number];

export function envoySidecar(envoyPath: string, pod: Pod, listen: Target): Sidecar {
  return {
    name: 'envoy',
    command: envoyPath,
    args: envoyArguments('envoy.json', 2),
    files: [
      { path: 'envoy.json', content: JSON.stringify(composeEnvoy(pod, { name: NAME, listen, routes: fromFile(pod) })) },
      { path: ROUTES, content: composeRoutes(STATUSES[0], 0) },
    ],
    ready: async () => (await readTakeOver(pod)).count > 0,
  };
}

/**
 * Replaces the routes and waits until Envoy says that it has taken them over.
 * @returns when it did, epoch milliseconds, by its own whole-millisecond gauge
 */
export async function flip(pod: Pod, status: Status, version: number, signal: AbortSignal): Promise<number> {
  const before = await readTakeOver(pod);
  const next = join(pod.dir, `${ROUTES}.next`);
  await writeFile(next, composeRoutes(status, version));
  // Envoy looks at moves only, so that it never reads half a file.
  await rename(next, join(pod.dir, ROUTES));
  let after = before;
  await pollUntil(async () => (after = await readTakeOver(pod)).count > before.count, {
    deadlineMs: TAKEN_OVER_DEADLINE_MS,
    what: 'Envoy to take over its routes',
    signal,
  });
  return after.at;
}

async function readTakeOver(pod: Pod): Promise<{ readonly at: number; readonly count: number }> {
  const { stats } = JSON.parse(await askAdmin(pod, NAME, STATS)) as { stats: { name: string; value: number }[] };
  const value = (what: string): number => stats.find(({ name }) => name.endsWith(what))?.value ?? 0;
  return { at: value('update_time'), count: value('update_success') };
}

function composeRoutes(status: Status, version: number): string {
  const route = { match: { prefix: '/' }, direct_response: { status } };
  return JSON.stringify({
    version_info: String(version),
    resources: [
      {
        '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
        name: NAME,
        virtual_hosts: [{ name: NAME, domains: ['*'], routes: [route] }],
      },
    ],
  });
}

function fromFile(pod: Pod): Routes {
  return {
    rds: {
      route_config_name: NAME,
      config_source: { resource_api_version: 'V3', path_config_source: { path: join(pod.dir, ROUTES) } },
    },
  };
}
