/** A Kubernetes cluster in containers of the Docker engine: one made for this run, or one that is there already. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../../errors/harness-error.js';
import { agentImageRef, nodeImageRef, shellImageRef } from '../../images/agent-image.js';
import { ensureImages } from '../../images/ensure.js';
import { RUN_LABEL, type Cluster } from '../../kube/cluster.js';
import { connectKube } from '../../kube/connect.js';
import { createClusterEnvironment } from '../cluster/cluster-environment.js';
import { inspectEngine, maySetResources } from '../docker.js';
import { findEngineImages, provideToNodes } from '../engine-images.js';
import type { Environment } from '../environment.js';
import { registerRun, type RunRegistration } from '../local/run-state.js';
import { oneAtATime } from '../one-at-a-time.js';
import {
  CLUSTER_PREFIX,
  createKindCluster,
  deleteKindCluster,
  listKindClusters,
  listNodes,
  writeKubeconfig,
} from './kind-cluster.js';
import { buildKindConfig } from './kind-config.js';
import { CLUSTER_IN_USE_FILE } from './clean.js';
import { raiseInotifyLimit } from './inotify.js';

export interface KindOptions {
  readonly runId: string;
  /** Keeps the cluster and the run's folder at the end. */
  readonly keep: boolean;
  readonly log: (line: string) => void;
  /** Gets logs of what did not come up. */
  readonly debugDir: string;
  readonly signal?: AbortSignal;
  /** An existing kind cluster to use; it stays at the end. */
  readonly cluster?: string;
  readonly nodeImage?: string;
  /** `1.34.4` */
  readonly kubernetesVersion?: string;
  /** File of the user's kind configuration. */
  readonly kindConfig?: string;
  readonly agentImage?: string;
}

/** What a cluster is known by, however it came about. */
interface KindCluster {
  readonly name: string;
  /** True when its end is ours to bring about. */
  readonly made: boolean;
  readonly image: string;
}

const READY_WITHIN_MS = 120_000;

/** Rolls back by itself when it fails or is interrupted: nothing runs then that did not run before. */
export async function createKindEnvironment(options: KindOptions): Promise<Environment> {
  const engine = await inspectEngine();
  const run = await registerRun(options.runId);
  const wanted = options.cluster ?? CLUSTER_PREFIX + options.runId;
  const undo = async (keep: boolean): Promise<void> => {
    if (options.cluster === undefined && !keep) await deleteKindCluster(wanted);
    await run.unregister({ keepDir: keep });
  };
  try {
    await writeFile(join(run.runDir, CLUSTER_IN_USE_FILE), wanted);
    const cluster = options.cluster === undefined ? await make(options, run, engine) : await adopt(wanted, run);
    return await open(cluster, options, run, { ...engine }, async () => {
      await undo(options.keep);
      if (options.keep && cluster.made) options.log(keptMessage(cluster.name, run.runDir));
    });
  } catch (error) {
    // What went wrong first is the one to tell.
    await undo(false).catch((trouble: unknown) =>
      options.log(`not cleaned up, see "meshgauge clean": ${String(trouble)}`),
    );
    throw error;
  }
}

