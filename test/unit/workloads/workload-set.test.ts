import assert from 'node:assert/strict';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { FIXTURES } from '../../../suites/index.js';
import { listWorkloadSets, loadWorkloadSet, parseWorkloadSet } from '../../../src/workloads/workload-set.js';

const podsOf = (set: Awaited<ReturnType<typeof loadWorkloadSet>>, serviceName: string): string[] => {
  const service = set.services.find(({ name }) => name === serviceName);
  assert.ok(service, `no service ${serviceName}`);
  const wanted = Object.entries(service.selector);
  return set.pods.filter((pod) => wanted.every(([key, value]) => pod.labels[key] === value)).map(({ name }) => name);
};

describe('workload sets', () => {
  it('ships those of the suites', async () => {
    const sets = await listWorkloadSets();
    for (const { workloads } of FIXTURES) assert.ok(sets.includes(workloads), workloads);
  });

  it('access: own service accounts, one server with TCP and UDP on the same numbers', async () => {
    const set = await loadWorkloadSet('access');
    assert.deepEqual(set.namespaces, ['ns1', 'ns2']);
    const srv = set.pods.find(({ name }) => name === 'srv');
    assert.equal(srv?.serviceAccount, 's');
    assert.deepEqual(
      srv?.ports.map(({ protocol, port }) => `${protocol}/${port}`),
      'http/8080 http/9090 tcp/8300 tcp/8301 tcp/8302 tcp/8303 udp/8300 udp/8301 udp/8302'.split(' '),
    );
    assert.deepEqual(
      set.pods.filter(({ meshed }) => !meshed).map(({ name }) => name),
      ['stranger'],
    );
    assert.ok(
      set.pods.some(({ name, namespace, serviceAccount }) => `${namespace}/${name}/${serviceAccount}` === 'ns2/c1/c1'),
    );
    for (const name of ['srv', 'ctl', 'quiet', 'stranger']) assert.deepEqual(podsOf(set, name), [name]);
  });

  it('split: selectors cover exactly the pods that the cases count on', async () => {
    const set = await loadWorkloadSet('split');
    const leaves = Array.from({ length: 10 }, (_, index) => `p${index + 1}`);
    assert.deepEqual(podsOf(set, 'root'), ['p1', 'p2', 'p3']);
    assert.deepEqual(podsOf(set, 'root2'), ['p1', 'p2', 'p3']);
    assert.deepEqual(podsOf(set, 'pair'), ['p1', 'p2']);
    assert.deepEqual(podsOf(set, 'epoch'), ['p1', 'p2']);
    assert.deepEqual(podsOf(set, 'octo'), leaves.slice(0, 8));
    assert.deepEqual(podsOf(set, 'w1'), ['p1']);
    assert.deepEqual(podsOf(set, 'w9'), leaves.slice(1));
    assert.deepEqual(podsOf(set, 'wide'), leaves);
    for (const [index, pod] of leaves.slice(0, 8).entries()) assert.deepEqual(podsOf(set, `e${index + 1}`), [pod]);
    const odd = set.services.find(({ name }) => name === 'v1-odd')?.ports;
    assert.deepEqual(odd, [{ name: 'http', protocol: 'http', port: 1024, targetPort: 8080 }]);
    assert.equal(new Set(set.pods.map(({ serviceAccount }) => serviceAccount)).size, set.pods.length);
  });

  it('has a service for every marker pod of a fixture, in their order', async () => {
    for (const { workloads, markerPods } of FIXTURES) {
      const set = await loadWorkloadSet(workloads);
      for (const [index, pod] of markerPods.entries())
        assert.deepEqual(podsOf(set, `epoch-${'abcdefghij'.charAt(index)}`), [pod]);
    }
  });

  it('instantiates into real namespaces and leaves the logical set alone', async () => {
    const set = await loadWorkloadSet('access');
    const lane = set.instantiate('lane-2');
    assert.deepEqual(lane.namespaces, ['lane-2-ns1', 'lane-2-ns2']);
    assert.ok([...lane.pods, ...lane.services].every(({ namespace }) => lane.namespaces.includes(namespace)));
    assert.deepEqual(set.namespaces, ['ns1', 'ns2']);
  });

  const refusals: Record<string, [yaml: string, expected: RegExp]> = {
    'an unknown key': ['name: x\nnamespaces: { ns1: { pods: { a: { port: 1 } } } }', /ns1\.pods\.a: .*port/],
    'a bad port': [
      'name: x\nnamespaces: { ns1: { pods: { a: { ports: { http: sctp/1 } } } } }',
      /a\.ports\.http: must look like/,
    ],
    'a port twice': [
      'name: x\nnamespaces: { ns1: { pods: { a: { ports: { a: http/80, b: tcp/80 } } } } }',
      /ns1\.a: tcp\/80 stands there twice/,
    ],
    'a service for no pod': [
      'name: x\nnamespaces: { ns1: { pods: { a: {} }, services: { b: { ports: { http: http/80 } } } } }',
      /services\.b: the selector matches no pod/,
    ],
    'a target port that a pod lacks': [
      'name: x\nnamespaces: { ns1: { pods: { a: { ports: { http: http/80 } } }, services: { a: { ports: { http: http/80 -> 81 } } } } }',
      /pod a has no port http\/81/,
    ],
    'broken YAML': ['name: [', /broken\.yaml is no workload set/],
  };
  for (const [what, [yaml, expected]] of Object.entries(refusals)) {
    it(`refuses ${what}, naming the place`, () => {
      assert.throws(
        () => parseWorkloadSet(yaml, 'broken.yaml'),
        (error) => error instanceof HarnessError && error.code === 'E_WORKLOAD_INVALID' && expected.test(error.message),
      );
    });
  }

  it('names the sets there are when asked for another', async () => {
    await assert.rejects(loadWorkloadSet('nope'), { code: 'E_WORKLOAD_UNKNOWN', hint: /access.*split/ });
  });
});
