import assert from 'node:assert/strict';
import { listedPods, readyPods } from '../../../../src/environments/cluster/endpoints.js';
import { newestFirst } from '../../../../src/environments/cluster/kube-cluster-api.js';
import { CLUSTER_PERMISSIONS, describePermission } from '../../../../src/environments/cluster/permissions.js';
import { readService, serviceManifest } from '../../../../src/environments/cluster/service-manifest.js';
import { addressOf, waysTo } from '../../../../src/environments/cluster/service-addresses.js';
import { HarnessError } from '../../../../src/errors/harness-error.js';
import type { Pod, Service, ServiceSpec } from '../../../../src/mesh/driver.js';
import type { Json, KubeObject } from '../../../../src/smi/model.js';

const spec: ServiceSpec = {
  name: 'srv',
  namespace: 'ns1',
  selector: { app: 'srv' },
  ports: [
    { name: 'web', port: 80, targetPort: 8080, protocol: 'http' },
    { port: 8300, targetPort: 8300, protocol: 'tcp' },
    { port: 8300, targetPort: 8300, protocol: 'udp' },
  ],
};

describe('a service as a Kubernetes object', () => {
  it('says what each port speaks, and gives every port a name of its own', () => {
    const manifest = serviceManifest(spec, { run: 'r1' });
    assert.deepEqual(manifest.metadata, { name: 'srv', namespace: 'ns1', labels: { run: 'r1' } });
    assert.deepEqual(manifest['spec'], {
      selector: { app: 'srv' },
      ports: [
        { name: 'web', port: 80, targetPort: 8080, protocol: 'TCP', appProtocol: 'http' },
        { name: 'tcp-8300', port: 8300, targetPort: 8300, protocol: 'TCP', appProtocol: 'tcp' },
        { name: 'udp-8300', port: 8300, targetPort: 8300, protocol: 'UDP' },
      ],
    });
  });

  it('says of a port called grpc that it carries gRPC', () => {
    const ports = [{ name: 'grpc', port: 8080, targetPort: 8080, protocol: 'http' as const }];
    assert.deepEqual((serviceManifest({ ...spec, ports }, {})['spec'] as { ports: Json }).ports, [
      { name: 'grpc', port: 8080, targetPort: 8080, protocol: 'TCP', appProtocol: 'grpc' },
    ]);
  });

  it('has a cluster address, or none when headless', () => {
    const headless = { ...spec, headless: true };
    assert.equal((serviceManifest(headless, {})['spec'] as { clusterIP?: string }).clusterIP, 'None');
    const made = (clusterIP: string): KubeObject => ({ ...serviceManifest(spec, {}), spec: { clusterIP } });
    assert.equal(readService(spec, made('10.96.0.9')).clusterIP, '10.96.0.9');
    assert.equal('clusterIP' in readService(headless, made('None')), false);
    assert.equal('headless' in readService(headless, made('None')), false);
  });
});

describe('addresses of services', () => {
  const pod = (name: string, ip: string): Pod => ({
    ...{ name, namespace: 'ns1', serviceAccount: name, labels: { app: 'srv' }, meshed: true, ports: [] },
    ...{ ip, dir: '/pod', physicalPorts: new Map() },
  });
  const headless: Service = { ...spec, physicalPorts: new Map() };
  const address = { namespace: 'ns1', name: 'srv', port: 80, protocol: 'http' } as const;
  const known = (service: Service, ...pods: readonly Pod[]) => ({ services: () => [service], pods: () => pods });
  const isError = (code: string) => (error: unknown) => error instanceof HarnessError && error.code === code;

  it('are the cluster address with the service port, and pods with theirs', () => {
    const all = known({ ...headless, clusterIP: '10.96.0.9' }, pod('s2', '10.0.0.2'), pod('s1', '10.0.0.1'));
    assert.deepEqual(addressOf(all, address), { host: '10.96.0.9', port: 80 });
    assert.deepEqual(waysTo(all, address), [
      { way: 'pod-ip', host: '10.0.0.1', port: 8080 },
      { way: 'cluster-ip', host: '10.96.0.9', port: 80 },
    ]);
  });

  it('are those of pods where the service is headless, and none where there is no pod', () => {
    const one = known(headless, pod('s1', '10.0.0.1'));
    assert.deepEqual(addressOf(one, address), { host: '10.0.0.1', port: 8080 });
    assert.deepEqual(
      waysTo(one, address).map(({ way }) => way),
      ['pod-ip', 'headless'],
    );
    assert.throws(() => addressOf(known(headless), address), isError('E_SERVICE_EMPTY'));
    assert.deepEqual(waysTo(known(headless), address), []);
  });

  it('are not made up', () => {
    assert.throws(() => addressOf(known(headless), { ...address, name: 'ctl' }), isError('E_SERVICE_UNKNOWN'));
    assert.throws(() => waysTo(known(headless), { ...address, port: 81 }), isError('E_SERVICE_PORT'));
  });
});

describe('endpoints of services', () => {
  const slice = (service: string, ...endpoints: readonly Json[]): KubeObject => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-x`, namespace: 'ns1', labels: { 'kubernetes.io/service-name': service } },
    endpoints,
  });
  const pod = (uid: string, ready?: boolean): Json => ({
    ...(ready !== undefined && { conditions: { ready } }),
    targetRef: { kind: 'Pod', uid },
  });
  const slices = [
    slice('srv', pod('a', true), pod('b', false)),
    slice('srv', pod('c')),
    slice('ctl', pod('d', true)),
    slice('none'),
  ];

  it('are the ready pods in all slices of the service', () => {
    assert.deepEqual([...readyPods(slices, 'srv')], ['a', 'c']);
    assert.deepEqual([...readyPods(slices, 'none')], []);
  });

  it('list a pod until it is out of all of them', () => {
    assert.deepEqual([...listedPods(slices)], ['a', 'b', 'c', 'd']);
  });
});

describe('versions and permissions', () => {
  it('come newest first', () => {
    const versions = ['v1alpha2', 'v1', 'v1alpha10', 'v2beta1', 'v1beta1', 'v1alpha4'];
    assert.deepEqual(newestFirst(versions), ['v1', 'v2beta1', 'v1beta1', 'v1alpha10', 'v1alpha4', 'v1alpha2']);
  });

  it('read as one would ask for them', () => {
    const said = CLUSTER_PERMISSIONS.map(describePermission);
    for (const one of ['create namespaces', 'create pods/portforward', 'watch endpointslices.discovery.k8s.io']) {
      assert.ok(said.includes(one), one);
    }
    assert.equal(new Set(said).size, said.length);
    assert.equal(describePermission({ verb: 'get', group: '', resource: 'pods', namespace: 'ns1' }), 'get pods in ns1');
  });
});
