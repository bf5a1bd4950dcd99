import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDriver } from '../../drivers/contract.js';
import { loadExecDriver } from '../../drivers/exec/driver.js';
import { driver as noMesh } from '../../drivers/none/index.js';
import { createLocalEnvironment } from '../../src/environments/local/local-environment.js';
import type { MeshDriver } from '../../src/mesh/driver.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { selectCases } from '../../src/run/plan.js';
import { runCases } from '../../src/run/runner.js';
import { CASES, FIXTURES } from '../../suites/index.js';

const loadExample = (file: string): Promise<MeshDriver> =>
  loadExecDriver(join(PACKAGE_ROOT, 'docs/examples/exec-driver', file));
const hasPython = spawnSync('python3', ['--version']).status === 0;
/** Where there is no Python, the example in it could run nowhere. */
const EXAMPLES = ['no-mesh.mjs', ...(hasPython ? ['no-mesh.py'] : [])];

const createEnvironment = (runId: string) =>
  createLocalEnvironment({ runId, seed: 1, keep: false, log: () => undefined });

/** Verdicts of the smoke profile, by case. */
async function runSmoke(driver: MeshDriver, runId: string): Promise<Readonly<Record<string, string>>> {
  const out = await mkdtemp(join(tmpdir(), 'mg-exec-'));
  try {
    const outcome = await runCases({
      runId,
      seed: 1,
      driver,
      createEnvironment: async () => createEnvironment(runId),
      fixtures: FIXTURES,
      cases: selectCases(CASES, { profile: 'smoke', cases: [] }),
      faults: [],
      driverOptions: {},
      lanes: 2,
      out,
      convergeDeadlineMs: 5_000,
      signal: new AbortController().signal,
      events: { stage: () => undefined, caseStarted: () => undefined, caseEnded: () => undefined },
    });
    assert.equal(outcome.error, undefined);
    assert.deepEqual(outcome.leftovers, []);
    return Object.fromEntries(outcome.results.map(({ record, verdict }) => [record.id, verdict]));
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

describe('exec driver', function () {
  this.timeout(180_000);

  for (const file of EXAMPLES) {
    it(`keeps the driver contract: ${file}`, async () => {
      await using env = createEnvironment(`exec-${file.split('.')[1] ?? ''}`);
      await testDriver(await loadExample(file), env);
    });
  }

  it('runs the smoke profile, with the verdicts of no mesh', async () => {
    const verdicts = await runSmoke(await loadExample('no-mesh.mjs'), 'exec-smoke');
    assert.ok(Object.keys(verdicts).length > 0);
    assert.deepEqual(verdicts, await runSmoke(noMesh, 'none-smoke'));
  });
});
