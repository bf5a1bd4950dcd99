/** Class A cases: which reading of an ambiguous text do the mesh's answers show? */
import type { CaseRecord, Cell, Phase } from '../../src/cases/case.js';
import type { CaseDraft, Extra } from '../../src/cases/define.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { specsCase, type SpecsDraft } from './specs-case.js';

type Answer = 'allow' | 'deny' | 'varies';

/** For each reading, the answer to every observed cell of the phase, in the order asked. */
export type Readings = Readonly<Record<string, readonly ('allow' | 'deny' | 'either')[]>>;

/** The API refusing the object is a reading of its own, where the list has it. */
const REJECTED = 'rejected';
/** So is an answer that comes and goes. */
const VARIES = 'varies';

/** Where to look, and what each reading of the closed list looks like. */
export interface Reading {
  /**
   * Where the answers are observed. A denied cell to the same server stands beside them: its controls prove that a refusal
   * among the observed answers is policy, not a dead server.
   */
  readonly read: Phase;
  readonly controls: readonly Phase[];
  readonly readings: Readings;
  /** Whether refusing the object is on the closed list of readings. */
  readonly rejectable?: true;
  /** Whether answers that change while nothing else does are on it. */
  readonly variable?: true;
}

/** What a reading gives to a case. */
type Read = Required<Pick<CaseDraft, 'class' | 'phases' | 'judge' | 'variants'>>;

/** A case but for what its reading says of it. */
export type Unread<Draft> = Omit<Draft, keyof Read | 'run'> & Reading;

/** Makes phases and a judge out of the reading. */
export function withReading<Draft extends Reading>(draft: Draft): Omit<Draft, keyof Reading> & Read {
  const { read, controls, readings, rejectable, variable, ...rest } = draft;
  const variants = [
    ...Object.keys(readings),
    ...(rejectable === true ? [REJECTED] : []),
    ...(variable === true ? [VARIES] : []),
  ];
  return {
    ...rest,
    class: 'A',
    variants,
    phases: [read, ...controls],
    judge: (exchanges, evidence) => judgeReading(read, readings, variants, exchanges, evidence),
  };
}

export const readingCase = (draft: Unread<SpecsDraft>): CaseRecord => specsCase(withReading(draft));

function judgeReading(
  read: Phase,
  readings: Readings,
  variants: readonly string[],
  exchanges: Exchanges,
  evidence: Evidence,
): Extra {
  const cells = (read.cells ?? []).filter(({ expect }) => expect === 'observe');
  const { findings, answers } = readAnswers(read, cells, exchanges);
  if (findings.length > 0) return { findings };
  if (isRefused(read, evidence))
    return { variant: variants.includes(REJECTED) ? REJECTED : 'other: the API refuses the object' };
  if (variants.includes(VARIES) && answers.includes('varies')) return { variant: VARIES };
  const reading = Object.keys(readings).find((name) =>
    answers.every((answer, index) => fits(answer, readings[name]?.[index])),
  );
  return {
    variant:
      reading ??
      `other: ${cells.map((cell, index) => `${cell.path ?? '/'}${headersOf(cell)} ${answers[index]}`).join(', ')}`,
  };
}

/** The answers to observed cells of a phase, in the order asked, or why nothing can be read from them. */
export function readAnswers(
  read: Phase,
  cells: readonly Cell[],
  exchanges: Exchanges,
): { readonly findings: readonly Finding[]; readonly answers: readonly Answer[] } {
  const findings = cells.flatMap((cell) => judgeObservation(read, cell, exchanges));
  const gate = exchanges.gate(read.name);
  if (gate?.converged === false)
    findings.push(
      invalid(
        `${read.name}: the objects had not taken effect after ${gate.deadlineMs} ms, so nothing can be read from the answers`,
      ),
    );
  return { findings, answers: cells.map((cell) => answerTo(read, cell, exchanges)) };
}

/** An answer counts only if every request is on record and both ends tell the same story. */
function judgeObservation(phase: Phase, cell: Cell, exchanges: Exchanges): Finding[] {
  const seen = exchanges.of(phase.name, cell.key);
  const torn = seen.filter(({ outcome }) => outcome === 'inconsistent').length;
  if (seen.length < cell.count)
    return [invalid(`${phase.name}: ${cell.key}: only ${seen.length} of ${cell.count} requests are on record`)];
  return torn === 0
    ? []
    : [invalid(`${phase.name}: ${cell.key}: client and server disagree on ${torn} of ${seen.length} requests`)];
}

function answerTo(phase: Phase, cell: Cell, exchanges: Exchanges): Answer {
  const outcomes = new Set(exchanges.of(phase.name, cell.key).map(({ outcome }) => outcome));
  if (outcomes.size > 1) return 'varies';
  return outcomes.has('allow') ? 'allow' : 'deny';
}

function fits(answer: Answer, wanted: 'allow' | 'deny' | 'either' | undefined): boolean {
  return answer === wanted || (wanted === 'either' && answer !== 'varies');
}

function isRefused(phase: Phase, evidence: Evidence): boolean {
  return evidence.lines.some(
    (line) => line.kind === 'change' && line.phase === phase.name && line.action === 'apply' && !line.accepted,
  );
}

const headersOf = (cell: Cell): string => (cell.headers ?? []).map(([name, value]) => ` ${name}: ${value}`).join('');
