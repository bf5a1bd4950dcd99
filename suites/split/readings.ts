/** Class A cases of the split suite: what the text leaves open is observed, and who answers names the reading that a mesh takes. */
import type { CaseRecord, Phase } from '../../src/cases/case.js';
import type { Evidence } from '../../src/evidence/records.js';
import type { Exchange, Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { answersTo, unreadable, type Answers } from './answers.js';
import { EXTENDED, splitCase, type SplitDraft } from './split-case.js';

/**
 * Whether the answers to the observed cells, in the order asked, are those of the reading; `refused`: the API has refused an
 * object of the phases that are read.
 */
export type Reading = (answers: readonly Answers[], refused: boolean) => boolean;

export const rejected: Reading = (_answers, refused) => refused;

/** For a case that observes one thing. */
export const reads =
  (does: (answers: Answers) => boolean): Reading =>
  ([answers]) =>
    answers !== undefined && does(answers);

type SplitReadingDraft = Omit<SplitDraft, 'class' | 'phases' | 'judge' | 'variants' | 'phrase'> & {
  readonly phrase?: string;
  readonly before?: readonly Phase[];
  /** Where the answers are observed. What else these phases ask has to hold whatever the reading. */
  readonly read: readonly Phase[];
  readonly after: readonly Phase[];
  /** The first that fits is the mesh's. */
  readonly readings: Readonly<Record<string, Reading>>;
  /** What no reading excuses. */
  readonly never?: (seen: readonly Exchange[]) => readonly Finding[];
};

export function splitReading({ before = [], read, after, readings, never, ...draft }: SplitReadingDraft): CaseRecord {
  return splitCase({
    phrase: '(silent)',
    profiles: EXTENDED,
    ...draft,
    class: 'A',
    variants: Object.keys(readings),
    phases: [...before, ...read, ...after],
    judge: (exchanges, evidence) => {
      const cells = read.flatMap((phase) =>
        (phase.cells ?? []).filter(({ expect }) => expect === 'observe').map((cell) => ({ phase, cell })),
      );
      const seen = cells.flatMap(({ phase, cell }) => exchanges.of(phase.name, cell.key));
      const findings = [
        ...(never?.(seen) ?? []),
        ...read.flatMap((phase) => notInForce(phase, exchanges)),
        ...cells.flatMap(({ phase, cell }) => unreadable(phase, cell, exchanges)),
      ];
      if (findings.length > 0) return { findings };
      const answers = cells.map(({ phase, cell }) => answersTo(phase, cell, exchanges));
      const refused = read.some((phase) => isRefused(phase, evidence));
      const fitting = Object.entries(readings).find(([, fits]) => fits(answers, refused));
      return { variant: fitting?.[0] ?? `other: ${answers.map(({ tally }) => tally).join('; ')}` };
    },
  });
}

/** Before a change has taken effect there is nothing to read. */
export function notInForce({ name }: Pick<Phase, 'name'>, exchanges: Exchanges): readonly Finding[] {
  const gate = exchanges.gate(name);
  return gate?.converged === false
    ? [invalid(`${name}: the objects had not taken effect after ${gate.deadlineMs} ms, so nothing can be read`)]
    : [];
}

function isRefused({ name }: Phase, { lines }: Evidence): boolean {
  return lines.some(
    (line) => line.kind === 'change' && line.phase === name && line.action === 'apply' && !line.accepted,
  );
}
