import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRIVER_NAMES, loadDriver } from '../../../drivers/index.js';
import { HarnessError } from '../../../src/errors/harness-error.js';

const isBadInput = (code: string) => (error: unknown) =>
  error instanceof HarnessError && error.code === code && error.exitCode === 4;
const DRIVER = `{ name: 'own', description: 'd', versions: { mesh: '1' }, environments: ['local'], capabilities() {}, async preflight() {}, async install() {} }`;

describe('driver registry', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'mg-drivers-'));
  });
  after(() => rm(dir, { recursive: true }));

  async function write(name: string, source: string): Promise<string> {
    const path = join(dir, name);
    await writeFile(path, source);
    return path;
  }

  it('loads every driver that it lists, under its own name', async () => {
    for (const name of DRIVER_NAMES) assert.equal((await loadDriver(name)).name, name);
  });

  it('lists the known ones for a name nobody has', async () => {
    for (const name of ['nonsense', 'constructor', 'http', './nowhere.mjs']) {
      await assert.rejects(
        loadDriver(name),
        (error: unknown) =>
          isBadInput('E_UNKNOWN_MESH')(error) && (error as HarnessError).hint.includes('reference, none'),
      );
    }
  });

  it('loads a driver from a path, by default export or by `driver`', async () => {
    assert.equal((await loadDriver(await write('a.mjs', `export default ${DRIVER};`))).name, 'own');
    assert.equal((await loadDriver(await write('b.mjs', `export const driver = ${DRIVER};`))).name, 'own');
  });

  it('says what is wrong with a file that is no driver', async () => {
    await assert.rejects(
      loadDriver(await write('c.mjs', 'export default { name: "x" };')),
      isBadInput('E_DRIVER_SHAPE'),
    );
    await assert.rejects(loadDriver(await write('d.mjs', 'throw new Error("boom");')), isBadInput('E_DRIVER_IMPORT'));
  });
});
