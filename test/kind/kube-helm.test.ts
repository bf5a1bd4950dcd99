import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HarnessError } from '../../src/errors/harness-error.js';
import { Helm } from '../../src/kube/helm.js';
import { openTestCluster, type TestCluster } from './cluster.js';

const CONFIG_MAP = `
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-map}
data:
  greeting: {{ required "a greeting is required" .Values.greeting | quote }}
  kind: {{ kindOf .Values.deep.value | quote }}
`;
/** Never ready: its image does not exist. */
const HOPELESS = `
{{ if .Values.hopeless }}
apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }}-pod}
spec: {terminationGracePeriodSeconds: 0, containers: [{name: none, image: nowhere.invalid/none:1}]}
{{ end }}
`;

describe('Helm on a real cluster', () => {
  let cluster: TestCluster;
  let folder: string;
  let helm: Helm;
  before(async () => {
    cluster = await openTestCluster();
    helm = new Helm({ helmPath: 'helm', kubeconfigPath: cluster.kubeconfigPath, context: cluster.kube.context });
    folder = await mkdtemp(join(tmpdir(), 'meshgauge-chart-'));
    await mkdir(join(folder, 'templates'));
    await writeFile(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: tiny\nversion: 0.1.0\n');
    await writeFile(join(folder, 'values.yaml'), 'deep: {value: text}\n');
    await writeFile(join(folder, 'more.yaml'), 'greeting: hello\n');
    await writeFile(join(folder, 'templates', 'map.yaml'), CONFIG_MAP);
    await writeFile(join(folder, 'templates', 'pod.yaml'), HOPELESS);
  });
  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
    await cluster?.[Symbol.asyncDispose]();
  });

  const install = (release: string, set: Record<string, number | boolean | string>, rest = {}) =>
    helm.upgradeInstall({
      release,
      namespace: cluster.namespace,
      chart: folder,
      valuesFiles: [join(folder, 'more.yaml')],
      set,
      createNamespace: false,
      timeoutMs: 30_000,
      ...rest,
    });

  it('installs, upgrades, lists and uninstalls a release; values keep their types', async () => {
    const { kube, namespace } = cluster;
    const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'tiny-map' };
    assert.equal(await helm.status('tiny', namespace), undefined);
    await install('tiny', {});
    assert.deepEqual((await kube.get(map))?.['data'], { greeting: 'hello', kind: 'string' });
    await install('tiny', { 'deep.value': 7, greeting: 'a, b' });
    assert.deepEqual((await kube.get(map))?.['data'], { greeting: 'a, b', kind: 'float64' });

    assert.deepEqual(await helm.status('tiny', namespace), {
      name: 'tiny',
      namespace,
      status: 'deployed',
      revision: 2,
      chart: '',
    });
    assert.deepEqual(await helm.list(namespace), [
      { name: 'tiny', namespace, status: 'deployed', revision: 2, chart: 'tiny-0.1.0' },
    ]);
    assert.equal(await helm.uninstall('tiny', namespace, 30_000), true);
    assert.equal(await helm.uninstall('tiny', namespace, 30_000), false);
    assert.equal(await kube.get(map), undefined);
  });

  it("tells a failure in Helm's words", async () => {
    await fails(install('bad', {}, { valuesFiles: [] }), /a greeting is required/);
    await fails(install('bad', {}, { chart: join(folder, 'none') }), /none/);
    await fails(install('late', { hopeless: true }, { timeoutMs: 2_000 }), /timed out|deadline exceeded/);
    assert.equal((await helm.status('late', cluster.namespace))?.status, 'failed');
    assert.equal(await helm.uninstall('late', cluster.namespace, 30_000), true);
    const missing = new Helm({ helmPath: '/no/such/helm', kubeconfigPath: '', context: '' });
    await fails(missing.list(), /ENOENT/);
  });

  it('ends with the signal', async () => {
    const off = new AbortController();
    const installing = install('cut', { hopeless: true }, { signal: off.signal, timeoutMs: 60_000 });
    const pod = { apiVersion: 'v1', kind: 'Pod', namespace: cluster.namespace, name: 'cut-pod' };
    await cluster.kube.waitFor(pod, Boolean, { deadlineMs: 20_000, what: 'the pod of the release' });
    off.abort(new Error('called off'));
    await assert.rejects(installing, /called off/);
    assert.equal(await helm.uninstall('cut', cluster.namespace, 30_000), true);
  });
});

async function fails(call: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof HarnessError, String(error));
    assert.equal(error.code, 'E_HELM');
    assert.match(error.message, message);
    return true;
  });
}
