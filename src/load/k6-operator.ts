/**
 * k6 on Kubernetes, run by its own operator, in clusters that have it. Each runner sums up its own share; quantiles of several
 * runners cannot be put together afterwards, so only what adds up is added up.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptJob } from '../../fixtures/k6/script-job.js';
import { HarnessError } from '../errors/harness-error.js';
import type { Kube } from '../kube/kube.js';
import type { Problem } from '../mesh/driver.js';
import { PACKAGE_ROOT } from '../package-root.js';
import type { KubeObject, ObjectRef } from '../smi/model.js';

const API = { group: 'k6.io', version: 'v1alpha1', kind: 'TestRun', definition: 'testruns.k6.io' } as const;
const K6_IMAGE = 'grafana/k6:1.8.1';
const SCRIPTS = join(PACKAGE_ROOT, 'fixtures', 'k6');
/** From the operator taking the run up to its end, besides the load itself. */
const OVERHEAD_MS = 180_000;
const GONE_DEADLINE_MS = 60_000;

export interface K6OperatorOptions {
  readonly name: string;
  readonly namespace: string;
  /** How many runners share the load; k6 itself divides it. */
  readonly runners: number;
  readonly script: 'http' | 'grpc';
  readonly job: Omit<ScriptJob, 'summaryFile'>;
  readonly labels: Readonly<Record<string, string>>;
  readonly podLabels?: Readonly<Record<string, string>>;
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** Who the runners are to the mesh. */
  readonly serviceAccount?: string;
  readonly image?: string;
}

export interface RunnerSummary {
  readonly pod: string;
  readonly requests: number;
  readonly failed: number;
  readonly dropped: number;
}

export interface K6OperatorRun {
  readonly runners: readonly RunnerSummary[];
  readonly total: Omit<RunnerSummary, 'pod'>;
}

/** What keeps this cluster from running k6 by itself. */
export async function findK6OperatorProblems(
  kube: Pick<Kube, 'servedVersions' | 'missingPermissions'>,
  namespace?: string,
): Promise<readonly Problem[]> {
  const served = await kube.servedVersions(API.group);
  if (!served.includes(API.version)) {
    return [
      {
        code: 'E_K6_OPERATOR',
        message: `the cluster serves no ${API.definition} in version ${API.version}: the k6 operator is not installed`,
        hint: 'install it with: helm repo add grafana https://grafana.github.io/helm-charts && helm install k6-operator grafana/k6-operator; or use --load jobs, which needs nothing',
      },
    ];
  }
  const needed = ['create', 'get', 'delete'].map((verb) => ({
    verb,
    group: API.group,
    resource: 'testruns',
    ...(namespace === undefined ? {} : { namespace }),
  }));
  const missing = await kube.missingPermissions(needed);
  if (missing.length === 0) return [];
  return [
    {
      code: 'E_RBAC',
      message: `this user may not ${missing.map(({ verb }) => verb).join(', ')} ${API.definition}`,
      hint: 'bind a role with these verbs on testruns of group k6.io, or use --load jobs',
    },
  ];
}

/** The scripts in a ConfigMap, and the order to run one of them; to be applied in this order. */
export async function testRunObjects(options: K6OperatorOptions): Promise<readonly [KubeObject, KubeObject]> {
  const { name, namespace, labels, runners, script, job, podLabels, podAnnotations, serviceAccount } = options;
  const scriptJob: ScriptJob = { ...job, summaryFile: 'stdout' };
  const pod = {
    image: options.image ?? K6_IMAGE,
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
    env: [
      { name: 'MESHGAUGE_JOB', value: JSON.stringify(scriptJob) },
      // The operator has every script archived and inspected first, where k6 looks at no variable unless it is told to.
      { name: 'K6_INCLUDE_SYSTEM_ENV_VARS', value: 'true' },
    ],
    metadata: { labels: { ...labels, ...podLabels }, ...(podAnnotations && { annotations: podAnnotations }) },
  };
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace, labels },
      data: await readScripts(),
    },
    {
      apiVersion: `${API.group}/${API.version}`,
      kind: API.kind,
      metadata: { name, namespace, labels },
      spec: {
        parallelism: runners,
        script: { configMap: { name, file: `${script}.ts` } },
        quiet: 'true',
        initializer: pod,
        runner: pod,
      },
    },
  ];
}

