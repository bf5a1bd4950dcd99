/** The CRDs of every released SMI version, in a cluster that has none of them. */
import type { Cluster } from '../../../src/kube/cluster.js';
import { badInput } from '../../../src/errors/harness-error.js';
import type { Problem } from '../../../src/mesh/driver.js';
import type { Teardown } from '../../../src/run/teardown.js';
import { crdManifests, type SmiCrd } from '../../../src/smi/crds.js';
import type { Json, KubeObject, ObjectRef } from '../../../src/smi/model.js';

const REMOVE_DEADLINE_MS = 60_000;

/** What others have put there stays theirs: a CRD with other versions is a problem, not ours to change. */
export async function findForeignCrds({ kube }: Pick<Cluster, 'kube'>): Promise<readonly Problem[]> {
  const found = await Promise.all(
    crdManifests('map').map(async (wanted) => ({ wanted, there: await kube.get(refOf(wanted)) })),
  );
  const foreign = found.flatMap(({ wanted, there }) => (there === undefined ? [] : [wanted.metadata.name]));
  if (foreign.length === 0) return [];
  return [
    {
      code: 'E_REFERENCE_CRDS',
      message: `the cluster has SMI CRDs that this run did not install: ${foreign.join(', ')}`,
      hint: 'another mesh may need them: use a cluster without one, or remove that mesh and its CRDs',
    },
  ];
}

/** Resolves when the API serves them: a definition counts as applied only then. */
export async function installCrds({ kube, labels }: Cluster, teardown: Teardown): Promise<void> {
  const [problem] = await findForeignCrds({ kube });
  if (problem !== undefined) throw badInput(problem.code, problem.message, problem.hint);
  const crds = crdManifests('map').map((crd) => ({ ...withRawStorage(crd), metadata: { ...crd.metadata, labels } }));
  for (const crd of crds) {
    teardown.defer(`CRD ${crd.metadata.name}`, async () => {
      await kube.delete(refOf(crd), { waitMs: REMOVE_DEADLINE_MS });
    });
  }
  await Promise.all(crds.map((crd) => kube.apply(crd)));
}

/**
 * An API server prunes what it reads from its store by the schema of the version it stores in, and the versions of SMI differ
 * in shape. So that every served version keeps what it admits, objects are stored in a version of their own that prunes nothing.
 */
function withRawStorage(crd: SmiCrd): KubeObject {
  const raw = {
    name: 'stored',
    served: false,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  };
  const versions = [...crd.spec.versions.map((version) => ({ ...version, storage: false })), raw];
  return { ...crd, spec: { ...crd.spec, versions: versions as readonly Json[] } };
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: '', name: metadata.name };
}
