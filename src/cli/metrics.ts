/** `meshgauge metrics`: the metrics API for a mesh that does not serve it, made of what its proxies count. */
import { ClusterTraffic } from '../../drivers/envoy/cluster-traffic.js';
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import { asHarnessError, badInput, EXIT, HarnessError, type ExitCode } from '../errors/harness-error.js';
import { connectKube } from '../kube/connect.js';
import type { EnvoyStatistics } from '../mesh/driver.js';
import { parseDuration } from '../metrics/duration.js';
import { readKubeTopology } from '../metrics/kube-topology.js';
import { API_VERSION } from '../metrics/resources.js';
import { MetricsApi, serveMetrics, type MetricsApiOptions } from '../metrics/serve.js';
import { listenForInterrupt } from './interrupt.js';
import { openGivenProxies, parseProxies } from './metrics-proxies.js';

export interface MetricsFlags {
  readonly mesh?: string;
  readonly driver?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly proxy?: readonly string[];
  readonly window?: string;
  readonly host?: string;
  readonly port?: number;
  readonly json?: boolean;
}

const DEFAULTS = { window: '30s', host: '127.0.0.1', port: 8088 } as const;
const LEAST_WINDOW_MS = 250;

/** Serves until it is interrupted. */
export async function serve(flags: MetricsFlags): Promise<ExitCode> {
  const windowMs = readWindow(flags.window);
  const statistics = await readStatistics(flags);
  using interrupt = listenForInterrupt(async () => undefined);
  using ground =
    flags.proxy === undefined
      ? await openCluster(flags, statistics)
      : openGivenProxies(parseProxies(flags.proxy), statistics);
  using api = await startApi({ source: 'shim', windowMs, read: ground.read, topology: ground.topology });
  const { host = DEFAULTS.host, port = DEFAULTS.port } = flags;
  await using server = await listen(api, { host, port });
  const url = `http://${server.host}:${server.port}/apis/${API_VERSION}`;
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ url, source: 'shim', windowMs })}\n`);
  else process.stdout.write(`${url}\n`);
  process.stderr.write(`${ground.what}; windows of ${windowMs / 1_000} s; ends with Ctrl-C\n`);
  await new Promise<void>((resolve) => interrupt.signal.addEventListener('abort', () => resolve(), { once: true }));
  return EXIT.conformant;
}

/** Where traffic and resources are read from. */
export interface MetricsGround extends Disposable {
  readonly read: MetricsApiOptions['read'];
  readonly topology: MetricsApiOptions['topology'];
  /** For a person. */
  readonly what: string;
}

async function openCluster(flags: MetricsFlags, statistics: EnvoyStatistics): Promise<MetricsGround> {
  const kube = await connectKube({
    ...(flags.kubeconfig === undefined ? {} : { kubeconfigPath: flags.kubeconfig }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  });
  const traffic = new ClusterTraffic(kube, statistics);
  return {
    read: () => traffic.read(),
    topology: () => readKubeTopology(kube),
    what: `traffic metrics of the proxies in the cluster of context ${kube.context}`,
    [Symbol.dispose]: () => traffic[Symbol.dispose](),
  };
}

async function startApi(options: MetricsApiOptions): Promise<MetricsApi> {
  try {
    return await MetricsApi.start(options);
  } catch (cause) {
    if (cause instanceof HarnessError) throw cause;
    throw new HarnessError({
      code: 'E_NO_PROXIES',
      message: `no proxy can be asked for what it counts: ${asHarnessError(cause).message}`,
      hint: 'does the mesh run, and is --mesh the one that runs? With --proxy: is the admin interface there?',
      cause,
    });
  }
}

async function listen(
  api: MetricsApi,
  place: { readonly host: string; readonly port: number },
): ReturnType<typeof serveMetrics> {
  try {
    return await serveMetrics(api, place);
  } catch (cause) {
    throw badInput(
      'E_METRICS_ADDRESS',
      `nothing can be served on ${place.host}:${place.port}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      'choose another one with --host and --port; port 0 is any that is free',
    );
  }
}

/** @throws HarnessError E_METRICS_WINDOW */
export function readWindow(text: string = DEFAULTS.window): number {
  const windowMs = parseDuration(text);
  if (windowMs !== null && windowMs >= LEAST_WINDOW_MS) return windowMs;
  throw badInput(
    'E_METRICS_WINDOW',
    `--window ${text} is no span of time of ${LEAST_WINDOW_MS} ms or more`,
    'write it as --window 30s',
  );
}

/** @throws HarnessError E_NO_STATISTICS */
async function readStatistics({ mesh, driver }: MetricsFlags): Promise<EnvoyStatistics> {
  if (mesh !== undefined && driver !== undefined)
    throw badInput('E_MESH_AND_DRIVER', '--mesh and --driver name two meshes', 'give one of the two');
  if (mesh !== undefined && !DRIVER_NAMES.includes(mesh))
    throw badInput('E_UNKNOWN_MESH', `no mesh is called "${mesh}"`, `known meshes: ${DRIVER_NAMES.join(', ')}`);
  const { name, statistics } = await loadDriver(driver ?? mesh ?? 'reference');
  if (statistics !== undefined) return statistics;
  throw badInput(
    'E_NO_STATISTICS',
    `the driver of ${name} does not say how its proxies are read`,
    'name another mesh with --mesh; a driver of your own needs the member `statistics`',
  );
}
