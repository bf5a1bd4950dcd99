/** What a person needs to see why Istio did what it did. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KindRef, Kube } from '../../src/kube/kube.js';
import type { KubeObject } from '../../src/smi/model.js';
import { getPage } from '../envoy/admin.js';
import { writeEnvoyBundle } from '../envoy/debug-bundle.js';
import type { EnvoyProxyRef } from '../envoy/read-proxy.js';
import { SYSTEM_NAMESPACE } from './release.js';

const DEBUG_PORT = 8080;
const DEBUG_PAGES = [
  ['/debug/syncz', 'syncz.json'],
  ['/debug/configz', 'configz.json'],
  ['/debug/push_status', 'push-status.json'],
] as const;
const KINDS: readonly KindRef[] = [
  { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy' },
  { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication' },
  { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter' },
  { apiVersion: 'networking.istio.io/v1', kind: 'Sidecar' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
  { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'TCPRoute' },
  { apiVersion: 'v1', kind: 'Event' },
];

/** `istiod/` with its log and its own view, `objects/` per kind, and a folder per proxy. What cannot be had says so in its file. */
export async function writeIstioBundle(
  dir: string,
  kube: Kube,
  proxies: readonly EnvoyProxyRef[],
  namespaces: readonly string[],
): Promise<void> {
  await writeControlPlane(join(dir, 'istiod'), kube);
  await writeObjects(join(dir, 'objects'), kube, [SYSTEM_NAMESPACE, ...namespaces]);
  for (const proxy of proxies) await writeEnvoyBundle(dir, proxy);
}

async function writeControlPlane(dir: string, kube: Kube): Promise<void> {
  await mkdir(dir, { recursive: true });
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=istiod' });
  for (const { metadata } of pods) {
    const ref = { namespace: metadata.namespace ?? SYSTEM_NAMESPACE, pod: metadata.name };
    await write(join(dir, `${metadata.name}.log`), () => kube.logs(ref));
    for (const [page, file] of DEBUG_PAGES)
      await write(join(dir, `${metadata.name}-${file}`), () => getPage(() => kube.connect(ref, DEBUG_PORT), page));
  }
}

async function writeObjects(dir: string, kube: Kube, namespaces: readonly string[]): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const kind of KINDS) {
    await write(join(dir, `${kind.kind.toLowerCase()}.json`), async () => {
      const lists = await Promise.all(namespaces.map((namespace) => kube.list(kind, { namespace })));
      return JSON.stringify(lists.flat().map(withoutManagedFields), undefined, 2);
    });
  }
}

function withoutManagedFields(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } };
}

async function write(file: string, read: () => Promise<string>): Promise<void> {
  await writeFile(file, await read().catch((error: unknown) => `not to be had: ${String(error)}\n`));
}
