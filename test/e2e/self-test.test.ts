/** The self-test through its command, as far as it does not depend on how busy this machine is: accounting, not times. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pollUntil } from '../../src/environments/local/poll.js';
import { readRunRecord, runDirOf, runRegistryDir } from '../../src/environments/local/run-state.js';
import type { Check } from '../../src/self-test/check.js';
import type { Result } from '../../src/self-test/run.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** In a process of its own: the command ends what it started, and takes signals. */
async function callSelfTest(flags: object, onStart: (pid: number) => void = () => undefined): Promise<Outcome> {
  const entry = pathToFileURL(`${PACKAGE_ROOT}/src/cli/self-test.ts`).href;
  const script = `import(${JSON.stringify(entry)}).then(async (m) => { process.exitCode = await m.selfTest(${JSON.stringify(flags)}); })
    .catch((error) => { console.error(error.code, error.message); process.exitCode = error.exitCode ?? 1; });`;
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = spawn(process.execPath, ['--import', loader, '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  onStart(child.pid ?? 0);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('bench --self-test', () => {
  it('accounts for every request with the real agent and real servers', async () => {
    const { code, stdout, stderr } = await callSelfTest({ json: true, only: ['merge', 'closed-port', 'closing'] });
    const report = JSON.parse(stdout) as { exitCode: number; results: Result[] };
    assert.deepEqual(
      report.results.map(({ group }) => group),
      ['merge', 'closed-port', 'closing'],
    );
    const checks: readonly Check[] = report.results.flatMap((result) => result.checks);
    const counts = checks.filter(({ depends }) => depends === 'nothing');
    assert.ok(counts.length >= 9, `${counts.length} checks`);
    assert.deepEqual(
      counts.filter(({ ok }) => !ok),
      [],
      stderr,
    );
    assert.equal(code, report.exitCode);
  });

  it('reads a flip of a real Envoy through the estimator of convergence', async () => {
    const { stdout, stderr } = await callSelfTest({ json: true, only: ['convergence'] });
    const { results } = JSON.parse(stdout) as { results: Result[] };
    const checks = results.flatMap((result) => result.checks);
    assert.equal(checks.length, 4, stderr);
    // On a busy machine some flips cannot be read, and errors are large: but most are read.
    assert.ok((checks[0]?.reading ?? Infinity) < 20, JSON.stringify(checks[0]));
    for (const { reading } of checks.slice(1)) assert.ok(Number.isFinite(reading) && reading >= 0, String(reading));
  });

  it('leaves nothing behind when it is interrupted', async () => {
    let pid = 0;
    const running = callSelfTest({ only: ['stall'] }, (started) => (pid = started));
    const runId = await findRun(() => pid);
    process.kill(pid, 'SIGINT');
    const { code, stderr } = await running;
    assert.equal(code, 130, stderr);
    assert.ok(!existsSync(runDirOf(runId)));
  });

  it('refuses a group that does not exist', async () => {
    const { code, stderr } = await callSelfTest({ only: ['nothing'] });
    assert.equal(code, 4);
    assert.match(stderr, /E_OPTION no self-test is called nothing/);
  });
});

/** The run that a process registered, once it has got so far as to start its agent. */
async function findRun(pidOf: () => number): Promise<string> {
  let runId = '';
  const look = async (): Promise<boolean> => {
    for (const name of await readdir(runRegistryDir()).catch(() => [])) {
      const record = await readRunRecord(join(runRegistryDir(), name));
      const isOurs = record?.owner.pid === pidOf();
      if (isOurs && existsSync(join(record.runDir, 'stall', 'client', 'agent.json'))) runId = record.runId;
    }
    return runId !== '';
  };
  await pollUntil(look, { deadlineMs: 60_000, what: 'the self-test to register its run' });
  return runId;
}
