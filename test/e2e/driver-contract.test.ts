import assert from 'node:assert/strict';
import { testDriver } from '../../drivers/contract.js';
import { loadDriver } from '../../drivers/index.js';
import { createReferenceDriver } from '../../drivers/reference/index.js';
import { HarnessError } from '../../src/errors/harness-error.js';
import { createLocalEnvironment } from '../../src/environments/local/local-environment.js';
import type { MeshDriver } from '../../src/mesh/driver.js';

async function testLocally(runId: string, driver: MeshDriver): Promise<void> {
  await using env = createLocalEnvironment({ runId, seed: 1, keep: false, log: () => undefined });
  await testDriver(driver, env);
}

describe('driver contract', function () {
  this.timeout(90_000);

  it('is kept by the reference mesh', async () => testLocally('contract-ref', await loadDriver('reference')));
  it('is kept by no mesh', async () => testLocally('contract-none', await loadDriver('none')));

  it('names what a mesh breaks: everybody is let in, and the description is empty', async () => {
    const reference = createReferenceDriver();
    const open: MeshDriver = {
      ...reference,
      name: 'Open Mesh',
      description: '',
      install: (env, options) =>
        reference.install(env, options.faults.length === 0 ? { ...options, faults: ['allow-all'] } : options),
    };
    await assert.rejects(testLocally('contract-open', open), (error: unknown) => {
      assert.ok(error instanceof HarnessError && error.code === 'E_DRIVER_CONTRACT');
      for (const part of ['kebab', 'description: is empty', 'a client that nothing allows got an answer'])
        assert.ok(error.message.includes(part), error.message);
      return true;
    });
  });
});
