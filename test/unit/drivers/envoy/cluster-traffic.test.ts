import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { trafficOfRun } from '../../../../drivers/envoy/cluster-traffic.js';
import { CLUSTER_STATISTICS } from '../../../../drivers/envoy/traffic.js';
import { COUNTING, STATISTICS as ISTIO } from '../../../../drivers/istio/statistics.js';
import { STATISTICS as OSM } from '../../../../drivers/osm/statistics.js';
import { RUN_LABEL } from '../../../../src/kube/cluster.js';
import type { Kube, Scope } from '../../../../src/kube/kube.js';
import type { KubeObject } from '../../../../src/smi/model.js';

const pod = (name: string, run: string, container: string, status: object = { phase: 'Running' }): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', labels: { [RUN_LABEL]: run } } },
  spec: { containers: [{ name: 'app' }, { name: container }] },
  status: status as Record<string, string>,
});

/** The admin interface of a proxy that answered seven requests of its app's. */
function serveAdmin(cluster: string): Promise<Server> {
  const stats = [{ name: `cluster.${cluster}.upstream_rq_2xx`, value: 7 }];
  const server = createServer(({ url = '' }, response) => {
    response.end(JSON.stringify(url.startsWith('/stats') ? { stats } : {}));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe('the traffic of a run in a cluster', () => {
  for (const [mesh, statistics, container, cluster] of [
    ['osm', OSM, 'envoy', 'shop/web|8080|local'],
    ['istio', ISTIO, 'istio-proxy', 'inbound|8080||;'],
  ] as const)
    it(`is what the proxies of its own pods count: ${mesh}`, async () => {
      const there = [
        pod('web', 'mine', container),
        pod('ending', 'mine', container, { phase: 'Succeeded' }),
        pod('bare', 'mine', 'other'),
        pod('foreign', 'yours', container),
      ];
      const server = await serveAdmin(cluster);
      const asked: string[] = [];
      const kube = {
        list: async (_kind: unknown, { labelSelector = '' }: Scope = {}) =>
          there.filter(({ metadata: { labels = {} } }) =>
            Object.entries(labels ?? {}).some(([key, value]) => labelSelector === `${key}=${value}`),
          ),
        connect: async (place: { readonly pod: string }, port: number) => {
          asked.push(`${place.pod}:${port}`);
          return connect((server.address() as AddressInfo).port, '127.0.0.1');
        },
      } as unknown as Kube;
      using traffic = trafficOfRun({ kube, runId: 'mine' }, statistics);
      try {
        const web = { namespace: 'shop', name: 'web' };
        const counts = [{ side: 'server', to: web, success: 7, failure: 0, latency: [] }];
        assert.deepEqual(await traffic.read(), [{ proxy: web, counts }]);
        assert.deepEqual([...new Set(asked)], ['web:15000']);
      } finally {
        traffic[Symbol.dispose]();
        server.close();
      }
    });

  it('is kept by Istio where pods ask for it', () => {
    const { proxyStatsMatcher } = JSON.parse(COUNTING['proxy.istio.io/config']) as {
      proxyStatsMatcher: { inclusionSuffixes: readonly string[] };
    };
    for (const name of CLUSTER_STATISTICS)
      assert.ok(
        proxyStatsMatcher.inclusionSuffixes.some((suffix) => `cluster.inbound|8080||;.${name}`.endsWith(suffix)),
        name,
      );
  });
});
