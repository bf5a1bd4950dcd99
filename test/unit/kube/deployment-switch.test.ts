import assert from 'node:assert/strict';
import { deploymentSwitch } from '../../../src/kube/deployment-switch.js';
import type { Kube } from '../../../src/kube/kube.js';
import type { KubeObject, ObjectRef } from '../../../src/smi/model.js';

/** A cluster of deployments that do at once what they are told. */
function clusterWith(replicas: Readonly<Record<string, number>>) {
  const wanted = new Map(Object.entries(replicas));
  const patches: unknown[] = [];
  const read = ({ name }: ObjectRef): KubeObject | undefined => {
    const count = wanted.get(name);
    if (count === undefined) return undefined;
    const status = count === 0 ? {} : { replicas: count, availableReplicas: count };
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas: count }, status };
  };
  const kube: Pick<Kube, 'get' | 'patch' | 'waitFor'> = {
    get: async (ref) => read(ref),
    patch: async (ref, patch) => {
      patches.push([ref.name, patch]);
      wanted.set(ref.name, (patch as { spec: { replicas: number } }).spec.replicas);
      return read(ref) ?? assert.fail();
    },
    waitFor: async (ref, condition, { what }) => assert.ok(condition(read(ref)), what),
  };
  return { kube, patches };
}

describe('deployments that are stopped and started', () => {
  it('come back with as many replicas as they had, and only if they were stopped', async () => {
    const { kube, patches } = clusterWith({ controller: 3, other: 1 });
    const controlPlane = deploymentSwitch(kube, {
      namespace: 'mesh',
      names: ['controller', 'absent'],
      deadlineMs: 1_000,
    });
    await controlPlane.start();
    assert.deepEqual(patches, []);
    await controlPlane.stop();
    await controlPlane.stop();
    await controlPlane.start();
    await controlPlane.start();
    assert.deepEqual(patches, [
      ['controller', { spec: { replicas: 0 } }],
      ['controller', { spec: { replicas: 0 } }],
      ['controller', { spec: { replicas: 3 } }],
    ]);
  });
});
