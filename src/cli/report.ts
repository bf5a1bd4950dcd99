/** From what a run knows to the report everybody reads. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPORT_API_VERSION, type Report, type ReportCase } from '../../reports/model.js';
import { EXIT, type HarnessError } from '../errors/harness-error.js';
import type { CaseRecord } from '../cases/case.js';
import { compareWithDeviations } from '../judge/deviations.js';
import { conclude, concludeAccepting, summarise, type Conclusion } from '../judge/rollup.js';
import type { Verdict } from '../judge/verdict.js';
import type { Deviation, MeshDriver } from '../mesh/driver.js';
import { PACKAGE_ROOT } from '../package-root.js';
import type { CaseResult } from '../run/case-result.js';

export interface ReportParts {
  readonly runId: string;
  readonly startedAt: Date;
  readonly seed: number;
  readonly command: string;
  readonly profile: string;
  readonly driver: MeshDriver;
  /** Name, or the path it was loaded from. */
  readonly driverSource: string;
  readonly faults: readonly string[];
  readonly results: readonly CaseResult[];
  readonly environment: Readonly<Record<string, string | number>> & { readonly name: string };
  readonly timings: Readonly<Record<string, number>>;
  readonly interrupted: boolean;
  /** Known deviations do not fail the run. */
  readonly acceptDeviations: boolean;
  readonly known?: readonly Deviation[];
  /** What stopped the run before its cases. */
  readonly error?: HarnessError;
}

export function buildReport(parts: ReportParts): Report {
  const { error } = parts;
  const cases = parts.results.map(toReportCase);
  const { known } = parts;
  const deviations =
    known === undefined
      ? {}
      : { deviations: { ...compareWithDeviations(cases, known), accepted: parts.acceptDeviations } };
  const conclusion = concludeRun(cases, {
    interrupted: parts.interrupted,
    ...deviations,
    ...(error === undefined ? {} : { error }),
  });
  return {
    apiVersion: REPORT_API_VERSION,
    kind: 'Report',
    run: {
      id: parts.runId,
      startedAt: parts.startedAt.toISOString(),
      durationMs: Date.now() - parts.startedAt.getTime(),
      seed: parts.seed,
      command: parts.command,
      profile: parts.profile,
      ...(error === undefined ? {} : { error: { code: error.code, message: error.message, hint: error.hint } }),
    },
    harness: harnessVersion(),
    environment: parts.environment,
    mesh: {
      name: parts.driver.name,
      version: parts.driver.versions.mesh,
      driver: parts.driverSource,
      faults: [...parts.faults],
    },
    cases,
    summary: summarise(cases.map(({ verdict }) => verdict)),
    features: featuresOf(parts.results),
    ...deviations,
    convergence: [],
    overhead: [],
    exit: conclusion,
    timings: parts.timings,
  };
}

/** What stopped a run decides its exit code, unless a violation had been proven by then. */
export function concludeRun(
  cases: readonly ReportCase[],
  {
    interrupted,
    error,
    deviations,
  }: {
    interrupted: boolean;
    error?: { exitCode: Conclusion['code']; message: string };
    deviations?: NonNullable<Report['deviations']>;
  },
): Conclusion {
  const found =
    deviations?.accepted === true ? concludeAccepting(cases, deviations, interrupted) : conclude(cases, interrupted);
  if (error === undefined || interrupted || found.code === EXIT.violated) return found;
  return { code: error.exitCode, reason: error.message };
}

function toReportCase(result: CaseResult): ReportCase {
  const { record, fidelity, durationMs, convergence, evidence } = result;
  return {
    ...describeCase(record),
    ...verdictFields(result),
    ...(result.verdict === 'unsupported' && fidelity === 'native'
      ? { fidelity: 'unsupported' as const }
      : { fidelity }),
    durationMs,
    ...(convergence === undefined ? {} : { convergence }),
    evidence,
  };
}

function describeCase({
  id,
  class: tier,
  area,
  title,
  spec,
  expectation,
  catches,
}: CaseRecord): Pick<ReportCase, 'id' | 'class' | 'area' | 'title' | 'spec' | 'expectation' | 'catches'> {
  return { id, class: tier, area, title, spec, expectation, catches };
}

/** The part of a case that a judge decides, and so the part that a later judgement replaces. */
export function verdictFields({
  verdict,
  reason,
  variant,
  statistics,
}: Verdict): Pick<ReportCase, 'verdict' | 'reason' | 'variant' | 'statistics'> {
  return {
    verdict,
    reason,
    ...(variant === undefined ? {} : { variant }),
    ...(statistics === undefined ? {} : { statistics }),
  };
}

/** A feature is supported when cases that need it ran and none of them failed: earned by the run, never claimed. */
function featuresOf(results: readonly CaseResult[]): Report['features'] {
  const names = [...new Set(results.flatMap(({ record }) => record.needs))].sort();
  return names.map((name) => {
    const own = results.filter(({ record }) => record.needs.includes(name));
    const ran = own.filter(({ verdict }) => verdict === 'pass' || verdict === 'recorded');
    return { name, supported: ran.length > 0 && ran.length === own.length, cases: own.map(({ record }) => record.id) };
  });
}

function harnessVersion(): { version: string; commit: string } {
  const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
  if (!existsSync(join(PACKAGE_ROOT, '.git'))) return { version, commit: '' };
  try {
    const commit = execFileSync('git', ['-C', PACKAGE_ROOT, 'rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return { version, commit: commit.trim() };
  } catch {
    return { version, commit: '' };
  }
}
