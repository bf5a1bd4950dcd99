/** The report of a command that measures and judges no case. */
import type { Report } from '../../reports/model.js';
import type { HarnessError } from '../errors/harness-error.js';
import type { Conclusion } from '../judge/rollup.js';
import type { MeshPlan } from './mesh-plan.js';
import { buildReport } from './report.js';

export interface MeasurementParts {
  readonly plan: MeshPlan;
  /** The command's own word for what it did: `scale`, `overhead`, … */
  readonly profile: string;
  readonly startedAt: Date;
  readonly environment?: Readonly<Record<string, string | number>> & { readonly name: string };
  readonly timings?: Readonly<Record<string, number>>;
  readonly interrupted: boolean;
  readonly error?: HarnessError;
  readonly conclusion: Conclusion;
  readonly measured: Partial<Pick<Report, 'scale' | 'bench' | 'overhead' | 'convergence' | 'unmeasured'>>;
}

export function buildMeasurementReport(parts: MeasurementParts): Report {
  const { plan, profile, startedAt, environment, timings = {}, interrupted, error, conclusion, measured } = parts;
  const { deviations: _notAsked, ...report } = buildReport({
    ...plan,
    profile,
    startedAt,
    command: ['meshgauge', ...process.argv.slice(2)].join(' '),
    results: [],
    environment: environment ?? { name: plan.env },
    timings,
    interrupted,
    acceptDeviations: false,
    ...(error === undefined ? {} : { error }),
  });
  return { ...report, ...measured, exit: error === undefined && !interrupted ? conclusion : report.exit };
}
