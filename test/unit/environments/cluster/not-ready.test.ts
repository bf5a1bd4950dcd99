import assert from 'node:assert/strict';
import { notReadyError } from '../../../../src/environments/cluster/not-ready.js';
import type { Kube } from '../../../../src/kube/kube.js';
import type { Json, KubeObject } from '../../../../src/smi/model.js';

const NAMESPACE = 'osm-system';

/** Statuses as a real cluster gave them, shortened. */
const UNPLACED = {
  phase: 'Pending',
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    },
  ],
};
const CRASHED = {
  phase: 'Running',
  podIP: '10.0.0.4',
  containerStatuses: [
    {
      name: 'osm-bootstrap',
      image: 'b',
      ready: false,
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    },
  ],
};
const READY = {
  phase: 'Running',
  podIP: '10.0.0.5',
  containerStatuses: [{ name: 'x', image: 'x', ready: true, restartCount: 0, state: { running: {} } }],
};

describe('a control plane that is not ready', () => {
  it('is described by the pods that are not, by warnings, and by the ends of logs', async () => {
    const objects: Readonly<Record<string, readonly KubeObject[]>> = {
      Pod: [pod('osm-controller-1', UNPLACED), pod('osm-bootstrap-1', CRASHED), pod('osm-injector-1', READY)],
      Event: [event('Warning', 'FailedScheduling', 'Insufficient cpu'), event('Normal', 'Pulled', 'fine')],
    };
    const kube: Pick<Kube, 'list' | 'logs'> = {
      list: async ({ kind }) => objects[kind] ?? [],
      logs: async ({ pod: name, container }, { previous = false } = {}) => {
        if (container === undefined) throw new Error('no log');
        return `${name} ${container} ${previous ? 'before' : 'now'}\n`;
      },
    };
    const error = await notReadyError(kube, NAMESPACE, { cause: new Error('time ran out'), bundle: '/tmp/x' });
    assert.equal(error.code, 'E_MESH_NOT_READY');
    assert.equal(error.exitCode, 3);
    assert.deepEqual(error.message.split('\n  '), [
      'the control plane in osm-system did not get ready: time ran out',
      'osm-controller-1: not placed on a node: 0/1 nodes are available: 1 Insufficient cpu.',
      'osm-bootstrap-1: osm-bootstrap ended with exit code 1 (Error)',
      '  log: osm-bootstrap-1 osm-bootstrap before',
      'event of osm-controller-1: FailedScheduling: Insufficient cpu',
    ]);
    assert.match(error.hint, /\/tmp\/x/);
  });

  it('is told of even when the cluster does not answer any more', async () => {
    const refuse = async (): Promise<never> => {
      throw new Error('connection refused');
    };
    const error = await notReadyError({ list: refuse, logs: refuse }, NAMESPACE, { cause: 'gone', bundle: '/tmp/x' });
    assert.match(error.message, /gone\n {2}\(pods cannot be read: .*connection refused/);
  });
});

function pod(name: string, status: Json): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, uid: name },
    spec: { containers: [] },
    status,
  };
}

function event(type: string, reason: string, message: string): KubeObject {
  const involvedObject = { kind: 'Pod', name: 'osm-controller-1' };
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: reason, namespace: NAMESPACE },
    type,
    reason,
    message,
    involvedObject,
  };
}
