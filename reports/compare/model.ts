/** What a comparison of runs says: the one model behind its text, Markdown, HTML and JSON. */
import type { VerdictName } from '../../src/judge/verdict.js';
import type { Report, ReportCase } from '../model.js';

export const COMPARISON_API_VERSION = 'meshgauge.dev/v1alpha1';

/** A report and the folder it came from. */
export interface Source {
  readonly dir: string;
  readonly report: Report;
}

/** One run, as the columns of the comparison call it. */
export interface ComparedRun {
  readonly label: string;
  readonly dir: string;
  readonly id: string;
  readonly mesh: string;
  readonly version: string;
  readonly environment: string;
  readonly profile: string;
  readonly startedAt: string;
  readonly harness: string;
  readonly outcome: string;
}

export interface VerdictCell {
  readonly run: string;
  /** Absent: the case was not a part of this run. */
  readonly verdict?: VerdictName;
  /** Class A: the reading of the text that the mesh takes. */
  readonly variant?: string;
  readonly reason?: string;
}

export interface VerdictRow {
  readonly id: string;
  readonly title: string;
  readonly area: string;
  readonly class: ReportCase['class'];
  readonly cells: readonly VerdictCell[];
  /** Whether verdict or reading are not the same in all runs. */
  readonly differs: boolean;
}

/** How much of what was asked a mesh could be told, and how faithfully. */
export interface Portability {
  readonly run: string;
  readonly cases: number;
  /** Plain SMI objects, applied as they are. */
  readonly native: number;
  /** Translated into objects of the mesh that mean the same. */
  readonly exact: number;
  /** Translated with something lost. */
  readonly lossy: number;
  /** Cannot be said. */
  readonly unsupported: number;
}

/** A figure of one run, with what it stands on. */
export interface Figure {
  readonly run: string;
  /** Median; absent: nobody could stand behind a number, for the reason given. */
  readonly ms?: number;
  readonly lowMs?: number;
  readonly highMs?: number;
  readonly floorMs?: number;
  readonly n: number;
  readonly note?: string;
}

/** Two runs beside each other in one figure. */
export interface Pair {
  readonly run: string;
  readonly against: string;
  /** How much more `run` takes, and its interval; absent where some values were never reached. */
  readonly shiftMs?: number;
  readonly lowMs?: number;
  readonly highMs?: number;
  /** Exact Mann–Whitney test, before and after Holm's correction over all pairs of the comparison. */
  readonly pValue: number;
  readonly adjustedPValue: number;
  readonly outcome: 'slower' | 'faster' | 'no difference shown' | 'too few values';
  readonly reason: string;
}

export interface FigureRow {
  /** `overhead p99`, `converge deny`. */
  readonly name: string;
  readonly figures: readonly Figure[];
  readonly pairs: readonly Pair[];
}

/** A part that was not measured alike, and where it differs. */
export interface Refusal {
  readonly part: 'verdicts' | 'overhead' | 'convergence';
  readonly field: string;
  readonly values: readonly { readonly run: string; readonly value: string }[];
}

export interface Change {
  readonly run: string;
  /** A case, or the name of a figure. */
  readonly what: string;
  readonly was: string;
  readonly is: string;
}

export interface Comparison {
  readonly apiVersion: typeof COMPARISON_API_VERSION;
  readonly kind: 'Comparison';
  readonly runs: readonly ComparedRun[];
  readonly baseline?: string;
  /** Those that differ first. */
  readonly verdicts: readonly VerdictRow[];
  readonly portability: readonly Portability[];
  readonly overhead: readonly FigureRow[];
  readonly convergence: readonly FigureRow[];
  readonly refused: readonly Refusal[];
  readonly notes: readonly string[];
  /** Only with a baseline. */
  readonly regressions?: readonly Change[];
  readonly improvements?: readonly Change[];
  /** What could not be told beside the baseline, and why: a gate does not pass over it. */
  readonly undecided?: readonly string[];
}
