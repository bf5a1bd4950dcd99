import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { readEnvoyProxy } from '../../../../drivers/envoy/read-proxy.js';
import { TYPE } from '../../../../drivers/envoy/resource-type.js';
import { writeEnvoyBundle } from '../../../../drivers/envoy/debug-bundle.js';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** As Envoy 1.40 answered, shortened: one listener taken, one refused. */
const REFUSED_LISTENER = {
  failed_configuration: { '@type': TYPE.listener, name: 'bad' },
  details: "error adding listener '127.0.0.1:29903': filter chain '' has the same matching rules defined as ''",
};
const LISTENERS = {
  '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump',
  version_info: '7',
  dynamic_listeners: [
    { name: 'good', active_state: { version_info: '7', last_updated: '2026-11-22T19:02:16.143Z' } },
    { name: 'bad', error_state: { ...REFUSED_LISTENER, last_update_attempt: '2026-11-22T19:02:16.143Z' } },
    { error_state: REFUSED_LISTENER },
  ],
};
const ROUTES = {
  '@type': 'type.googleapis.com/envoy.admin.v3.RoutesConfigDump',
  static_route_configs: [{ last_updated: '2026-11-22T19:01:47.416Z' }],
  dynamic_route_configs: [{ version_info: '9' }, { version_info: '10' }],
};
const CERTIFICATE = {
  cert_chain: [
    {
      path: '<inline>',
      serial_number: '5f1a',
      subject_alt_names: [{ dns: 'web.demo.cluster.local' }, { uri: 'spiffe://x/ns/demo/sa/web' }],
      valid_from: '2026-11-22T18:00:00Z',
      expiration_time: '2026-11-23T18:00:00Z',
    },
  ],
};
const STATS = [
  { name: 'listener_manager.lds.update_rejected', value: 1 },
  { name: 'cluster_manager.cds.version_text', value: '12' },
  { name: 'cluster_manager.cds.update_rejected', value: 2 },
  { name: 'cluster.demo/web|8080.version_text', value: '11' },
  { name: 'cluster.demo/api|8080.version_text', value: '9' },
  { name: 'cluster.demo/web|8080.sds.service-cert:demo/web.version_text', value: '3' },
  { name: 'cluster.demo/web|8080.upstream_rq_total', value: 41 },
];

describe('reading an Envoy sidecar', () => {
  let server: Server;
  let pages: Record<string, unknown>;

  const proxy = {
    kube: { connect: async (_pod: unknown, port: number) => connect(port, '127.0.0.1') },
    namespace: 'demo',
    pod: 'web',
  };
  const at = (): number => (server.address() as AddressInfo).port;

  beforeEach(async () => {
    pages = {
      '/config_dump': { configs: [{ '@type': 'x/BootstrapConfigDump' }, LISTENERS, ROUTES] },
      '/stats?format=json&usedonly': { stats: [...STATS, { histograms: { computed_quantiles: [] } }] },
      '/certs': { certificates: [CERTIFICATE, CERTIFICATE, { ca_cert: [{ serial_number: '1' }] }] },
      '/memory': { allocated: '6436248', total_physical_bytes: '15657790' },
    };
    server = createServer((request, response) => {
      const page = pages[request.url ?? ''];
      response.writeHead(page === undefined ? 404 : 200).end(JSON.stringify(page));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('says which version of each type the proxy acknowledged, the newest where each resource has its own', async () => {
    const { acknowledged } = await readEnvoyProxy({ ...proxy, adminPort: at() });
    // No listeners: the dump shows version 7, but it was refused in part.
    assert.deepEqual(acknowledged, {
      [TYPE.cluster]: '12',
      [TYPE.route]: '10',
      [TYPE.endpoints]: '11',
      [TYPE.secret]: '3',
    });
  });

  it('takes the version of the dump where the mesh drops that statistic and nothing was refused', async () => {
    pages['/config_dump'] = { configs: [{ ...LISTENERS, dynamic_listeners: LISTENERS.dynamic_listeners.slice(0, 1) }] };
    pages['/stats?format=json&usedonly'] = { stats: [] };
    const { acknowledged, rejected } = await readEnvoyProxy({ ...proxy, adminPort: at() });
    assert.deepEqual(acknowledged, { [TYPE.listener]: '7' });
    assert.deepEqual(rejected, []);
  });

  it("repeats each refusal once, in the proxy's words; a counted one with its counter", async () => {
    const before = Date.now();
    const { rejected } = await readEnvoyProxy({ ...proxy, adminPort: at() });
    assert.deepEqual(rejected[0], {
      type: TYPE.listener,
      message: REFUSED_LISTENER.details,
      at: Date.parse('2026-11-22T19:02:16.143Z'),
    });
    assert.equal(rejected.length, 2);
    assert.equal(rejected[1]?.type, TYPE.cluster);
    assert.equal(rejected[1].message, 'cluster_manager.cds.update_rejected: 2');
    assert.ok(rejected[1].at >= before);
  });

  it('reads certificates, numbers and memory', async () => {
    const { certificates, stats, residentBytes } = await readEnvoyProxy({ ...proxy, adminPort: at() });
    assert.deepEqual(certificates, [
      {
        names: ['web.demo.cluster.local', 'spiffe://x/ns/demo/sa/web'],
        serial: '5f1a',
        validTo: '2026-11-23T18:00:00Z',
      },
    ]);
    assert.equal(stats?.['cluster.demo/web|8080.upstream_rq_total'], 41);
    assert.equal(stats['cluster_manager.cds.version_text'], undefined);
    assert.equal(residentBytes, 15_657_790);
  });

  it('names the page that is missing', async () => {
    delete pages['/certs'];
    await assert.rejects(readEnvoyProxy({ ...proxy, adminPort: at() }), /\/certs: answered with status 404/);
  });

  it('writes what it gets and says what it does not get', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mg-envoy-'));
    try {
      await writeEnvoyBundle(dir, { ...proxy, adminPort: at() });
      assert.match(await readFile(join(dir, 'demo/web/certs.json'), 'utf8'), /5f1a/);
      assert.match(await readFile(join(dir, 'demo/web/clusters.txt'), 'utf8'), /no answer: .*404/);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
