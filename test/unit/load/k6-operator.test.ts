import assert from 'node:assert/strict';
import { findK6OperatorProblems, readSummary, testRunObjects } from '../../../src/load/k6-operator.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import type { Permission } from '../../../src/kube/kube.js';

const JOB = {
  target: 'http://s.ns:80/',
  httpVersion: 'HTTP/1.1',
  ratePerSecond: 100,
  durationMs: 5_000,
  maxVus: 40,
  timeoutMs: 1_000,
  headers: {},
  thresholds: { dropped_iterations: ['count==0'] },
} as const;

const cluster = (served: readonly string[], missing: readonly Permission[] = []) => ({
  asked: [] as Permission[],
  servedVersions: async (group: string) => (group === 'k6.io' ? served : ['v1']),
  async missingPermissions(permissions: readonly Permission[]) {
    this.asked.push(...permissions);
    return missing;
  },
});

describe('k6 operator', () => {
  it('says what to install where its kind is not served', async () => {
    for (const served of [[], ['v1beta9']]) {
      const [problem, ...more] = await findK6OperatorProblems(cluster(served));
      assert.equal(problem?.code, 'E_K6_OPERATOR');
      assert.match(problem.message, /testruns\.k6\.io/);
      assert.match(problem.hint, /helm install k6-operator .* --load jobs/);
      assert.equal(more.length, 0);
    }
  });

  it('says which rights are missing, in the namespace that is meant', async () => {
    const lacking = { verb: 'create', group: 'k6.io', resource: 'testruns' };
    const kube = cluster(['v1alpha1'], [lacking]);
    const [problem] = await findK6OperatorProblems(kube, 'ns');
    assert.match(problem?.message ?? '', /may not create testruns\.k6\.io/);
    assert.ok(kube.asked.every(({ namespace }) => namespace === 'ns'));
    assert.deepEqual(await findK6OperatorProblems(cluster(['v1alpha1'])), []);
  });

  it('writes all scripts and what they import, and one order for all runners', async () => {
    const options = {
      name: 'load',
      namespace: 'ns',
      runners: 4,
      job: JOB,
      labels: { run: 'r' },
      serviceAccount: 'member',
    };
    const [scripts, testRun] = await testRunObjects({ ...options, script: 'grpc', podLabels: { take: 'in' } });
    const data = scripts['data'] as Readonly<Record<string, string>>;
    const imported = Object.values(data).flatMap((text) =>
      [...text.matchAll(/from '\.\/([^']+)'/g)].map(([, name = '']) => name),
    );
    assert.ok(imported.length > 0);
    for (const name of [...imported, 'http.ts', 'grpc.ts', 'echo.proto']) assert.ok(name in data, name);
    assert.ok(!Object.keys(data).some((name) => name.endsWith('.d.ts') || name.endsWith('.json')));
    assert.equal(`${testRun.apiVersion} ${testRun.kind}`, 'k6.io/v1alpha1 TestRun');
    const spec = testRun['spec'] as unknown as {
      readonly parallelism: number;
      readonly script: object;
      readonly runner: {
        readonly serviceAccountName: string;
        readonly env: readonly { name: string; value: string }[];
        readonly metadata: { readonly labels: object };
      };
      readonly initializer: object;
    };
    assert.equal(spec.parallelism, 4);
    assert.deepEqual(spec.script, { configMap: { name: 'load', file: 'grpc.ts' } });
    assert.deepEqual(spec.runner.metadata.labels, { run: 'r', take: 'in' });
    assert.equal(spec.runner.serviceAccountName, 'member');
    assert.deepEqual(spec.initializer, spec.runner);
    const env = new Map(spec.runner.env.map(({ name, value }) => [name, value]));
    assert.deepEqual(JSON.parse(env.get('MESHGAUGE_JOB') ?? ''), { ...JOB, summaryFile: 'stdout' });
    assert.equal(env.get('K6_INCLUDE_SYSTEM_ENV_VARS'), 'true');
  });

  it('reads what a runner left in its log', () => {
    const summary = {
      metrics: {
        meshgauge_failed: { values: { rate: 0.25, passes: 3, fails: 9 } },
        dropped_iterations: { values: { count: 2 } },
      },
    };
    const log = `time="…" level=warning msg="something"\n${JSON.stringify(summary)}\n`;
    assert.deepEqual(readSummary('load-1', log), { pod: 'load-1', requests: 12, failed: 3, dropped: 2 });
    assert.throws(
      () => readSummary('load-1', 'level=error msg="no such file"\n'),
      (error) => error instanceof HarnessError && /load-1 left no summary; .*no such file/.test(error.message),
    );
  });
});
