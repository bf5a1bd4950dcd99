/** k3s in one container, through Testcontainers. There is no image it could fall back on: the user names one. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError, badInput } from '../../errors/harness-error.js';
import { agentImageRef, shellImageRef } from '../../images/agent-image.js';
import { RUN_LABEL, type Cluster } from '../../kube/cluster.js';
import { connectKube } from '../../kube/connect.js';
import { createClusterEnvironment } from '../cluster/cluster-environment.js';
import { inspectEngine, removeContainers, runDocker } from '../docker.js';
import { findEngineImages, provideToNodes } from '../engine-images.js';
import type { Environment } from '../environment.js';
import { registerRun } from '../local/run-state.js';
import { oneAtATime } from '../one-at-a-time.js';

export interface K3sOptions {
  readonly runId: string;
  readonly keep: boolean;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly k3sImage?: string;
  readonly agentImage?: string;
}

const UP_WITHIN_MS = 120_000;

/** Rolls back by itself when it fails or is interrupted. @throws HarnessError E_CLUSTER_IMAGE, E_IMAGE_PULL, E_CLUSTER_START */
export async function createK3sEnvironment(options: K3sOptions): Promise<Environment> {
  const { runId, signal, log } = options;
  const image = requireImage(options.k3sImage);
  await inspectEngine();
  await pullUnlessThere(image, options);
  const run = await registerRun(runId);
  const undo = async (keep: boolean): Promise<void> => {
    if (!keep) await removeContainers(`${RUN_LABEL}=${runId}`);
    await run.unregister({ keepDir: keep });
  };
  try {
    const { node, kubeconfig } = await start(image, options);
    const kubeconfigPath = join(run.runDir, 'kubeconfig');
    await writeFile(kubeconfigPath, kubeconfig, { mode: 0o600 });
    const kube = await connectKube({ kubeconfigPath });
    const cluster: Cluster = {
      ...{ kube, runId, owned: true, labels: { [RUN_LABEL]: runId } },
      provideImages: oneAtATime(async (refs: readonly string[], mine: AbortSignal | undefined = signal) =>
        provideToNodes({ nodes: [node], refs, log, ...(mine === undefined ? {} : { signal: mine }) }),
      ),
      // The environment reads again what is served; it puts its own in place.
      discover: async () => undefined,
    };
    const facts = { kubernetes: await kube.serverVersion(), nodeImage: image };
    const { keep, agentImage = agentImageRef() } = options;
    return createClusterEnvironment({
      ...{ name: 'k3s', cluster, agentImage, shellImage: shellImageRef(), ephemeral: !keep, runId, keep, log, facts },
      onDispose: () => undo(keep),
    });
  } catch (error) {
    // What went wrong first is the one to tell.
    await undo(false).catch((trouble: unknown) => log(`not cleaned up, see "meshgauge clean": ${String(trouble)}`));
    throw error;
  }
}

function requireImage(image: string | undefined): string {
  if (image !== undefined) return image;
  throw badInput(
    'E_CLUSTER_IMAGE',
    'k3s cannot run without an image, and there is no default',
    'name one: --k3s-image rancher/k3s:v1.34.1-k3s1',
  );
}

async function pullUnlessThere(image: string, { log, signal }: K3sOptions): Promise<void> {
  if ((await findEngineImages([image])).has(image)) return;
  log(`pulling ${image}`);
  try {
    await runDocker(['pull', '--quiet', image], signal === undefined ? {} : { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HarnessError({
      code: 'E_IMAGE_PULL',
      message: `image ${image} cannot be pulled: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'is the name right, and does its registry answer? Without a registry: "docker load" the image first, or use --env kind',
      cause,
    });
  }
}

async function start(image: string, { runId, log, signal }: K3sOptions): Promise<{ node: string; kubeconfig: string }> {
  // Its reaper is one more image to pull; labels and "meshgauge clean" do the same here.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const { K3sContainer } = await import('@testcontainers/k3s');
  const begin = performance.now();
  try {
    const container = await new K3sContainer(image)
      .withLabels({ [RUN_LABEL]: runId })
      .withStartupTimeout(UP_WITHIN_MS)
      .start();
    signal?.throwIfAborted();
    log(`k3s is up after ${((performance.now() - begin) / 1000).toFixed(1)} s (${image})`);
    return { node: container.getId(), kubeconfig: container.getKubeConfig() };
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HarnessError({
      code: 'E_CLUSTER_START',
      message: `k3s did not come up from ${image}: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'it needs a privileged container; "meshgauge doctor --env k3s" checks the engine, --env kind is another way',
      cause,
    });
  }
}
