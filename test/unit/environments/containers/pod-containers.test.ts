import assert from 'node:assert/strict';
import {
  agentConfig,
  agentContainer,
  containerPlan,
  holderContainer,
  podFiles,
  sidecarContainer,
} from '../../../../src/environments/containers/pod-containers.js';
import { iptablesRules } from '../../../../src/environments/redirection.js';
import { HarnessError } from '../../../../src/errors/harness-error.js';
import type { Pod, PodPlan, Sidecar } from '../../../../src/mesh/driver.js';

const POD: Pod = {
  name: 'srv',
  namespace: 'shop',
  serviceAccount: 'srv',
  labels: {},
  meshed: true,
  ports: [
    { name: 'http', port: 8080, protocol: 'http' },
    { name: 'udp', port: 8301, protocol: 'udp' },
  ],
  ip: '172.18.0.10',
  dir: '/tmp/mg-run/7-srv',
  physicalPorts: new Map(),
};
const IMAGES = { agent: 'agent:1', shell: 'shell:1' };
const REDIRECTION = { inboundPort: 15_006, outboundPort: 15_001, proxyUserId: 1337, openPorts: [] };
const PROXY: Sidecar = {
  name: 'proxy',
  image: 'proxy:1',
  command: 'proxy',
  args: ['-c', 'proxy.json'],
  userId: 1337,
  files: [{ path: 'proxy.json', content: '{}', mode: 0o600 }],
  ready: async () => true,
};
const REDIRECTED: PodPlan = { ...containerPlan(POD), sidecars: [PROXY], redirection: REDIRECTION };

describe('containers: what the containers of a pod are made of', () => {
  it('the app listens on every address unless the mesh says otherwise, and takes orders on a socket in the pod’s folder', () => {
    const listen = new Map([
      ...containerPlan(POD).listen,
      ['udp/8301', { kind: 'udp', host: '127.0.0.1', port: 15_101 }] as const,
    ]);
    const { control, ports } = agentConfig({ ...containerPlan(POD), listen });
    assert.deepEqual(control, { kind: 'unix', path: '/tmp/mg-run/7-srv/c.sock' });
    assert.deepEqual(
      ports.map(({ listen: address }) => address),
      [
        { kind: 'tcp', host: '0.0.0.0', port: 8080 },
        { kind: 'udp', host: '127.0.0.1', port: 15_101 },
      ],
    );
  });

  it('every pod has a secret of its own', () => {
    assert.notEqual(agentConfig(REDIRECTED).token, agentConfig(REDIRECTED).token);
  });

  it('the rules of redirection are a file, and in force before the pod counts as there', () => {
    assert.equal(podFiles(REDIRECTED, agentConfig(REDIRECTED)).get('redirect.rules'), iptablesRules(REDIRECTION));
    const { args, capabilities, user } = holderContainer(REDIRECTED, 'run', IMAGES);
    assert.deepEqual(args, ['-c', 'iptables-restore --noflush < redirect.rules && echo ready && exec sleep infinity']);
    assert.deepEqual(capabilities, ['NET_ADMIN', 'NET_RAW']);
    assert.equal(user, '0');
  });

  it('without redirection there are no rules and no rights', () => {
    const plan = containerPlan(POD);
    assert.deepEqual([...podFiles(plan, agentConfig(plan)).keys()], ['agent.json']);
    const { args, capabilities } = holderContainer(plan, 'run', IMAGES);
    assert.deepEqual(args, ['-c', 'echo ready && exec sleep infinity']);
    assert.deepEqual(capabilities, []);
  });

  it('a sidecar runs its command of its image as its user', () => {
    const { image, entrypoint, args, user } = sidecarContainer(POD, 'run', PROXY);
    assert.deepEqual(
      { image, entrypoint, args, user },
      { image: 'proxy:1', entrypoint: ['proxy'], args: ['-c', 'proxy.json'], user: '1337' },
    );
    assert.equal(podFiles(REDIRECTED, agentConfig(REDIRECTED)).get('proxy.json'), '{}');
  });

  it('a sidecar without an image is the driver’s mistake', () => {
    const { image: _none, ...imageless } = PROXY;
    assert.throws(
      () => sidecarContainer(POD, 'run', imageless),
      (error) =>
        error instanceof HarnessError && error.code === 'E_DRIVER_CONTRACT' && error.message.includes('shop/srv'),
    );
  });

  it('names and logs tell pods of one name apart', () => {
    const twin = { ...POD, dir: '/tmp/mg-run/8-srv' };
    const [first, second] = [POD, twin].map((pod) => agentContainer(pod, 'run', IMAGES, undefined));
    assert.equal(first?.fullName, 'meshgauge-run-7-srv-agent');
    assert.equal(first.logFile, '/tmp/mg-run/7-srv/agent.log');
    assert.equal(second?.fullName, 'meshgauge-run-8-srv-agent');
  });
});
