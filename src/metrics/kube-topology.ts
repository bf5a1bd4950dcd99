/** Resources and their pods as a Kubernetes API tells them: a pod belongs to its controller, and to whatever controls that. */
import { z } from 'zod';
import { KubeError, type KindRef, type Kube } from '../kube/kube.js';
import type { KubeObject } from '../smi/model.js';
import { RESOURCE_TYPES, type ResourceType } from './resources.js';
import { createTopology, readSplits, type Topology, type TopologyPod } from './topology.js';

const Texts = z.record(z.string(), z.string()).default({});
const Metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  labels: Texts,
  ownerReferences: z
    .array(z.object({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) }))
    .default([]),
});
const Entry = z.object({
  metadata: Metadata,
  spec: z
    .object({
      nodeName: z.string().default(''),
      serviceAccountName: z.string().default('default'),
      selector: z.unknown().optional(),
    })
    .default({ nodeName: '', serviceAccountName: 'default' }),
});
type Entry = z.infer<typeof Entry>;

const SPLIT_GROUP = 'split.smi-spec.io';

export type TopologyKube = Pick<Kube, 'list' | 'servedVersions'>;

/** Reads everything at once; kinds that this user may not list are as good as absent. */
export async function readKubeTopology(kube: TopologyKube): Promise<Topology> {
  const listed = await Promise.all(
    RESOURCE_TYPES.map(
      async (type) => [type, (await listAll(kube, type)).map((object) => Entry.parse(object))] as const,
    ),
  );
  const of = (plural: string): readonly Entry[] => listed.find(([type]) => type.plural === plural)?.[1] ?? [];
  const owners = new Map(
    listed.flatMap(([{ kind }, entries]) =>
      entries.map(({ metadata }) => [keyOf(metadata.namespace, kind, metadata.name), metadata] as const),
    ),
  );
  const contained = new Set(['pods', 'services', 'trafficsplits']);
  return createTopology({
    pods: of('pods').map(({ metadata, spec }): TopologyPod => ({
      ...{ namespace: metadata.namespace, name: metadata.name, labels: metadata.labels },
      ...{ serviceAccount: spec.serviceAccountName, node: spec.nodeName },
      owners: ownersOf(metadata, owners),
    })),
    services: of('services').map(({ metadata: { namespace, name, labels }, spec }) => ({
      ...{ namespace, name, labels },
      selector: Texts.catch({}).parse(spec.selector),
    })),
    others: listed.flatMap(([{ plural }, entries]) =>
      contained.has(plural)
        ? []
        : entries.map(({ metadata: { namespace, name, labels } }) => ({ type: plural, namespace, name, labels })),
    ),
    splits: readSplits(await listSplits(kube)),
  });
}

/** Of the pod, and of what owns it, and so on. */
function ownersOf(
  { namespace, ownerReferences }: Entry['metadata'],
  known: ReadonlyMap<string, Entry['metadata']>,
): { readonly type: string; readonly name: string }[] {
  return ownerReferences
    .filter(({ controller }) => controller)
    .flatMap(({ kind, name }) => {
      const type = RESOURCE_TYPES.find((one) => one.kind === kind)?.plural;
      const owner = known.get(keyOf(namespace, kind, name));
      return [...(type === undefined ? [] : [{ type, name }]), ...(owner === undefined ? [] : ownersOf(owner, known))];
    });
}

async function listAll(kube: TopologyKube, { kind, apiVersion }: ResourceType): Promise<readonly KubeObject[]> {
  return apiVersion === undefined ? [] : listKind(kube, { apiVersion, kind });
}

async function listSplits(kube: TopologyKube): Promise<readonly KubeObject[]> {
  const [version] = await kube.servedVersions(SPLIT_GROUP);
  return version === undefined ? [] : listKind(kube, { apiVersion: `${SPLIT_GROUP}/${version}`, kind: 'TrafficSplit' });
}

async function listKind(kube: TopologyKube, kind: KindRef): Promise<readonly KubeObject[]> {
  try {
    const objects = await kube.list(kind);
    // Items of a list need not say what they are.
    return objects.map((object) => ({ ...object, ...kind }));
  } catch (error) {
    if (error instanceof KubeError && (error.status === 403 || error.status === 404)) return [];
    throw error;
  }
}

function keyOf(namespace: string, kind: string, name: string): string {
  return `${namespace}/${kind}/${name}`;
}
