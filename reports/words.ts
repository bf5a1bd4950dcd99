/** The sentences every renderer shares, so that a person reads the same thing everywhere. */
import { EXIT } from '../src/errors/harness-error.js';
import { VERDICTS, type VerdictName } from '../src/judge/verdict.js';
import { countVerdicts, type Report, type ReportCase, type VerdictCounts } from './model.js';

export const VERDICT_MEANING: Readonly<Record<VerdictName, string>> = {
  pass: 'the mesh does what the text says',
  fail: 'the mesh does something else',
  recorded: 'the text is ambiguous: which reading the mesh takes',
  error: 'infrastructure trouble, says nothing about the mesh',
  inconclusive: 'too little evidence to decide',
  unsupported: 'the mesh cannot be asked this',
  excluded: 'not part of this run',
};

export const CLASS_MEANING: Readonly<Record<ReportCase['class'], string>> = {
  M: 'normative text',
  X: 'shown by an example of the text',
  A: 'the text is ambiguous or silent',
};

const AREA_TITLES: Readonly<Record<string, string>> = {
  access: 'Access',
  specs: 'Route specs',
  split: 'Traffic split',
  identity: 'Identity',
  metrics: 'Metrics',
  crd: 'API objects',
};

/** The verdicts a person has to look into, worst first. */
const TROUBLE: readonly VerdictName[] = ['fail', 'error', 'inconclusive'];

export interface Area {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly ReportCase[];
  readonly counts: VerdictCounts;
}

/** Cases by area, in the order of the specification; unknown areas last, by name. */
export function groupByArea(cases: readonly ReportCase[]): readonly Area[] {
  const known = Object.keys(AREA_TITLES);
  const others = new Set(cases.map((one) => one.area).filter((area) => !known.includes(area)));
  return [...known, ...[...others].sort()].flatMap((name) => {
    const inside = cases.filter((one) => one.area === name);
    if (inside.length === 0) return [];
    return [{ name, title: AREA_TITLES[name] ?? name, cases: inside, counts: countVerdicts(inside) }];
  });
}

/** One thing to look into: a failed case, or every case that the same trouble stopped. */
export interface Trouble {
  readonly verdict: VerdictName;
  /** The case that stands for all of them. */
  readonly first: ReportCase;
  readonly cases: readonly ReportCase[];
}

/** What needs a person, worst first. Each failure stands alone; one cause that stopped many cases is said once. */
export function findTroubles(report: Report): readonly Trouble[] {
  const troubles = new Map<string, Trouble>();
  for (const verdict of TROUBLE) {
    for (const one of report.cases.filter((each) => each.verdict === verdict)) {
      const cause = JSON.stringify(verdict === 'fail' ? [one.id] : [verdict, one.reason]);
      const known = troubles.get(cause);
      troubles.set(cause, { verdict, first: known?.first ?? one, cases: [...(known?.cases ?? []), one] });
    }
  }
  return [...troubles.values()];
}

/** One word for the whole run. */
export function outcomeWord(report: Report): string {
  if (report.exit.code === EXIT.conformant && isMeasurement(report)) return 'Measured';
  if (report.exit.code === EXIT.conformant) return differsAsKnown(report) ? 'Known deviations' : 'Conformant';
  const words: Readonly<Record<number, string>> = {
    [EXIT.violated]: 'Violated',
    [EXIT.inconclusive]: 'Inconclusive',
    [EXIT.badInput]: 'Bad input',
    [EXIT.interrupted]: 'Interrupted',
  };
  return words[report.exit.code] ?? 'Error';
}

