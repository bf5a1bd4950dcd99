import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CLUSTER_IN_USE_FILE,
  cleanEngine,
  endInEngine,
  runsInEngine,
} from '../../../../src/environments/kind/clean.js';
import { runDirOf } from '../../../../src/environments/local/run-state.js';
import type { RunState } from '../../../../src/environments/local/clean.js';
import { FalsePrograms } from '../false-programs.js';

const RUNS = new Map<string, RunState>([
  ['dead', 'dead'],
  ['kept', 'dead'],
  ['alive', 'alive'],
]);

/** Removed is what a later call of `docker rm` names. */
const ENGINE = (calls: string): string => `
gone() { grep 'docker .*rm ' ${calls} | grep -q -- "$1"; }
show() { gone "$1" || echo "$1$2"; }
case "$*" in
  info*) echo '{"ServerVersion":"28"}';;
  "ps --all --filter label=io.x-k8s.kind.cluster --format"*) for run in dead kept alive unknown; do echo meshgauge-$run; done; echo mine;;
  "ps --all --filter label=io.x-k8s.kind.cluster="*) name=\${4##*=}; show $name-control-plane;;
  "ps --all --filter label=meshgauge.dev/run --format"*) echo 'p1 dead'; echo 'p2 alive'; echo 'p3 unknown';;
  "ps --all --filter label=meshgauge.dev/run=dead"*) show p1;;
  "ps --all --filter label=meshgauge.dev/run=unknown"*) show p3;;
  "network ls --filter label=meshgauge.dev/run --format"*) echo 'n1 dead'; echo 'n2 alive';;
  "network ls --quiet"*) echo n1;;
esac
exit 0`;

describe('cleaning the engine', () => {
  let programs: FalsePrograms;
  beforeEach(async () => {
    programs = await FalsePrograms.create();
    await programs.install('docker', ENGINE(join(programs.dir, 'calls')));
  });
  afterEach(() => programs[Symbol.asyncDispose]());

  const removals = async (): Promise<readonly string[]> =>
    (await programs.calls()).filter((call) => /docker (network )?rm /.test(call));

  it('removes what dead runs left, and nothing of runs that live, that nobody knows, or that are not ours', async () => {
    const left = await cleanEngine({ dryRun: false, runs: RUNS, named: new Set() });
    assert.deepEqual(left, {
      clusters: ['meshgauge-dead', 'meshgauge-kept'],
      containers: ['p1'],
      networks: ['n1'],
      unknown: ['meshgauge-unknown', 'p3'],
    });
    assert.deepEqual(await removals(), [
      'docker rm --force --volumes meshgauge-dead-control-plane',
      'docker rm --force --volumes meshgauge-kept-control-plane',
      'docker rm --force --volumes p1',
      'docker network rm n1',
    ]);
  });

  it('only names it in a dry run', async () => {
    const { clusters } = await cleanEngine({ dryRun: true, runs: RUNS, named: new Set() });
    assert.deepEqual(clusters, ['meshgauge-dead', 'meshgauge-kept']);
    assert.deepEqual(await removals(), []);
  });

  it('spares the cluster of a dead run while a living one uses it', async () => {
    await mkdir(runDirOf('alive'));
    await writeFile(join(runDirOf('alive'), CLUSTER_IN_USE_FILE), 'meshgauge-kept\n');
    const { clusters } = await cleanEngine({ dryRun: false, runs: RUNS, named: new Set() });
    assert.deepEqual(clusters, ['meshgauge-dead']);
    assert.deepEqual([...(await runsInEngine(RUNS))], ['alive']);
  });

  it('removes an unknown run when it is named, and never one that lives', async () => {
    const left = await cleanEngine({ dryRun: false, runs: RUNS, named: new Set(['unknown', 'alive']) });
    assert.deepEqual(left.unknown, []);
    assert.ok(left.clusters.includes('meshgauge-unknown'));
    assert.ok(!left.clusters.includes('meshgauge-alive'));
    assert.ok(!(await removals()).some((call) => /alive|p2|n2/.test(call)));
  });

  it('ends one run at once', async () => {
    await endInEngine('dead');
    assert.deepEqual(await removals(), [
      'docker rm --force --volumes meshgauge-dead-control-plane',
      'docker rm --force --volumes p1',
      'docker network rm n1',
    ]);
  });

  it('says why it could not look', async () => {
    await programs.install('docker', 'echo "Cannot connect to the Docker daemon at unix:///x" >&2; exit 1');
    const { unreachable, ...rest } = await cleanEngine({ dryRun: false, runs: RUNS, named: new Set() });
    assert.equal(unreachable?.code, 'E_DOCKER_DOWN');
    assert.deepEqual(rest, { clusters: [], containers: [], networks: [], unknown: [] });
  });
});
