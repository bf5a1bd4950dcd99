/** The shim of the metrics API as a program of its own, in a pod: looks at a mesh's proxies with the pod's service account. */
import { readFile } from 'node:fs/promises';
import { connectKube } from '../../src/kube/connect.js';
import { createAggregatedServer, readAggregator } from '../../src/metrics/aggregated.js';
import { readKubeTopology } from '../../src/metrics/kube-topology.js';
import { MetricsApi } from '../../src/metrics/serve.js';
import { SHIM_CONFIG_FILE, SHIM_PORT, ShimConfigSchema } from '../../src/metrics/shim-manifests.js';
import { STATISTICS } from '../statistics.js';
import { ClusterTraffic } from './cluster-traffic.js';

async function main(): Promise<void> {
  const config = ShimConfigSchema.parse(JSON.parse(await readFile(SHIM_CONFIG_FILE, 'utf8')));
  const statistics = STATISTICS[config.mesh];
  if (statistics === undefined) throw new Error(`no mesh is called ${config.mesh}`);
  const kube = await connectKube({ inCluster: true });
  const traffic = new ClusterTraffic(kube, statistics);
  const api = await MetricsApi.start({
    source: 'shim',
    windowMs: config.windowMs,
    read: () => traffic.read(),
    topology: () => readKubeTopology(kube),
  });
  const server = createAggregatedServer(api, config, await readAggregator(kube));
  const end = (): void => {
    api[Symbol.dispose]();
    traffic[Symbol.dispose]();
    server.close(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  server.listen({ host: '0.0.0.0', port: SHIM_PORT }, () => log(`serving the proxies of ${config.mesh}`));
}

function log(line: string): void {
  process.stderr.write(`metrics shim: ${line}\n`);
}

main().catch((error: unknown) => {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
