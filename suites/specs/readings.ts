/** Class A cases: which reading of an ambiguous text do the mesh's answers show? */
import type { CaseRecord, Cell, Phase } from '../../src/cases/case.js';
import type { Extra } from '../../src/cases/define.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { specsCase, type SpecsDraft } from './specs-case.js';

type Answer = 'allow' | 'deny' | 'varies';

/** For each reading, the answer to every observed cell of the phase, in the order asked. */
export type Readings = Readonly<Record<string, readonly ('allow' | 'deny' | 'either')[]>>;

/** The API refusing the object is a reading of its own, where the list has it. */
const REJECTED = 'rejected';

export type ReadingDraft = Omit<SpecsDraft, 'class' | 'phases' | 'judge' | 'variants' | 'run'> & {
  /**
   * Where the answers are observed. A denied cell from the same client to the same server stands beside them: its controls
   * prove that a refusal among the observed answers is policy, not a dead server.
   */
  readonly read: Phase;
  readonly controls: readonly Phase[];
  readonly readings: Readings;
  /** Whether refusing the object is on the closed list of readings. */
  readonly rejectable?: true;
};

export function readingCase({ read, controls, readings, rejectable, ...draft }: ReadingDraft): CaseRecord {
  const variants = [...Object.keys(readings), ...(rejectable === true ? [REJECTED] : [])];
  return specsCase({
    ...draft,
    class: 'A',
    variants,
    phases: [read, ...controls],
    judge: (exchanges, evidence) => judgeReading(read, readings, variants, exchanges, evidence),
  });
}

function judgeReading(
  read: Phase,
  readings: Readings,
  variants: readonly string[],
  exchanges: Exchanges,
  evidence: Evidence,
): Extra {
  const cells = (read.cells ?? []).filter(({ expect }) => expect === 'observe');
  const findings = cells.flatMap((cell) => judgeObservation(read, cell, exchanges));
  const gate = exchanges.gate(read.name);
  if (gate?.converged === false)
    findings.push(
      invalid(
        `${read.name}: the objects had not taken effect after ${gate.deadlineMs} ms, so nothing can be read from the answers`,
      ),
    );
  if (findings.length > 0) return { findings };
  if (isRefused(read, evidence))
    return { variant: variants.includes(REJECTED) ? REJECTED : 'other: the API refuses the object' };
  const answers = cells.map((cell) => answerTo(read, cell, exchanges));
  const reading = Object.keys(readings).find((name) =>
    answers.every((answer, index) => fits(answer, readings[name]?.[index])),
  );
  return {
    variant:
      reading ??
      `other: ${cells.map((cell, index) => `${cell.path ?? '/'}${headersOf(cell)} ${answers[index]}`).join(', ')}`,
  };
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
