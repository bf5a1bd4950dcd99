/**
 * Measurements in the words of Service Mesh Performance (protos/service_mesh_performance.proto, as protobuf's JSON): the load, a result
 * for each arm, what the mesh took, the environment. SMP knows neither intervals nor floors nor arms: those go into labels, and whoever
 * decides by numbers reads report.json.
 */
import type { BenchReport } from './bench-model.js';
import type { Report } from './model.js';

const SMP_VERSION = 'v0.0.1';

export function renderSmp(report: Report): string {
  const { run, mesh, environment, bench = [] } = report;
  const labels = labelsOf(report);
  const envId = `${run.id}/environment`;
  const document = {
    performanceTestConfigs: bench.map((one) => describeTest(report, one)),
    performanceTestResults: bench.flatMap((one) =>
      one.arms
        .filter(({ quantilesMs }) => Object.keys(quantilesMs).length > 0)
        .map((arm) => describeResult(report, one, arm, envId)),
    ),
    serviceMeshConfigs: (bench.length === 0 ? [undefined] : bench).map((one) => ({
      smpVersion: SMP_VERSION,
      id: configId(report, one),
      labels: { ...labels, mesh: one?.mesh ?? mesh.name },
      ...(one === undefined ? {} : { sidecar: sidecarOf(one) }),
      ...(one?.controlPlane === undefined
        ? {}
        : { meshControlPlane: { count: 1, memMb: megabytes(one.controlPlane.residentBytes), ...propagation(report) } }),
      mtlsEnabled: one?.arms.some(({ identity }) => identity !== undefined) ?? false,
      meshBuild: one?.version ?? mesh.version,
      profile: run.profile,
    })),
    environmentConfig: {
      smpVersion: SMP_VERSION,
      id: envId,
      labels: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)])),
      ...(typeof environment['kubernetes'] === 'string' ? { kubernetesVersion: environment['kubernetes'] } : {}),
      node: [{ type: environment.name, ...nodeSize(environment) }],
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function labelsOf({ run, harness, mesh, exit }: Report): Record<string, string> {
  return {
    harness: `meshgauge ${harness.version}`,
    driver: mesh.driver,
    seed: String(run.seed),
    outcome: exit.reason,
    ...(run.error === undefined ? {} : { error: `${run.error.code}: ${run.error.message}`, hint: run.error.hint }),
  };
}

const configId = ({ run, mesh }: Report, bench?: BenchReport): string => `${run.id}/${bench?.mesh ?? mesh.name}`;
const testId = ({ run }: Report, { mesh }: BenchReport): string => `${run.id}/${mesh}/load`;

function describeTest(report: Report, bench: BenchReport): object {
  return {
    smpVersion: SMP_VERSION,
    id: testId(report, bench),
    name: `${bench.mesh} ${bench.version}`,
    labels: { ...labelsOf(report), loop: 'open', arrivals: bench.arrivals, repetitions: String(bench.reps) },
    clients: [
      {
        internal: true,
        loadGenerator: bench.generator ?? 'autocannon',
        protocol: 'http',
        connections: bench.connections,
        rps: String(bench.rate),
      },
    ],
    duration: `${bench.seconds * bench.reps}s`,
  };
}

function describeResult(
  report: Report,
  bench: BenchReport,
  { name, quantilesMs, requests, failed, slices }: BenchReport['arms'][number],
  envId: string,
): object {
  const { startedAt, durationMs, id } = report.run;
  const { p50, p90, p99 } = quantilesMs;
  return {
    smpVersion: SMP_VERSION,
    id: `${id}/${bench.mesh}/${name}`,
    labels: {
      ...labelsOf(report),
      arm: name,
      failed: String(failed),
      invalidSlices: `${slices.invalid} of ${slices.total}`,
      ...overheadLabels(report, bench.mesh, name),
    },
    startTime: startedAt,
    endTime: new Date(Date.parse(startedAt) + durationMs).toISOString(),
    latenciesMs: {
      ...(p50 !== undefined && { p50 }),
      ...(p90 !== undefined && { p90 }),
      ...(p99 !== undefined && { p99 }),
    },
    actualQPS: requests === 0 ? 0 : (bench.rate * (requests - failed)) / requests,
    testId: testId(report, bench),
    meshConfigId: configId(report, bench),
    envId,
  };
}

function overheadLabels({ overhead }: Report, mesh: string, arm: string): Record<string, string> {
  return Object.fromEntries(
    overhead
      .filter((one) => one.arm === `${mesh} ${arm}`)
      .map(({ quantile, deltaMs, lowMs, highMs, floorMs, outcome }) => [
        `overhead ${quantile}`,
        `${deltaMs} ms (${lowMs} to ${highMs}; floor ${floorMs}): ${outcome}`,
      ]),
  );
}

function sidecarOf({ arms, rate }: BenchReport): object {
  const both = arms.find(({ name }) => name === 'both');
  const { cpuUsPerRequest, proxyResidentBytes } = both ?? {};
  return {
    count: 2,
    // Microseconds a request, times requests a second, are millionths of a core.
    ...(cpuUsPerRequest === undefined ? {} : { cpuMCores: Math.round((cpuUsPerRequest * rate) / 1000) }),
    ...(proxyResidentBytes === undefined ? {} : { memMb: megabytes(proxyResidentBytes) }),
    rps: rate,
  };
}

/** SMP asks for the time until nine in ten proxies have a change of their listeners: a policy is one. */
function propagation({ convergence }: Report): object {
  const policy = convergence.find(({ change, c90Ms }) => change === 'allow' && c90Ms !== undefined)?.c90Ms;
  return policy === undefined ? {} : { ldsLatencyMs: Math.round(policy.median) };
}

function nodeSize({ cpus, memoryBytes }: Report['environment']): object {
  return {
    ...(typeof cpus === 'number' ? { cores: cpus } : {}),
    ...(typeof memoryBytes === 'number' ? { memMb: String(megabytes(memoryBytes)) } : {}),
  };
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
