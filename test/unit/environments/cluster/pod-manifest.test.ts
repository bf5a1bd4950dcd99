import assert from 'node:assert/strict';
import {
  POD_DIR,
  agentConfig,
  clusterPlan,
  podManifest,
  secretManifest,
} from '../../../../src/environments/cluster/pod-manifest.js';
import { HarnessError } from '../../../../src/errors/harness-error.js';
import type { Pod, PodPlan, Redirection, Sidecar } from '../../../../src/mesh/driver.js';

const pod: Pod = {
  name: 'srv',
  namespace: 'ns1',
  serviceAccount: 's',
  labels: { app: 'srv' },
  meshed: true,
  ip: '',
  dir: POD_DIR,
  physicalPorts: new Map(),
  ports: [
    { name: 'http', port: 8080, protocol: 'http' },
    { name: 'udp-8300', port: 8300, protocol: 'udp' },
  ],
};
const sidecar: Sidecar = {
  name: 'proxy',
  image: 'proxy:1',
  command: '/bin/proxy',
  args: ['-c', `${POD_DIR}/conf/proxy.yaml`],
  env: { LEVEL: 'info' },
  userId: 1337,
  files: [{ path: 'conf/proxy.yaml', content: 'a: 1', mode: 0o500 }],
  ready: async () => true,
};
const redirection: Redirection = { inboundPort: 15_006, outboundPort: 15_001, proxyUserId: 1337, openPorts: [] };
const options = {
  images: { agent: 'agent:1', shell: 'shell:1' },
  labels: { 'meshgauge.dev/run': 'r1' },
  token: 'secret-token',
  secretName: 'files-of-srv',
};

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: unknown;
  readonly ports?: unknown;
  readonly securityContext: Readonly<Record<string, unknown>>;
}
interface Spec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly {
    readonly secret?: {
      readonly secretName: string;
      readonly items: readonly { key: string; path: string; mode: number }[];
    };
  }[];
  readonly securityContext?: unknown;
  readonly [key: string]: unknown;
}
const specOf = (plan: PodPlan): Spec => podManifest(plan, options)['spec'] as unknown as Spec;
const startError = (text: RegExp) => (error: unknown) =>
  error instanceof HarnessError && error.code === 'E_POD_START' && text.test(error.message);

describe('a pod as Kubernetes objects', () => {
  const plan: PodPlan = {
    ...clusterPlan(pod),
    sidecars: [sidecar],
    redirection,
    labels: { in: 'mesh' },
    annotations: { a: 'b' },
  };

  it('runs the agent without rights, in a pod that is not replaced', () => {
    const spec = specOf(clusterPlan(pod));
    const [agent] = spec.containers;
    assert.deepEqual([agent?.name, agent?.image, agent?.args], ['agent', 'agent:1', [`${POD_DIR}/agent.json`]]);
    assert.deepEqual(agent?.ports, [
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
      { name: 'udp-8300', containerPort: 8300, protocol: 'UDP' },
    ]);
    const { runAsUser, runAsNonRoot, readOnlyRootFilesystem, capabilities } = agent.securityContext;
    assert.deepEqual([runAsUser, runAsNonRoot, readOnlyRootFilesystem], [65_532, true, true]);
    assert.deepEqual(capabilities, { drop: ['ALL'] });
    assert.deepEqual([spec['restartPolicy'], spec['enableServiceLinks']], ['Never', false]);
    assert.equal(spec.initContainers, undefined);
    assert.equal(spec.securityContext, undefined);
  });

  it('carries the labels of run, fixture, and mesh', () => {
    const { labels, annotations } = podManifest(plan, options).metadata;
    assert.deepEqual(labels, {
      'meshgauge.dev/run': 'r1',
      app: 'srv',
      'meshgauge.dev/pod': 'srv',
      'meshgauge.dev/service-account': 's',
      in: 'mesh',
    });
    assert.deepEqual(annotations, { a: 'b' });
  });

  it('mounts every file where it belongs, readable for each user of the pod', () => {
    const { stringData } = secretManifest(plan, options) as unknown as { stringData: Record<string, string> };
    const items = specOf(plan).volumes.flatMap(({ secret }) => secret?.items ?? []);
    const files = Object.fromEntries(items.map(({ key, path, mode }) => [path, { mode, content: stringData[key] }]));
    assert.deepEqual(Object.keys(files), ['agent.json', 'redirect.rules', 'conf/proxy.yaml']);
    assert.deepEqual(JSON.parse(files['agent.json']?.content ?? ''), agentConfig(plan, 'secret-token'));
    assert.match(files['redirect.rules']?.content ?? '', /--to-ports 15006/);
    assert.deepEqual(files['conf/proxy.yaml'], { mode: 0o544, content: 'a: 1' });
  });

  it('redirects before the agent starts, with the rights for that and no others', () => {
    const [init, ...others] = specOf(plan).initContainers ?? [];
    assert.deepEqual(others, []);
    assert.deepEqual([init?.name, init?.image, init?.command], ['redirect', 'shell:1', ['iptables-restore']]);
    assert.deepEqual(init?.args, ['--noflush', `${POD_DIR}/redirect.rules`]);
    assert.deepEqual(init?.securityContext['capabilities'], { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] });
  });

  it('runs sidecars as the users they asked for', () => {
    const proxy = specOf(plan).containers[1];
    assert.deepEqual([proxy?.name, proxy?.command, proxy?.args], ['proxy', ['/bin/proxy'], sidecar.args]);
    assert.deepEqual(proxy?.env, [{ name: 'LEVEL', value: 'info' }]);
    assert.equal(proxy?.securityContext['runAsUser'], 1337);
  });

  it('lets the agent listen on low ports where it has some', () => {
    const low = specOf(clusterPlan({ ...pod, ports: [{ name: 'http', port: 80, protocol: 'http' }] }));
    assert.deepEqual(low.securityContext, { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] });
  });

  it('cannot be made when something has no image or leaves the folder', () => {
    const { image: _image, ...bare } = sidecar;
    assert.throws(() => specOf({ ...plan, sidecars: [bare] }), startError(/sidecar proxy has no image/));
    const { shell: _shell, ...images } = options.images;
    assert.throws(() => podManifest(plan, { ...options, images }), startError(/no image with iptables/));
    for (const path of ['/etc/passwd', '../x', 'a/../../x']) {
      const sidecars = [{ ...sidecar, files: [{ path, content: '' }] }];
      assert.throws(() => secretManifest({ ...plan, sidecars }, options), startError(/outside its folder/), path);
    }
  });
});
