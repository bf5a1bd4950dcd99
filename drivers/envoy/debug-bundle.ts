/** A proxy's admin pages as files, for a person to read. Envoy itself leaves private keys out of its dump. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getPage, type Connect } from './admin.js';
import type { EnvoyProxyRef } from './read-proxy.js';

const PAGES = [
  ['/config_dump?include_eds', 'config-dump.json'],
  ['/stats', 'stats.txt'],
  ['/certs', 'certs.json'],
  ['/clusters', 'clusters.txt'],
  ['/listeners', 'listeners.txt'],
] as const;

/** One folder, `<namespace>/<pod>` below `dir`. A page that cannot be had says so in its file. */
export async function writeEnvoyBundle(dir: string, { kube, namespace, pod, adminPort }: EnvoyProxyRef): Promise<void> {
  const folder = join(dir, namespace, pod);
  const connect: Connect = () => kube.connect({ namespace, pod }, adminPort);
  await mkdir(folder, { recursive: true });
  for (const [page, file] of PAGES) {
    const text = await getPage(connect, page).catch((error: unknown) => `no answer: ${String(error)}\n`);
    await writeFile(join(folder, file), text);
  }
}
