/**
 * A conformance report in the shape that Gateway API implementations publish: one profile per SMI area, `core` for normative
 * cases (class M), `extended` for cases that an example shows (class X). Class A is listed as observations: it never counts.
 */
import { stringify } from 'yaml';
import { REPORT_API_VERSION, type Report, type ReportCase } from './model.js';
import { countOf, groupByArea, verdictSentence, type Area } from './words.js';

type TierResult = 'success' | 'partial' | 'failure';

interface Tier {
  readonly result: TierResult;
  readonly statistics: Readonly<Record<'Passed' | 'Failed' | 'Skipped' | 'Undecided', number>>;
  readonly failedTests?: readonly string[];
  readonly skippedTests?: readonly string[];
  readonly undecidedTests?: readonly string[];
}

export function renderConformance(report: Report): string {
  const document = {
    apiVersion: REPORT_API_VERSION,
    kind: 'ConformanceReport',
    date: report.run.startedAt,
    mode: report.run.profile,
    implementation: { project: report.mesh.name, version: report.mesh.version, driver: report.mesh.driver },
    ...(report.mesh.faults.length > 0 ? { deliberateFaults: report.mesh.faults } : {}),
    harness: { project: 'meshgauge', version: report.harness.version, commit: report.harness.commit },
    environment: report.environment.name,
    summary: verdictSentence(report),
    ...(report.run.error ? { error: report.run.error } : {}),
    profiles: groupByArea(report.cases).map((area) => describeProfile(report, area)),
  };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

function describeProfile(report: Report, area: Area): object {
  const core = describeTier(area.cases.filter((one) => one.class === 'M'));
  const extended = describeTier(area.cases.filter((one) => one.class === 'X'));
  const observations = area.cases.flatMap((one) =>
    one.variant === undefined ? [] : [{ test: one.id, variant: one.variant }],
  );
  const inArea = new Set(area.cases.map((one) => one.id));
  const features = report.features.filter((feature) => feature.cases.some((id) => inArea.has(id)));
  const named = (supported: boolean): string[] =>
    features.filter((feature) => feature.supported === supported).map((feature) => feature.name);
  const sentences = [...sentence('Core', core), ...sentence('Extended', extended)];
  return {
    name: `SMI-${area.name.toUpperCase()}`,
    ...(core ? { core } : {}),
    ...(extended ? { extended } : {}),
    supportedFeatures: named(true),
    unsupportedFeatures: named(false),
    ...(observations.length > 0 ? { observations } : {}),
    summary: sentences.length > 0 ? sentences.join(' ') : 'No test of this profile decides conformance.',
  };
}

function describeTier(cases: readonly ReportCase[]): Tier | undefined {
  if (cases.length === 0) return undefined;
  const idsOf = (...verdicts: readonly ReportCase['verdict'][]): readonly string[] =>
    cases.filter((one) => verdicts.includes(one.verdict)).map((one) => one.id);
  const failed = idsOf('fail');
  const skipped = idsOf('unsupported', 'excluded');
  const undecided = idsOf('error', 'inconclusive');
  const passed = idsOf('pass', 'recorded');
  const whole = skipped.length + undecided.length === 0;
  return {
    result: failed.length > 0 ? 'failure' : whole ? 'success' : 'partial',
    statistics: { Passed: passed.length, Failed: failed.length, Skipped: skipped.length, Undecided: undecided.length },
    ...(failed.length > 0 ? { failedTests: failed } : {}),
    ...(skipped.length > 0 ? { skippedTests: skipped } : {}),
    ...(undecided.length > 0 ? { undecidedTests: undecided } : {}),
  };
}

function sentence(name: string, tier: Tier | undefined): readonly string[] {
  if (tier === undefined) return [];
  const { Passed, Failed, Skipped, Undecided } = tier.statistics;
  if (tier.result === 'success') return [`${name} tests succeeded.`];
  if (tier.result === 'failure') return [`${name} tests failed: ${countOf(Failed, 'failure')}.`];
  return [`${name} tests partially succeeded: ${Passed} passed, ${Skipped} skipped, ${Undecided} undecided.`];
}
