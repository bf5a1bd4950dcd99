import assert from 'node:assert/strict';
import { attribute, findOwnProcesses, type ProcessEntry } from '../../../src/bench/processes.js';
import { follow, interpolate, takeSample, UsageRecorder, type Sample } from '../../../src/bench/usage.js';
import { now } from '../../../src/run/clock.js';

const HOST = { netNamespace: 'net:[1]', pidNamespace: 'pid:[1]' };
const entry = (pid: number, parent: number, rest: Partial<ProcessEntry> = {}): ProcessEntry => ({
  pid,
  parent,
  command: 'program',
  cwd: '/',
  ...HOST,
  ...rest,
});
const roles = (found: ReturnType<typeof attribute>): Record<number, string> =>
  Object.fromEntries(found.map(({ pid, role, pod }) => [pid, pod === undefined ? role : `${role} of ${pod}`]));

describe('bench: processes', () => {
  it('knows programs of pods on this host by their folder, and leaves others alone', () => {
    const pod = { name: 'srv', namespace: 'ns1', ip: '127.1.2.3', dir: '/tmp/mg-1/2-srv' };
    const entries = [
      entry(10, 1, { command: 'node harness' }),
      entry(11, 10, { command: 'node agent.js /tmp/mg-1/2-srv/agent.json', cwd: pod.dir }),
      entry(12, 10, { command: 'envoy -c envoy.json', cwd: pod.dir }),
      entry(13, 1, { command: 'make -j8' }),
    ];
    assert.deepEqual(roles(attribute([pod], entries, { self: 10, addressesOf: () => [] })), {
      10: 'harness',
      11: 'agent of ns1/srv',
      12: 'proxy of ns1/srv',
    });
  });

  it('knows pods of a node by their address, and all of the node as the environment', () => {
    const node = { pidNamespace: 'pid:[2]', netNamespace: 'net:[2]' };
    const pod = { pidNamespace: 'pid:[3]', netNamespace: 'net:[3]' };
    const entries = [
      entry(10, 1),
      entry(20, 5, { ...node, command: '/sbin/init' }),
      entry(21, 20, { ...node, command: 'kubelet' }),
      entry(22, 20, { ...node, command: 'containerd-shim' }),
      entry(30, 22, { ...pod, command: 'node /app/agent.mjs /etc/meshgauge/pod/agent.json' }),
      entry(31, 22, { ...pod, command: 'envoy' }),
      entry(40, 22, { pidNamespace: 'pid:[4]', netNamespace: 'net:[4]', command: 'coredns' }),
      entry(50, 1, { command: 'somebody else' }),
    ];
    const addressesOf = (pid: number): string[] => (pid >= 30 && pid < 40 ? ['10.244.0.7'] : ['10.244.0.9']);
    const place = { name: 'srv', namespace: 'ns1', ip: '10.244.0.7', dir: '/etc/meshgauge/pod' };
    assert.deepEqual(roles(attribute([place], entries, { self: 10, addressesOf })), {
      10: 'harness',
      20: 'environment',
      21: 'environment',
      22: 'environment',
      30: 'agent of ns1/srv',
      31: 'proxy of ns1/srv',
      40: 'environment',
    });
  });

  it('finds this very process in /proc', () =>
    assert.ok(findOwnProcesses([]).some(({ pid, role }) => pid === process.pid && role === 'harness')));
});

describe('bench: usage', () => {
  const sample = (at: number, busyMs: number, ownMs: number): Sample => ({
    at,
    busyMs,
    stealMs: 0,
    pressureMs: busyMs / 2,
    own: new Map([[1, ownMs]]),
  });

  it('reads between samples along a straight line', () => {
    const middle = interpolate([sample(0, 0, 0), sample(100, 50, 20)], 50);
    assert.deepEqual([middle?.busyMs, middle?.pressureMs, middle?.own.get(1)], [25, 12.5, 10]);
    assert.equal(interpolate([sample(0, 0, 0)], 0), undefined);
  });

  it('keeps the time of a process that has ended', () => {
    const ended = follow(sample(0, 0, 30), { ...sample(100, 50, 0), own: new Map<number, number>() });
    assert.equal(interpolate([sample(0, 0, 30), ended], 100)?.own.get(1), 30);
  });

  it('sees the work of this process as its own, and does not take it for foreign', () => {
    const recorder = new UsageRecorder([{ pid: process.pid, role: 'agent', pod: 'ns1/one' }]);
    recorder.sample();
    const from = now();
    while (now() - from < 300) Math.sqrt(from);
    const to = now();
    recorder.sample();
    const own = recorder.cpuUsBetween('agent', from, to) ?? 0;
    assert.ok(own > 20_000, `${own} µs of 300 ms`);
    assert.ok(recorder.seesPods && recorder.between(from, to) !== undefined);
    assert.equal(new UsageRecorder([{ pid: process.pid, role: 'harness' }]).between(from, to), undefined);
  });

  it('reads the counters of this machine', () => {
    const taken = takeSample([{ pid: process.pid, role: 'harness' }]);
    assert.ok(taken !== undefined && taken.busyMs > 0 && (taken.own.get(process.pid) ?? 0) > 0);
  });
});
