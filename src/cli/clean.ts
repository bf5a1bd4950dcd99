/** `meshgauge clean`: removes what killed runs left behind, and nothing else. */
import { DRIVER_NAMES, loadDriver } from '../../drivers/index.js';
import { cleanObjects, type ObjectLeftovers } from '../environments/existing/clean.js';
import { cleanEngine, runsInEngine, type EngineLeftovers } from '../environments/kind/clean.js';
import { cleanLeftovers, readRunStates, type CleanResult } from '../environments/local/clean.js';
import { EXIT, type ExitCode } from '../errors/harness-error.js';

export interface CleanFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly run?: readonly string[];
}

export interface Leftovers extends CleanResult, Pick<EngineLeftovers, 'clusters' | 'containers' | 'networks'> {
  readonly objects: readonly string[];
  /** Of runs that this machine knows nothing of: left alone. */
  readonly unknown: readonly string[];
  /** Why the container engine was not looked into, when it was not. */
  readonly engineUnreachable?: string;
}

export async function clean(flags: CleanFlags): Promise<ExitCode> {
  const dryRun = flags.dryRun === true;
  const left = await removeLeftovers({ ...flags, dryRun });
  process.stdout.write(flags.json === true ? `${JSON.stringify(left, null, 2)}\n` : describe(left, dryRun));
  return EXIT.conformant;
}

/** Containers and clusters first: what tells whose they are is among the files. */
export async function removeLeftovers(flags: Omit<CleanFlags, 'json'> & { dryRun: boolean }): Promise<Leftovers> {
  const runs = await readRunStates();
  const options = { dryRun: flags.dryRun, runs, named: new Set(flags.run) };
  const { unreachable, unknown, ...engine } = await cleanEngine(options);
  const { objects, unknownRuns } = await cleanCluster(flags, options);
  const spare = unreachable === undefined ? new Set<string>() : await runsInEngine(runs);
  return {
    ...(await cleanLeftovers({ dryRun: flags.dryRun, spare })),
    ...engine,
    objects,
    unknown: [...unknown, ...unknownRuns.map((runId) => `run ${runId} in the cluster`)],
    // Where there is no Docker at all, nobody misses its containers.
    ...(unreachable === undefined || unreachable.code === 'E_NO_DOCKER'
      ? {}
      : { engineUnreachable: unreachable.message }),
  };
}

async function cleanCluster(
  { kubeconfig, context }: Pick<CleanFlags, 'kubeconfig' | 'context'>,
  options: Omit<Parameters<typeof cleanObjects>[1], 'remainsOf'>,
): Promise<ObjectLeftovers> {
  if (kubeconfig === undefined && context === undefined) return { objects: [], unknownRuns: [] };
  const { connectKube } = await import('../kube/connect.js');
  const kube = await connectKube({
    ...(kubeconfig === undefined ? {} : { kubeconfigPath: kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  return cleanObjects(kube, {
    ...options,
    remainsOf: async (mesh) => {
      if (!DRIVER_NAMES.includes(mesh)) return [];
      return (await (await loadDriver(mesh)).remains?.(kube)) ?? [];
    },
  });
}

function describe(left: Leftovers, dryRun: boolean): string {
  const verb = dryRun ? 'would remove' : 'removed';
  const beyond = [
    [left.clusters, 'kind clusters'],
    [left.containers, 'containers'],
    [left.networks, 'networks'],
    [left.objects, 'Kubernetes objects'],
  ] as const;
  const counts = [
    `${left.processes.length} processes, ${left.sockets} sockets, ${left.directories.length} folders`,
    ...beyond.filter(([names]) => names.length > 0).map(([names, what]) => `${names.length} ${what}`),
  ];
  const rows = [
    ...left.processes.map(({ pid, command }) => `process ${pid}  ${command.slice(0, 100)}`),
    ...left.directories.map((directory) => `folder  ${directory}`),
    ...beyond.flatMap(([names, what]) => names.map((name) => `${what.slice(0, -1)}  ${name}`)),
    ...left.skippedLive.map((run) => `left alone: run ${run} is still going on`),
    ...left.unknown.map((name) => `left alone: ${name}, of a run unknown here; if it is over, --run ID removes it`),
    ...(left.engineUnreachable === undefined ? [] : [`containers were not looked for: ${left.engineUnreachable}`]),
  ];
  return `${verb} ${counts.join(', ')}\n${rows.map((row) => `  ${row}\n`).join('')}`;
}