/** The verdict on the whole run in one sentence. */
export function verdictSentence(report: Report): string {
  const mesh = `${report.mesh.name} ${report.mesh.version}`;
  const { summary, run, exit } = report;
  if (run.error && report.cases.length === 0) return `${mesh} was not judged: the run stopped before its first case.`;
  if (isMeasurement(report) && exit.code === EXIT.conformant) return `${mesh} was measured.`;
  if (isMeasurement(report) && exit.code === EXIT.inconclusive)
    return `${mesh} was measured, but no number is one to stand behind.`;
  if (isMeasurement(report) && exit.code === EXIT.violated) return `${mesh} crosses a limit of its configuration.`;
  if (report.cases.length === 0) return `${mesh} was not judged: no case was run.`;
  switch (exit.code) {
    case EXIT.conformant:
      if (differsAsKnown(report))
        return `${mesh} differs from the specification as it is known to, and in no other way: ${summary.pass} of ${countOf(report.cases.length, 'case')} passed, ${summary.fail} failed.`;
      return `${mesh} conforms: ${summary.pass} of ${countOf(report.cases.length, 'case')} passed, none failed.`;
    case EXIT.violated:
      if (summary.fail === 0) return `${mesh} broke a limit of this run.`;
      return `${mesh} does not conform: ${summary.fail} of ${countOf(report.cases.length, 'case')} failed.`;
    case EXIT.inconclusive:
      return `${mesh} could not be judged: the evidence was too thin.`;
    case EXIT.interrupted:
      return `The run was interrupted after ${countOf(report.cases.length, 'case')}.`;
    default:
      return `${mesh} could not be judged to the end: the harness or its infrastructure had trouble.`;
  }
}

/** Exit code 0 in spite of failures: each is on the list of what the mesh is known to do. */
function differsAsKnown({ summary }: Report): boolean {
  return summary.fail + summary.inconclusive > 0;
}

/** A run that measures and judges no case. */
function isMeasurement(report: Report): boolean {
  const { cases, overhead, convergence, scale = [], bench = [] } = report;
  return cases.length === 0 && overhead.length + convergence.length + scale.length + bench.length > 0;
}

/** `12 pass · 1 fail`, leaving out what did not occur. */
export function countsPhrase(counts: VerdictCounts): string {
  const parts = VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) => `${counts[verdict]} ${verdict}`);
  return parts.length === 0 ? 'no cases' : parts.join(' · ');
}

/** The command that repeats one case under the same conditions. */
export function rerunCommand(report: Report, caseId: string): string {
  const { mesh, run, environment } = report;
  const driver = mesh.driver === mesh.name ? ['--mesh', mesh.name] : ['--driver', mesh.driver];
  const faults = mesh.faults.length === 0 ? [] : ['--fault', ...mesh.faults];
  const where = ['--env', environment.name, '--profile', run.profile, '--case', caseId];
  return ['meshgauge', 'run', ...driver, ...where, ...faults, '--seed', String(run.seed)].map(quoteForShell).join(' ');
}

/** Single quotes only where a POSIX shell needs them. */
function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${formatNumber(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** At most three significant decimals, never an exponent for what a person reads. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 1) return String(Number(value.toFixed(2)));
  return size < 0.0001 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** `2026-03-04 05:06:07 UTC` from an ISO instant. */
function formatInstant(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 19)} UTC`;
}

export function countOf(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** What is known about the run, as label and value, for every page that opens with facts. */
export function runFacts(report: Report): readonly (readonly [string, string])[] {
  const { name: environment, ...facts } = report.environment;
  const faults = report.mesh.faults;
  return [
    ['Mesh', `${report.mesh.name} ${report.mesh.version}`],
    ['Driver', report.mesh.driver],
    ...(faults.length > 0 ? [['Deliberate faults', faults.join(', ')] as const] : []),
    ['Profile', report.run.profile],
    ['Environment', environment],
    ...Object.entries(facts).map(([fact, value]) => [factLabel(fact), factValue(fact, value)] as const),
    ['Started', formatInstant(report.run.startedAt)],
    ['Duration', formatDuration(report.run.durationMs)],
    ['Seed', String(report.run.seed)],
    ['Run', report.run.id],
    [
      'Harness',
      `meshgauge ${report.harness.version}${report.harness.commit === '' ? '' : ` (${report.harness.commit})`}`,
    ],
  ];
}

const FACT_LABELS: Readonly<Record<string, string>> = {
  os: 'OS',
  cpus: 'CPUs',
  memoryBytes: 'Memory',
  node: 'Node.js',
};

function factLabel(fact: string): string {
  return FACT_LABELS[fact] ?? `${fact.charAt(0).toUpperCase()}${fact.slice(1)}`;
}

function factValue(fact: string, value: string | number): string {
  if (fact.endsWith('Bytes') && typeof value === 'number') return `${(value / 2 ** 30).toFixed(1)} GiB`;
  return String(value);
}

/** With an ellipsis in the place of what is too much. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