/** Nothing of it is left in the cluster. @throws HarnessError E_K6_OPERATOR, E_KUBE_WAIT */
export async function runOnK6Operator(
  kube: Kube,
  options: K6OperatorOptions,
  signal?: AbortSignal,
): Promise<K6OperatorRun> {
  const objects = await testRunObjects(options);
  const [, testRun] = objects;
  try {
    for (const object of objects) await kube.apply(object);
    let stage = '';
    await kube.waitFor(
      refOf(testRun),
      (object) => {
        stage = (object?.['status'] as { stage?: string } | undefined)?.stage ?? '';
        return stage === 'finished' || stage === 'error' || stage === 'stopped';
      },
      {
        deadlineMs: options.job.durationMs + OVERHEAD_MS,
        what: `the TestRun ${options.namespace}/${options.name} to finish`,
        ...(signal && { signal }),
      },
    );
    if (stage !== 'finished') throw notFinished(options, stage);
    return await readRunners(kube, options);
  } finally {
    for (const object of objects.toReversed()) await kube.delete(refOf(object), { waitMs: GONE_DEADLINE_MS });
  }
}

async function readRunners(kube: Kube, options: K6OperatorOptions): Promise<K6OperatorRun> {
  const { namespace, name } = options;
  const selector = `app=k6,k6_cr=${name},runner=true`;
  const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: selector });
  const runners = await Promise.all(
    pods.map(async ({ metadata: { name: pod } }) => readSummary(pod, await kube.logs({ namespace, pod }))),
  );
  if (runners.length !== options.runners) throw notFinished(options, `${runners.length} runners are left to be asked`);
  const sum = (key: 'requests' | 'failed' | 'dropped'): number =>
    runners.reduce((total, runner) => total + runner[key], 0);
  return { runners, total: { requests: sum('requests'), failed: sum('failed'), dropped: sum('dropped') } };
}

interface Summary {
  readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> } | undefined>>;
}

/** The script writes its summary as one line to stdout; what k6 says besides goes to the same log. */
export function readSummary(pod: string, log: string): RunnerSummary {
  const line = log.split('\n').find((each) => each.startsWith('{') && each.includes('"metrics"'));
  if (line === undefined) throw noSummary(pod, log);
  const { metrics } = JSON.parse(line) as Summary;
  const outcomes = metrics['meshgauge_failed']?.values;
  return {
    pod,
    // Of a rate k6 counts what is true as passes: here, requests that failed.
    requests: (outcomes?.['passes'] ?? 0) + (outcomes?.['fails'] ?? 0),
    failed: outcomes?.['passes'] ?? 0,
    dropped: metrics['dropped_iterations']?.values['count'] ?? 0,
  };
}

/** Scripts with all that they import; what is only there for our own compiler stays out. */
async function readScripts(): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(SCRIPTS)).filter((name) => /\.(ts|proto)$/.test(name) && !name.endsWith('.d.ts'));
  const files = await Promise.all(
    names.sort().map(async (name) => [name, await readFile(join(SCRIPTS, name), 'utf8')]),
  );
  return Object.fromEntries(files) as Record<string, string>;
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

function notFinished({ namespace, name }: K6OperatorOptions, why: string): HarnessError {
  return new HarnessError({
    code: 'E_K6_OPERATOR',
    message: `the TestRun ${namespace}/${name} did not finish: ${why}`,
    hint: 'the log of its initializer pod and of the operator say why',
  });
}

function noSummary(pod: string, log: string): HarnessError {
  return new HarnessError({
    code: 'E_K6_OPERATOR',
    message: `runner ${pod} left no summary; its log ends with: ${log.trim().split('\n').at(-1) ?? ''}`,
    hint: 'is its image a k6 of version 1?',
  });
}
