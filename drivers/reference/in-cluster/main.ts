/** The control plane as a program of its own, in a pod: reads the cluster with the pod's service account, serves proxies, and obeys the driver. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server } from 'node:net';
import { connectKube } from '../../../src/kube/connect.js';
import { Teardown } from '../../../src/run/teardown.js';
import type { Authority } from '../../../src/certificates/authority.js';
import { createFaults } from '../faults/index.js';
import { startControlPlane } from '../start-control-plane.js';
import { answerReview } from './admission-review.js';
import {
  CONFIG_FILE,
  CONTROL_PLANE_PORTS,
  type ControlPlaneConfig,
  ControlPlaneConfigSchema,
} from './control-protocol.js';
import { controlRoutes } from './control-routes.js';
import { hasToken, listenForJson } from './json-server.js';
import { createMetricsServer } from './metrics-server.js';
import { WatchedCluster } from './watched-cluster.js';

const ADMISSION_TTL_MS = 7 * 24 * 3_600_000;

async function main(): Promise<void> {
  const config = ControlPlaneConfigSchema.parse(JSON.parse(await readFile(CONFIG_FILE, 'utf8')));
  const teardown = new Teardown();
  const end = (): void => void teardown.run().then((failures) => process.exit(failures.length === 0 ? 0 : 1));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  const kube = await connectKube({ inCluster: true });
  const cluster = await WatchedCluster.open(kube);
  teardown.defer('the watches', () => cluster[Symbol.asyncDispose]());
  const faults = createFaults(config.faults);
  const running = await startControlPlane(
    {
      api: cluster,
      interception: 'redirect',
      faults,
      counting: config.metrics !== undefined,
      host: '0.0.0.0',
      port: CONTROL_PLANE_PORTS.xds,
    },
    teardown,
  );
  cluster.onProxyGone((id) => running.controlPlane.removeProxy(id));
  const control = createServer(listenForJson(controlRoutes(running), hasToken(config.token)));
  await listen(control, '127.0.0.1', CONTROL_PLANE_PORTS.control);
  teardown.defer('the control port', () => void control.close());
  if (config.metrics !== undefined) {
    const own = { kube, cluster, authority: running.authority, tamper: faults.metrics, host: config.admissionHost };
    const metrics = await createMetricsServer({ ...own, config: config.metrics });
    teardown.defer('looks at proxies', () => metrics[Symbol.dispose]());
    await listen(metrics.server, '0.0.0.0', CONTROL_PLANE_PORTS.metrics);
    teardown.defer('the metrics API', () => void metrics.server.close());
  }
  const admission = await createAdmissionServer(running.authority, config);
  await listen(admission, '0.0.0.0', CONTROL_PLANE_PORTS.admission);
  teardown.defer('the admission hook', () => void admission.close());
  log(`serving ${cluster.objects().length} objects; faults: ${config.faults.join(', ') || 'none'}`);
}

async function createAdmissionServer(authority: Authority, { admissionHost }: ControlPlaneConfig): Promise<Server> {
  const { certPem, keyPem } = await authority.issue({
    spiffeId: `spiffe://${authority.trustDomain}/admission`,
    dnsNames: [admissionHost],
    ttlMs: ADMISSION_TTL_MS,
  });
  const listener = listenForJson({ 'POST /': answerReview }, () => true);
  return createSecureServer({ cert: certPem, key: keyPem }, listener);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve());
  });
}

function log(line: string): void {
  process.stderr.write(`control plane: ${line}\n`);
}

main().catch((error: unknown) => {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
});
