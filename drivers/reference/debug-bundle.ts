/** What a person needs to see why a proxy does what it does. Private keys stay out. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toJson } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { getAdmin } from './admin.js';
import { messageOf } from './mutate-resources.js';
import type { Proxy } from './resources/proxy.js';
import { adminSocket } from './sidecar.js';
import { xdsRegistry } from './xds/gen/registry.js';
import { TYPE, type Snapshot } from './xds/resource.js';

const ADMIN_PAGES = [
  ['config_dump', 'config-dump.json'],
  ['stats', 'stats.txt'],
  ['certs', 'certs.json'],
  ['clusters', 'clusters.txt'],
  ['listeners', 'listeners.txt'],
] as const;

/** One folder per proxy: what it was served, and what it says of itself. A proxy that does not answer is said to be so. */
export async function writeProxyBundle(dir: string, proxy: Proxy, served: Snapshot): Promise<void> {
  const folder = join(dir, proxy.pod.namespace, proxy.pod.name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'served.json'), JSON.stringify(servedJson(served), undefined, 2));
  for (const [page, file] of ADMIN_PAGES) {
    const text = await getAdmin(adminSocket(proxy.pod), `/${page}`).then(
      ({ body }) => body,
      (error: unknown) => `no answer: ${messageOf(error)}\n`,
    );
    await writeFile(join(folder, file), text);
  }
}

/** Everything but secrets, by type URL. */
export function servedJson(served: Snapshot): Record<string, unknown> {
  const types = [...served].filter(([typeUrl]) => typeUrl !== TYPE.secret);
  return Object.fromEntries(
    types.map(([typeUrl, resources]) => [
      typeUrl,
      resources.map(({ body }) => toJson(AnySchema, body, { registry: xdsRegistry })),
    ]),
  );
}
