/** JUnit XML as CI servers read it: one suite per area, one test case per case. */
import { countVerdicts, type Report, type ReportCase } from './model.js';
import { groupByArea, outcomeWord, rerunCommand, runFacts, verdictSentence, type Area } from './words.js';
import { element, escapeXml } from './xml.js';

export function renderJunit(report: Report): string {
  const suites = [...setUpSuite(report), ...groupByArea(report.cases).map((area) => areaSuite(report, area))];
  const totals = countVerdicts(report.cases);
  const setUpErrors = stopReason(report) === undefined ? 0 : 1;
  const attributes = {
    name: `meshgauge ${report.mesh.name} ${report.mesh.version}`,
    tests: report.cases.length + setUpErrors,
    failures: totals.fail,
    errors: totals.error + totals.inconclusive + setUpErrors,
    time: seconds(report.run.durationMs),
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', attributes, block(suites))}\n`;
}

/** A run that stopped, or judged nothing, must not look green. */
function stopReason(report: Report): { readonly message: string; readonly detail: string } | undefined {
  const { error } = report.run;
  if (error)
    return { message: `${error.code}: ${error.message}`, detail: `${error.message}\nHow to fix: ${error.hint}` };
  if (report.cases.length > 0 || outcomeWord(report) === 'Measured') return undefined;
  return { message: verdictSentence(report), detail: report.exit.reason };
}

function setUpSuite(report: Report): readonly string[] {
  const stop = stopReason(report);
  if (stop === undefined) return [];
  const error = element('error', { message: stop.message, type: 'set-up' }, escapeXml(stop.detail));
  const testcase = element(
    'testcase',
    { classname: className(report, 'run'), name: 'set-up', time: 0 },
    block([error]),
  );
  const attributes = {
    name: 'set-up',
    tests: 1,
    failures: 0,
    errors: 1,
    skipped: 0,
    time: 0,
    timestamp: timestamp(report),
  };
  return [element('testsuite', attributes, block([testcase]))];
}

function areaSuite(report: Report, area: Area): string {
  const { counts } = area;
  const attributes = {
    name: area.name,
    tests: area.cases.length,
    failures: counts.fail,
    errors: counts.error + counts.inconclusive,
    skipped: counts.unsupported + counts.excluded,
    time: seconds(area.cases.reduce((sum, one) => sum + one.durationMs, 0)),
    timestamp: timestamp(report),
  };
  const facts = runFacts(report).map(([name, value]) => element('property', { name, value }));
  const properties = element('properties', {}, block(facts));
  return element('testsuite', attributes, block([properties, ...area.cases.map((one) => testCase(report, one))]));
}

function testCase(report: Report, one: ReportCase): string {
  const attributes = {
    classname: className(report, one.area),
    name: `${one.id} ${one.title}`,
    time: seconds(one.durationMs),
  };
  const output = element('system-out', {}, escapeXml(describeCase(report, one)));
  return element('testcase', attributes, block([...outcome(one), output]));
}

function outcome(one: ReportCase): readonly string[] {
  const detail = escapeXml(`expected: ${one.expectation}\nseen: ${one.reason}`);
  switch (one.verdict) {
    case 'pass':
    case 'recorded':
      return [];
    case 'fail':
      return [element('failure', { message: one.reason, type: one.verdict }, detail)];
    case 'error':
    case 'inconclusive':
      return [element('error', { message: one.reason, type: one.verdict }, detail)];
    case 'unsupported':
    case 'excluded':
      return [element('skipped', { message: `${one.verdict}: ${one.reason}` })];
  }
}

function describeCase(report: Report, one: ReportCase): string {
  return [
    `verdict: ${one.verdict}`,
    ...(one.variant === undefined ? [] : [`variant: ${one.variant}`]),
    `expected: ${one.expectation}`,
    `seen: ${one.reason}`,
    `spec: ${one.spec.ref} "${one.spec.phrase}"`,
    ...(one.evidence === undefined ? [] : [`evidence: ${one.evidence.file} (sha256 ${one.evidence.sha256})`]),
    `rerun: ${rerunCommand(report, one.id)}`,
  ].join('\n');
}

function className(report: Report, area: string): string {
  return `meshgauge.${report.mesh.name}.${area}`;
}

/** Readers of JUnit expect a local date-time without a zone. */
function timestamp(report: Report): string {
  return report.run.startedAt.slice(0, 19);
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

function block(children: readonly string[]): string {
  return children.length === 0 ? '' : `\n${children.join('\n')}\n`;
}
