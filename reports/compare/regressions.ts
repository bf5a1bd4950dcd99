/** What became worse since a baseline: in verdicts exactly, in figures only with the evidence of the test. */
import type { VerdictName } from '../../src/judge/verdict.js';
import { formatNumber } from '../words.js';
import type { Change, FigureRow, VerdictRow } from './model.js';

/** How good it is to see a verdict, best first; what is as good as another is no change for the worse. */
const GOODNESS: Readonly<Record<VerdictName | 'not run', number>> = {
  pass: 3,
  recorded: 3,
  unsupported: 2,
  inconclusive: 1,
  error: 1,
  fail: 0,
  excluded: 0,
  'not run': 0,
};

export interface Changes {
  readonly regressions: readonly Change[];
  readonly improvements: readonly Change[];
}

export function findChanges(baseline: string, verdicts: readonly VerdictRow[], figures: readonly FigureRow[]): Changes {
  const changes = [
    ...verdicts.flatMap((row) => changesOfCase(baseline, row)),
    ...figures.flatMap((row) => changesOfFigure(baseline, row)),
  ];
  const of = (isWorse: boolean): readonly Change[] =>
    changes.filter((one) => one.isWorse === isWorse).map(({ isWorse: _, ...change }) => change);
  return { regressions: of(true), improvements: of(false) };
}

interface Judged extends Change {
  readonly isWorse: boolean;
}

function changesOfCase(baseline: string, { id, title, cells }: VerdictRow): readonly Judged[] {
  const before = cells.find(({ run }) => run === baseline)?.verdict ?? 'not run';
  return cells
    .filter(({ run }) => run !== baseline)
    .flatMap(({ run, verdict: seen, reason }) => {
      const verdict = seen ?? 'not run';
      const better = GOODNESS[verdict] - GOODNESS[before];
      if (better === 0) return [];
      const is = reason === undefined || better > 0 ? verdict : `${verdict}: ${reason}`;
      return [{ run, what: `${id} ${title}`, was: before, is, isWorse: better < 0 }];
    });
}

function changesOfFigure(baseline: string, { name, figures, pairs }: FigureRow): readonly Judged[] {
  const value = (of: string): string => {
    const ms = figures.find(({ run }) => run === of)?.ms;
    return ms === undefined ? 'never' : `${formatNumber(ms)} ms`;
  };
  return pairs
    .filter(({ against, outcome }) => against === baseline && outcome !== 'no difference shown')
    .map(({ run, outcome, reason }) => ({
      run,
      what: name,
      was: value(baseline),
      is: `${value(run)}: ${outcome}, ${reason}`,
      isWorse: outcome === 'slower',
    }));
}
