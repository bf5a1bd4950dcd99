/** What dead runs left in the Docker engine: kind clusters, containers, networks. Nothing of a run we know nothing of. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../../errors/harness-error.js';
import { RUN_LABEL } from '../../kube/cluster.js';
import { inspectEngine, lines, removeContainers, runDocker } from '../docker.js';
import { runDirOf } from '../local/run-state.js';
import type { RunState } from '../local/clean.js';
import { CLUSTER_PREFIX, deleteKindCluster, listKindClusters } from './kind-cluster.js';

/** In the folder of a run: the name of the kind cluster it uses. */
export const CLUSTER_IN_USE_FILE = 'kind-cluster';

export interface EngineLeftovers {
  readonly clusters: readonly string[];
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  /** Clusters, containers and networks of runs that this machine knows nothing of: left alone. */
  readonly unknown: readonly string[];
  /** Why the engine was not looked into, when it was not. */
  readonly unreachable?: HarnessError;
}

export interface CleanEngineOptions {
  readonly dryRun: boolean;
  /** State of every known run, by id. */
  readonly runs: ReadonlyMap<string, RunState>;
  /** Runs the user knows to be over, whatever is known here. */
  readonly named: ReadonlySet<string>;
}

const NOTHING: EngineLeftovers = { clusters: [], containers: [], networks: [], unknown: [] };

export async function cleanEngine({ dryRun, runs, named }: CleanEngineOptions): Promise<EngineLeftovers> {
  try {
    await inspectEngine();
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    return { ...NOTHING, unreachable: error };
  }
  const inUse = await clustersInUse(runs);
  const found = {
    clusters: (await listKindClusters())
      .filter((name) => name.startsWith(CLUSTER_PREFIX) && !inUse.has(name))
      .map((name) => ({ name, runId: name.slice(CLUSTER_PREFIX.length) })),
    containers: await listLabelled(['ps', '--all'], '{{.Names}}'),
    networks: await listLabelled(['network', 'ls'], '{{.Name}}'),
  };
  // A run that is going on is never touched, not even by name.
  const isDead = ({ runId }: Labelled): boolean =>
    runs.get(runId) === 'dead' || (named.has(runId) && runs.get(runId) !== 'alive');
  const isUnknown = (one: Labelled): boolean => !runs.has(one.runId) && !isDead(one);
  const dead = {
    clusters: found.clusters.filter(isDead),
    containers: found.containers.filter(isDead),
    networks: found.networks.filter(isDead),
  };
  if (!dryRun) {
    for (const { name } of dead.clusters) await deleteKindCluster(name);
    for (const runId of new Set(dead.containers.map((container) => container.runId)))
      await removeContainers(`${RUN_LABEL}=${runId}`);
    if (dead.networks.length > 0) await runDocker(['network', 'rm', ...dead.networks.map(nameOf)]);
  }
  return {
    clusters: dead.clusters.map(nameOf),
    containers: dead.containers.map(nameOf),
    networks: dead.networks.map(nameOf),
    unknown: [...found.clusters, ...found.containers, ...found.networks].filter(isUnknown).map(nameOf),
  };
}

/** Removes everything of one run from the engine at once. */
export async function endInEngine(runId: string): Promise<void> {
  await deleteKindCluster(CLUSTER_PREFIX + runId);
  await removeContainers(`${RUN_LABEL}=${runId}`);
  const networks = lines(await runDocker(['network', 'ls', '--quiet', '--filter', `label=${RUN_LABEL}=${runId}`]));
  if (networks.length > 0) await runDocker(['network', 'rm', ...networks]);
}

/** Runs whose leftovers in the engine cannot be removed while it does not answer: their registration must stay. */
export async function runsInEngine(runs: ReadonlyMap<string, RunState>): Promise<ReadonlySet<string>> {
  const used = await Promise.all([...runs.keys()].map(async (runId) => [runId, await clusterOf(runId)] as const));
  return new Set(used.flatMap(([runId, cluster]) => (cluster === undefined ? [] : [runId])));
}

interface Labelled {
  readonly name: string;
  readonly runId: string;
}

const nameOf = ({ name }: Labelled): string => name;

async function listLabelled(command: readonly string[], name: string): Promise<readonly Labelled[]> {
  const format = `${name} {{.Label "${RUN_LABEL}"}}`;
  const rows = lines(await runDocker([...command, '--filter', `label=${RUN_LABEL}`, '--format', format]));
  return rows.map((row) => row.split(' ')).map(([found = '', runId = '']) => ({ name: found, runId }));
}

/** Clusters that runs which are not dead use, their own or those of earlier runs. */
async function clustersInUse(runs: ReadonlyMap<string, RunState>): Promise<ReadonlySet<string>> {
  const living = [...runs].filter(([, state]) => state !== 'dead').map(([runId]) => runId);
  const names = await Promise.all(living.map(clusterOf));
  return new Set(names.filter((name) => name !== undefined));
}

async function clusterOf(runId: string): Promise<string | undefined> {
  try {
    return (await readFile(join(runDirOf(runId), CLUSTER_IN_USE_FILE), 'utf8')).trim();
  } catch {
    return undefined;
  }
}
