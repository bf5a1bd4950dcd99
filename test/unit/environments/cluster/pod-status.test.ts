import assert from 'node:assert/strict';
import { containerEnds, readPodStatus } from '../../../../src/environments/cluster/pod-status.js';
import type { Json, KubeObject } from '../../../../src/smi/model.js';

const podWith = (status: Json): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'c1', namespace: 'ns1', uid: 'u1' },
  spec: { initContainers: [{ name: 'redirect', image: 'shell:1' }], containers: [{ name: 'agent', image: 'agent:1' }] },
  status,
});
const running = (name: string, over: Readonly<Record<string, Json>> = {}): Json => ({
  name,
  image: `sha256:${name}`,
  ready: true,
  restartCount: 0,
  state: { running: {} },
  ...over,
});
const waiting = (name: string, reason: string, message = ''): Json =>
  running(name, { ready: false, state: { waiting: { reason, message } } });
const ended = (name: string, exitCode: number, reason: string): Json =>
  running(name, { ready: false, state: { terminated: { exitCode, reason } } });
const missingOf = (status: Json): string => {
  const read = readPodStatus(podWith(status));
  assert.equal(read.state, 'waiting');
  return read.missing;
};

describe('the status of a pod', () => {
  it('is ready when all containers are, also those that somebody put in', () => {
    const status = { phase: 'Running', podIP: '10.0.0.7', containerStatuses: [running('agent'), running('proxy')] };
    assert.deepEqual(readPodStatus(podWith(status)), { state: 'ready', ip: '10.0.0.7', uid: 'u1' });
    const half = { ...status, containerStatuses: [running('agent'), running('proxy', { ready: false })] };
    assert.match(missingOf(half), /readiness of proxy/);
  });

  it('says what is still missing', () => {
    assert.match(missingOf({}), /in phase unknown/);
    const unplaced = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes: no cpu' };
    assert.match(missingOf({ phase: 'Pending', conditions: [unplaced] }), /not placed on a node: 0\/1 nodes: no cpu/);
    const creating = { phase: 'Pending', containerStatuses: [waiting('agent', 'ContainerCreating')] };
    assert.match(missingOf(creating), /agent \(ContainerCreating/);
    assert.match(missingOf({ phase: 'Running', containerStatuses: [running('agent')] }), /without an address/);
  });

  it('does not give an image up at the first failure, but when the node backs off', () => {
    const first = { phase: 'Pending', containerStatuses: [waiting('agent', 'ErrImagePull', 'no route')] };
    assert.match(missingOf(first), /ErrImagePull: no route/);
    const later = { phase: 'Pending', containerStatuses: [waiting('agent', 'ImagePullBackOff', 'Back-off pulling')] };
    assert.deepEqual(readPodStatus(podWith(later)), {
      state: 'no-image',
      container: 'agent',
      image: 'agent:1',
      message: 'Back-off pulling',
    });
  });

  it('names the container that ended, how, and why', () => {
    const crashed = { phase: 'Failed', containerStatuses: [ended('agent', 137, 'OOMKilled'), running('proxy')] };
    const end = { container: 'agent', exitCode: 137, signal: 'SIGKILL', reason: 'OOMKilled', restarted: false };
    assert.deepEqual(readPodStatus(podWith(crashed)), { state: 'ended', end });
    const polite = { phase: 'Succeeded', containerStatuses: [ended('agent', 0, 'Completed')] };
    assert.deepEqual(containerEnds(podWith(polite)), [
      { container: 'agent', exitCode: 0, signal: null, reason: 'Completed', restarted: false },
    ]);
  });

  it('counts an init container only when it failed', () => {
    const done = [ended('redirect', 0, 'Completed')];
    const fine = {
      phase: 'Running',
      podIP: '10.0.0.7',
      initContainerStatuses: done,
      containerStatuses: [running('agent')],
    };
    assert.equal(readPodStatus(podWith(fine)).state, 'ready');
    const broken = { phase: 'Pending', initContainerStatuses: [ended('redirect', 2, 'Error')] };
    assert.deepEqual(
      containerEnds(podWith(broken)).map(({ container, exitCode, signal }) => [container, exitCode, signal]),
      [['redirect', 2, null]],
    );
  });

  it('sees a restart in what runs again', () => {
    const again = running('proxy', { restartCount: 1, lastState: { terminated: { exitCode: 139, reason: 'Error' } } });
    const [end] = containerEnds(podWith({ phase: 'Running', containerStatuses: [running('agent'), again] }));
    assert.deepEqual([end?.container, end?.signal, end?.restarted], ['proxy', 'SIGSEGV', true]);
  });

  it('knows a pod that failed as a whole', () => {
    const evicted = { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' };
    assert.deepEqual(readPodStatus(podWith(evicted)), { state: 'failed', message: evicted.message });
  });
});
