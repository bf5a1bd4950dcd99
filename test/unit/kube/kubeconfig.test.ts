import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { connectKube } from '../../../src/kube/connect.js';
import { loadKubeconfig } from '../../../src/kube/kubeconfig.js';
import { kubeconfigFor } from './api-server.js';

describe('kubeconfig', () => {
  let folder: string;
  before(async function () {
    // The client library takes its time to load under a TypeScript loader.
    this.timeout(120_000);
    await import('@kubernetes/client-node');
    folder = await mkdtemp(join(tmpdir(), 'meshgauge-kubeconfig-'));
  });
  after(async () => rm(folder, { recursive: true }));

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const refuses = (options: Parameters<typeof loadKubeconfig>[0], message: RegExp) =>
    assert.rejects(loadKubeconfig(options), (error: unknown) => {
      assert.ok(error instanceof HarnessError);
      assert.deepEqual([error.code, error.exitCode], ['E_KUBECONFIG', 4]);
      assert.match(error.message, message);
      return true;
    });

  it('knows server and context without asking anybody', async () => {
    const kubeconfigPath = await file('good', kubeconfigFor('https://127.0.0.1:1'));
    const kube = await connectKube({ kubeconfigPath });
    assert.deepEqual([kube.kubeconfigPath, kube.context, kube.server], [kubeconfigPath, 'test', 'https://127.0.0.1:1']);
    await assert.rejects(kube.serverVersion(), /https:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
  });

  it('refuses a missing file, broken text, an unknown context, and loose ends', async () => {
    await refuses({ kubeconfigPath: join(folder, 'none') }, /there is no kubeconfig at .*none/);
    await refuses({ kubeconfigPath: await file('broken', '{: [') }, /broken cannot be read/);
    await refuses({ kubeconfigPath: await file('empty', '') }, /empty/);
    const good = await file('good', kubeconfigFor('https://127.0.0.1:1'));
    await refuses({ kubeconfigPath: good, context: 'prod' }, /no context 'prod' in .*good; it has: test/);
    const value = JSON.parse(kubeconfigFor('https://x')) as Record<string, unknown>;
    await refuses(
      { kubeconfigPath: await file('no-current', JSON.stringify({ ...value, 'current-context': undefined })) },
      /sets no current context; it has: test/,
    );
    await refuses({ kubeconfigPath: await file('no-cluster', JSON.stringify({ ...value, clusters: [] })) }, /'c'/);
    await refuses({ kubeconfigPath: await file('no-user', JSON.stringify({ ...value, users: [] })) }, /user/);
  });

  it('merges several files as KUBECONFIG does: the first current context counts', async () => {
    const first = await file('first', kubeconfigFor('https://first'));
    const second = await file('second', kubeconfigFor('https://second').replaceAll(/"(c|u|test)"/g, '"$1-2"'));
    const kubeconfigPath = [first, second].join(delimiter);
    assert.equal((await loadKubeconfig({ kubeconfigPath })).server, 'https://first');
    const other = await loadKubeconfig({ kubeconfigPath, context: 'test-2' });
    assert.deepEqual([other.server, other.path], ['https://second', kubeconfigPath]);
  });

  it('refuses "in cluster" outside of one', async () => {
    await refuses({ inCluster: true }, /does not run in a pod/);
  });
});
