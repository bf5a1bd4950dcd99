import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanLeftovers } from '../../../../src/environments/local/clean.js';
import { type ProcessIdentity, ownIdentity, stateOf } from '../../../../src/environments/local/process-identity.js';
import { registerRun, runDirOf, runRegistryDir } from '../../../../src/environments/local/run-state.js';

/** No process of this boot: our pid, started at another time. */
const dead = (owner: ProcessIdentity): ProcessIdentity => ({ ...owner, startTicks: '1' });

describe('run state and clean', () => {
  let home: string;
  const before = { XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'], TMPDIR: process.env['TMPDIR'] };

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'meshgauge-test-'));
    await mkdir(join(home, 'tmp'));
    process.env['XDG_CACHE_HOME'] = join(home, 'cache');
    process.env['TMPDIR'] = join(home, 'tmp');
  });

  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(home, { recursive: true, force: true });
  });

  /** A run folder with its owner's word, as a killed run leaves it. */
  const leaveDir = async (runId: string, owner: ProcessIdentity): Promise<string> => {
    const runDir = runDirOf(runId);
    await mkdir(runDir);
    const record = { runId, runDir, startedAt: new Date().toISOString(), owner };
    await writeFile(join(runDir, 'owner.json'), JSON.stringify(record));
    return runDir;
  };

  it('knows a living, a dead and a distant process', async () => {
    const own = await ownIdentity();
    assert.equal(own.pid, process.pid);
    assert.equal(await stateOf(own), 'alive');
    assert.equal(await stateOf(dead(own)), 'dead');
    assert.equal(await stateOf({ ...own, bootId: 'another' }), 'dead');
    assert.equal(await stateOf({ ...own, pidNamespace: 'pid:[1]' }), 'elsewhere');
    assert.equal(await stateOf({ ...own, host: 'elsewhere' }), 'elsewhere');
  });

  it('registers for the owner only, and removes folder and registration at the end', async () => {
    const run = await registerRun('r1');
    const file = join(runRegistryDir(), 'r1.json');
    assert.equal((await stat(run.runDir)).mode & 0o777, 0o700);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(await readFile(file, 'utf8'), await readFile(join(run.runDir, 'owner.json'), 'utf8'));
    await assert.rejects(registerRun('r1'), { code: 'E_RUN_EXISTS' });
    assert.deepEqual(await cleanLeftovers({ dryRun: false }), {
      processes: [],
      sockets: 0,
      directories: [],
      skippedLive: ['r1'],
    });
    await run.unregister({ keepDir: false });
    assert.deepEqual([existsSync(run.runDir), await readdir(runRegistryDir())], [false, []]);
  });

  it('does not register into a folder that is there already', async () => {
    await mkdir(runDirOf('r1'));
    await assert.rejects(registerRun('r1'), { code: 'E_RUN_EXISTS' });
    assert.deepEqual(await readdir(runRegistryDir()), []);
    for (const bad of ['', '../x', 'a/b', 'x'.repeat(33)]) await assert.rejects(registerRun(bad), { code: 'E_RUN_ID' });
  });

  it('removes orphaned run folders of dead owners; a dry run only names them', async () => {
    const own = await ownIdentity();
    const gone = await leaveDir('gone', dead(own));
    await leaveDir('kept', own);
    await leaveDir('distant', { ...own, host: 'elsewhere' });
    const planned = await cleanLeftovers({ dryRun: true });
    assert.ok(existsSync(gone));
    const cleaned = await cleanLeftovers({ dryRun: false });
    assert.deepEqual(cleaned, planned);
    assert.deepEqual(cleaned.directories, [gone]);
    assert.deepEqual([...cleaned.skippedLive].sort(), ['distant', 'kept']);
    assert.deepEqual((await readdir(tmpdir())).sort(), ['mg-distant', 'mg-kept']);
  });

  it('removes nothing that only looks like a run', async () => {
    const own = dead(await ownIdentity());
    const precious = join(home, 'precious');
    await mkdir(precious);
    const record = { runId: 'r1', runDir: precious, startedAt: new Date().toISOString(), owner: own };
    // A registration and a folder that name something else, a link, a folder without an owner.
    await mkdir(runRegistryDir(), { recursive: true });
    await writeFile(join(runRegistryDir(), 'r1.json'), JSON.stringify(record));
    await mkdir(runDirOf('r2'));
    await writeFile(join(runDirOf('r2'), 'owner.json'), JSON.stringify({ ...record, runId: 'r2' }));
    await writeFile(join(precious, 'owner.json'), JSON.stringify({ ...record, runId: 'r3', runDir: runDirOf('r3') }));
    await symlink(precious, runDirOf('r3'));
    await mkdir(runDirOf('r4'));
    assert.deepEqual((await cleanLeftovers({ dryRun: false })).directories, []);
    assert.ok(
      existsSync(precious) && existsSync(runDirOf('r2')) && existsSync(runDirOf('r3')) && existsSync(runDirOf('r4')),
    );
  });
});
