/** The report as OpenMetrics text, for whoever keeps figures over time: https://prometheus.io/docs/specs/om/open_metrics_spec/ */
import { VERDICTS } from '../src/judge/verdict.js';
import type { Report } from './model.js';
import { quantileName } from './overhead.js';
import { groupByArea } from './words.js';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly unit?: string;
  /** `info`: a fact in words, its value is always 1. */
  readonly type: 'gauge' | 'info';
  readonly samples: readonly Sample[];
}

/** Times in seconds, as the format wants it; every sample carries mesh, version and environment. */
export function renderOpenMetrics(report: Report): string {
  const { mesh, environment, run } = report;
  const common = { mesh: mesh.name, mesh_version: mesh.version, environment: environment.name, profile: run.profile };
  const lines = families(report)
    .filter(({ samples }) => samples.length > 0)
    .flatMap((family) => renderFamily(family, common));
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function families(report: Report): readonly Family[] {
  const { run, exit, harness } = report;
  return [
    {
      name: 'meshgauge_run',
      help: 'The run that these figures are of.',
      type: 'info',
      samples: [
        {
          labels: { id: run.id, started_at: run.startedAt, harness: harness.version, commit: harness.commit },
          value: 1,
        },
      ],
    },
    {
      name: 'meshgauge_run_error',
      help: 'What stopped the run, and how to fix it.',
      type: 'info',
      samples: run.error === undefined ? [] : [{ labels: run.error, value: 1 }],
    },
    {
      name: 'meshgauge_exit_code',
      help: '0 conformant, 1 violated, 2 inconclusive, 3 harness error, 4 bad input, 130 interrupted.',
      type: 'gauge',
      samples: [{ labels: {}, value: exit.code }],
    },
    {
      name: 'meshgauge_run_duration_seconds',
      help: 'How long the run took.',
      unit: 'seconds',
      type: 'gauge',
      samples: [{ labels: {}, value: run.durationMs / 1000 }],
    },
    {
      name: 'meshgauge_cases',
      help: 'Cases by area and verdict.',
      type: 'gauge',
      samples: groupByArea(report.cases).flatMap(({ name, counts }) =>
        VERDICTS.map((verdict) => ({ labels: { area: name, verdict }, value: counts[verdict] })),
      ),
    },
    {
      name: 'meshgauge_overhead_seconds',
      help: 'What a request takes more than without proxies: median over repetitions, its interval, and the noise floor.',
      unit: 'seconds',
      type: 'gauge',
      samples: report.overhead.flatMap((one) => {
        const { arm, against, outcome, deltaMs, lowMs, highMs, floorMs } = one;
        const labels = { arm, against, quantile: quantileName(one), outcome };
        return spread(labels, { median: deltaMs, low: lowMs, high: highMs, floor: floorMs });
      }),
    },
    {
      name: 'meshgauge_proxy_cpu_seconds',
      help: 'Processor time of all proxies for one request.',
      unit: 'seconds',
      type: 'gauge',
      samples: (report.bench ?? []).flatMap(({ mesh, arms }) =>
        arms.flatMap(({ name, cpuUsPerRequest }) =>
          cpuUsPerRequest === undefined ? [] : [{ labels: { arm: `${mesh} ${name}` }, value: cpuUsPerRequest / 1e6 }],
        ),
      ),
    },
    {
      name: 'meshgauge_convergence_seconds',
      help: 'From the API accepting a change until the first proxy, and every proxy, has it.',
      unit: 'seconds',
      type: 'gauge',
      samples: report.convergence.flatMap(({ change, anyMs, allMs }) =>
        [['any', anyMs] as const, ['all', allMs] as const].flatMap(([proxies, quantiles]) => {
          if (quantiles === undefined) return [];
          const { median, low, high, p90 } = quantiles;
          return spread({ change, proxies }, { median, low, high, p90 });
        }),
      ),
    },
    {
      name: 'meshgauge_convergence_censored',
      help: 'Changes that were not seen everywhere before the deadline.',
      type: 'gauge',
      samples: report.convergence.map(({ change, censored }) => ({ labels: { change }, value: censored })),
    },
  ];
}

/** One sample a statistic; what is not known is left out. */
function spread(
  labels: Readonly<Record<string, string>>,
  valuesMs: Readonly<Record<string, number | undefined>>,
): readonly Sample[] {
  return Object.entries(valuesMs).flatMap(([statistic, ms]) =>
    ms === undefined ? [] : [{ labels: { ...labels, statistic }, value: ms / 1000 }],
  );
}

function renderFamily({ name, help, unit, type, samples }: Family, common: Sample['labels']): readonly string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escapeText(help)}`,
    ...samples.map(({ labels, value }) => {
      const pairs = Object.entries({ ...common, ...labels }).map(([label, text]) => `${label}="${escapeText(text)}"`);
      return `${type === 'info' ? `${name}_info` : name}{${pairs.join(',')}} ${value}`;
    }),
  ];
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
