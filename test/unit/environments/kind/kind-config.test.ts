import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { buildKindConfig } from '../../../../src/environments/kind/kind-config.js';

interface Config {
  readonly nodes: readonly object[];
  readonly networking?: object;
  readonly kubeadmConfigPatches?: readonly string[];
}
const build = (host: Parameters<typeof buildKindConfig>[0], text?: string): Config =>
  parse(buildKindConfig(host, text, 'mine.yaml')) as Config;
const kubelet = (config: Config): unknown => parse(config.kubeadmConfigPatches?.at(-1) ?? '');

const MODERN = { cgroupVersion: '2', maySetResources: true } as const;

describe('the configuration of a kind cluster', () => {
  it('is plain on a modern host', () => {
    assert.deepEqual(build(MODERN), {
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      nodes: [{ role: 'control-plane' }],
    });
  });

  it('lets kubelets run on cgroup v1, and without CAP_SYS_RESOURCE', () => {
    const head = { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1' };
    assert.deepEqual(kubelet(build({ ...MODERN, cgroupVersion: '1' })), { ...head, failCgroupV1: false });
    assert.deepEqual(kubelet(build({ ...MODERN, maySetResources: false })), {
      ...head,
      featureGates: { KubeletInUserNamespace: true },
    });
  });

  it("keeps the user's, and adds to it", () => {
    const config = build(
      { cgroupVersion: '1', maySetResources: true },
      'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{role: control-plane}, {role: worker}]\nnetworking: {ipFamily: dual}\nkubeadmConfigPatches: ["kind: ClusterConfiguration\\n"]\n',
    );
    assert.equal(config.nodes.length, 2);
    assert.deepEqual(config.networking, { ipFamily: 'dual' });
    assert.equal(config.kubeadmConfigPatches?.length, 2);
    assert.equal(config.kubeadmConfigPatches[0], 'kind: ClusterConfiguration\n');
  });

  for (const [what, text] of [
    ['YAML that does not parse', 'kind: [Cluster\n'],
    ['another kind', 'kind: Pod\n'],
    ['a list', '- kind: Cluster\n'],
    ['patches that are no list', 'kind: Cluster\nkubeadmConfigPatches: yes\n'],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(() => build({ ...MODERN, cgroupVersion: '1' }, text), {
        code: 'E_KIND_CONFIG',
        exitCode: 4,
        message: /mine\.yaml/,
      });
    });
});