async function make(
  options: KindOptions,
  run: RunRegistration,
  engine: { readonly cgroupVersion: '1' | '2' },
): Promise<KindCluster> {
  const { runId, log, signal, kindConfig, debugDir } = options;
  const start = performance.now();
  const text = kindConfig === undefined ? undefined : await readConfig(kindConfig);
  const image = await chooseNodeImage(options);
  const host = {
    cgroupVersion: engine.cgroupVersion,
    maySetResources: maySetResources(await readFile('/proc/self/status', 'utf8')),
  };
  const configPath = join(run.runDir, 'kind.yaml');
  await writeFile(configPath, buildKindConfig(host, text, kindConfig));
  await mkdir(debugDir, { recursive: true });
  const name = CLUSTER_PREFIX + runId;
  await createKindCluster({
    ...{ name, runId, image, configPath, debugDir },
    kubeconfigPath: kubeconfigOf(run),
    waitMs: READY_WITHIN_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  log(`cluster ${name} is up after ${((performance.now() - start) / 1000).toFixed(1)} s (${image})`);
  return { name, made: true, image };
}

async function adopt(name: string, run: RunRegistration): Promise<KindCluster> {
  const known = await listKindClusters();
  if (!known.includes(name)) {
    throw badInput(
      'E_KIND_CLUSTER',
      `no kind cluster is called "${name}"`,
      `clusters of this engine: ${known.join(', ') || 'none'}; without --cluster one is made for the run`,
    );
  }
  await writeKubeconfig(name, kubeconfigOf(run));
  return { name, made: false, image: 'as it is' };
}

async function open(
  { name, made, image }: KindCluster,
  options: KindOptions,
  run: RunRegistration,
  engine: { readonly version: string; readonly cgroupVersion: string },
  onDispose: () => Promise<void>,
): Promise<Environment> {
  const { runId, keep, log, agentImage = agentImageRef() } = options;
  const kube = await connectKube({ kubeconfigPath: kubeconfigOf(run), context: `kind-${name}` });
  const nodes = await listNodes(name);
  const [first] = nodes;
  if (first !== undefined) await raiseInotifyLimit(first, log);
  const cluster: Cluster = {
    kube,
    runId,
    // One that an earlier run made and kept is ours as well.
    owned: made || name.startsWith(CLUSTER_PREFIX),
    labels: { [RUN_LABEL]: runId },
    provideImages: oneAtATime(async (refs: readonly string[], signal: AbortSignal | undefined = options.signal) =>
      provideToNodes({ nodes, refs, log, ...(signal === undefined ? {} : { signal }) }),
    ),
    // The environment reads again what is served; it puts its own in place.
    discover: async () => undefined,
  };
  const facts = {
    kubernetes: await kube.serverVersion(),
    nodeImage: image,
    nodes: nodes.length,
    docker: engine.version,
    cgroup: engine.cgroupVersion,
  };
  return createClusterEnvironment({
    ...{
      name: 'kind',
      cluster,
      agentImage,
      shellImage: shellImageRef(),
      ephemeral: made && !keep,
      runId,
      keep,
      log,
      facts,
      onDispose,
    },
  });
}

/** The user's choice; else the one of the wanted version that the engine has, ours first; else ours, made or pulled. */
export async function chooseNodeImage(
  options: Pick<KindOptions, 'nodeImage' | 'kubernetesVersion' | 'log' | 'signal'>,
): Promise<string> {
  const { nodeImage, kubernetesVersion, log, signal } = options;
  if (nodeImage !== undefined) return nodeImage;
  const ours = nodeImageRef();
  const [repository = '', tag = ''] = ours.split(/:(?=[^/]*$)/);
  const version = kubernetesVersion === undefined ? tag : `v${kubernetesVersion.replace(/^v/, '')}`;
  const published = `kindest/node:${version}`;
  const candidates = [`${repository}:${version}`, published];
  const present = await findEngineImages(candidates);
  const found = candidates.find((ref) => present.has(ref));
  if (found !== undefined) return found;
  // Other versions are not ours to build: kind pulls them.
  if (version !== tag) return published;
  await ensureImages([ours], { log, ...(signal === undefined ? {} : { signal }) });
  return ours;
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw badInput('E_KIND_CONFIG', `--kind-config ${file} cannot be read: ${reason}`, 'check the path');
  }
}

/** Beside the run's other files: the user's own kubeconfig is never touched. */
function kubeconfigOf(run: RunRegistration): string {
  return join(run.runDir, 'kubeconfig');
}

function keptMessage(name: string, runDir: string): string {
  return `kept: cluster ${name}, kubeconfig ${join(runDir, 'kubeconfig')}; use it again with --cluster ${name}, remove it with "meshgauge clean"`;
}
