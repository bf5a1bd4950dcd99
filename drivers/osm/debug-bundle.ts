/** What a person needs to see what Open Service Mesh did: logs, objects, and what each proxy was told. No secrets. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KindRef, Kube, Scope } from '../../src/kube/kube.js';
import type { KubeObject } from '../../src/smi/model.js';
import { findFootprint } from './footprint.js';
import { readMeshConfig } from './installation.js';

const SMI_KINDS: readonly KindRef[] = [
  { apiVersion: 'access.smi-spec.io/v1alpha3', kind: 'TrafficTarget' },
  { apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'HTTPRouteGroup' },
  { apiVersion: 'specs.smi-spec.io/v1alpha4', kind: 'TCPRoute' },
  { apiVersion: 'split.smi-spec.io/v1alpha2', kind: 'TrafficSplit' },
];

/** A part that cannot be had says so in its file: the others may be the more telling ones. */
export async function writeControlPlaneBundle(dir: string, kube: Kube, namespace: string): Promise<void> {
  await mkdir(join(dir, 'logs'), { recursive: true });
  const save = async (file: string, read: () => Promise<string>): Promise<void> =>
    writeFile(join(dir, file), await read().catch((error: unknown) => `not to be had: ${String(error)}\n`));
  const list = async (kind: KindRef, scope: Scope = { namespace }): Promise<string> =>
    toYaml(await kube.list(kind, scope));
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace }).catch(() => []);
  await save('pods.yaml', async () => toYaml(pods));
  await save('deployments.yaml', () => list({ apiVersion: 'apps/v1', kind: 'Deployment' }));
  await save('events.yaml', () => list({ apiVersion: 'v1', kind: 'Event' }));
  await save('mesh-config.yaml', async () => toYaml([(await readMeshConfig(kube, namespace)) ?? []].flat()));
  await save('cluster-objects.yaml', async () => toYaml((await findFootprint(kube)).map(withoutSchema)));
  for (const kind of SMI_KINDS) await save(`${kind.kind}.yaml`, () => list(kind, {}));
  for (const pod of pods)
    for (const { container, previous } of containersOf(pod))
      await save(join('logs', `${pod.metadata.name}.${container}${previous ? '.previous' : ''}.log`), () =>
        kube.logs({ namespace, pod: pod.metadata.name, container }, { previous }),
      );
}

/** Schemas are long, and the same in every cluster. */
function withoutSchema(object: KubeObject): KubeObject {
  if (object.kind !== 'CustomResourceDefinition') return object;
  const { versions } = object['spec'] as {
    readonly versions: readonly { name: string; served: boolean; storage: boolean }[];
  };
  return { ...object, spec: { versions: versions.map(({ name, served, storage }) => ({ name, served, storage })) } };
}

function containersOf(pod: KubeObject): readonly { readonly container: string; readonly previous: boolean }[] {
  type Statuses = readonly { readonly name: string; readonly restartCount: number }[];
  const status = (pod['status'] ?? {}) as { initContainerStatuses?: Statuses; containerStatuses?: Statuses };
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].flatMap(
    ({ name, restartCount }) => [
      { container: name, previous: false },
      ...(restartCount > 0 ? [{ container: name, previous: true }] : []),
    ],
  );
}

function toYaml(objects: readonly KubeObject[]): string {
  return objects.map((object) => `---\n${stringify(object)}`).join('') || '# none\n';
}
