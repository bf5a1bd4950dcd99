/** Clusters through the `kind` program and the containers it makes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { HarnessError } from '../../errors/harness-error.js';
import { findTool } from '../../images/tools.js';
import { diskFull, lines, removeContainers, runDocker } from '../docker.js';
import { RUN_MARKER } from '../local/run-state.js';

/** In front of the run's id, in names of clusters we make. */
export const CLUSTER_PREFIX = 'meshgauge-';
/** kind puts it on every container of a cluster. */
export const CLUSTER_LABEL = 'io.x-k8s.kind.cluster';
const ROLE_LABEL = 'io.x-k8s.kind.role';

export interface CreateOptions {
  readonly name: string;
  readonly runId: string;
  readonly kubeconfigPath: string;
  readonly configPath: string;
  /** Absent: the one that this kind was released with. */
  readonly image?: string;
  /** How long the control plane may take to be ready. */
  readonly waitMs: number;
  /** Gets kind's log, and those of the nodes, when the cluster does not come up. */
  readonly debugDir: string;
  readonly signal?: AbortSignal;
}

/** Creates a cluster; when that fails or is interrupted, nothing of it stays. @throws HarnessError E_KIND_CREATE and its kin */
export async function createKindCluster(options: CreateOptions): Promise<void> {
  const { name, signal } = options;
  const kind = await findTool('kind');
  signal?.throwIfAborted();
  try {
    const printed = await runKindCreate(kind, options);
    signal?.throwIfAborted();
    if (printed !== undefined) throw explainKind(printed, await keepLogs(options, printed));
  } catch (error) {
    // What went wrong first is the one to tell; a removal that fails leaves the registration of the run for `clean`.
    await deleteKindCluster(name).catch(() => undefined);
    throw error;
  }
}

/** Answers what kind printed when it failed. */
async function runKindCreate(kind: string, options: CreateOptions): Promise<string | undefined> {
  const image = options.image === undefined ? [] : ['--image', options.image];
  const child = execa(
    kind,
    [
      ...['create', 'cluster', '--name', options.name, '--config', options.configPath],
      ...[
        '--kubeconfig',
        options.kubeconfigPath,
        '--wait',
        `${Math.ceil(options.waitMs / 1000)}s`,
        '--retain',
        ...image,
      ],
    ],
    // A process group of its own: Ctrl-C at the terminal reaches us alone, and we end kind with all that it started.
    { all: true, reject: false, stdin: 'ignore', detached: true, env: { [RUN_MARKER]: options.runId } },
  );
  const endGroup = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  options.signal?.addEventListener('abort', endGroup, { once: true });
  if (options.signal?.aborted === true) endGroup();
  try {
    const { failed, all } = await child;
    return failed ? all : undefined;
  } finally {
    options.signal?.removeEventListener('abort', endGroup);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What kind printed and, as far as they can be had, the logs of the nodes. Answers the file of the former. */
async function keepLogs({ name, debugDir }: CreateOptions, printed: string): Promise<string> {
  const logFile = join(debugDir, 'kind-create.log');
  await writeFile(logFile, `${printed}\n`);
  const kind = await findTool('kind');
  await execa(kind, ['export', 'logs', join(debugDir, 'kind-nodes'), '--name', name], {
    reject: false,
    stdin: 'ignore',
    timeout: 30_000,
  });
  return logFile;
}

const TELLING = /error|fail|denied|not found|no such|timed? ?out|unable|cannot/i;
const TELLING_LINES = 6;

/** The lines of kind's output that say what went wrong: its own verdict first, then the last that sound like trouble. */
export function tellingLines(printed: string): readonly string[] {
  const all = lines(printed);
  const verdict = all.find((line) => line.startsWith('ERROR:'));
  const rest = all.filter((line) => line !== verdict && TELLING.test(line) && !line.startsWith('✗'));
  return [...(verdict === undefined ? all.slice(-1) : [verdict]), ...rest.slice(-TELLING_LINES)];
}

function explainKind(printed: string, logFile: string): HarnessError {
  const told = tellingLines(printed);
  const text = told.join('\n  ');
  if (/no space left on device/i.test(printed)) return diskFull('kind create cluster', told.at(-1) ?? '');
  if (/failed to pull image/i.test(printed)) {
    return new HarnessError({
      code: 'E_IMAGE_PULL',
      message: `the node image cannot be pulled: ${text}`,
      hint: 'without a registry: "meshgauge images build" makes a node image; --node-image names one that the engine has',
    });
  }
  return new HarnessError({
    code: 'E_KIND_CREATE',
    message: `kind could not create a cluster: ${text}`,
    hint: `"meshgauge doctor --env kind" checks the host; the whole log is ${logFile}, those of the nodes lie beside it`,
  });
}

/** What `kind delete cluster` does, without needing kind. True when there was something to delete. */
export async function deleteKindCluster(name: string): Promise<boolean> {
  return (await removeContainers(`${CLUSTER_LABEL}=${name}`)).length > 0;
}

/** Names of the kind clusters that the engine runs. */
export async function listKindClusters(): Promise<readonly string[]> {
  const format = `{{.Label "${CLUSTER_LABEL}"}}`;
  const names = lines(await runDocker(['ps', '--all', '--filter', `label=${CLUSTER_LABEL}`, '--format', format]));
  return [...new Set(names)].sort();
}

/** Containers of a cluster in which pods run: not its load balancer. */
export async function listNodes(name: string): Promise<readonly string[]> {
  const format = `{{.Names}} {{.Label "${ROLE_LABEL}"}}`;
  const rows = lines(await runDocker(['ps', '--filter', `label=${CLUSTER_LABEL}=${name}`, '--format', format]));
  return rows
    .map((row) => row.split(' '))
    .filter(([, role]) => role !== 'external-load-balancer')
    .map(([node = '']) => node)
    .sort();
}

/** Writes the administrator's kubeconfig of a cluster that runs. */
export async function writeKubeconfig(name: string, path: string): Promise<void> {
  const { failed, stdout, stderr } = await execa(await findTool('kind'), ['get', 'kubeconfig', '--name', name], {
    reject: false,
    stdin: 'ignore',
  });
  if (failed) {
    throw new HarnessError({
      code: 'E_KIND_CLUSTER',
      message: `cluster ${name} gives no kubeconfig: ${lines(stderr).at(-1) ?? 'kind said nothing'}`,
      hint: `is it running? "docker ps --filter label=${CLUSTER_LABEL}=${name}"`,
    });
  }
  await writeFile(path, stdout, { mode: 0o600 });
}
