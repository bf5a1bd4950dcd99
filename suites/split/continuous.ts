/** Requests that keep coming while something changes, and what became of them. */
import type { Cell, Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { visit } from '../../src/cases/define.js';
import { observe } from '../../src/cases/questions.js';
import { signatures, type Exchange, type Exchanges } from '../../src/judge/exchanges.js';
import { invalid, type Finding } from '../../src/judge/findings.js';

/** Between two requests of a stream. */
const GAP_MS = 4;
/** Fewer requests than this say nothing about a change. */
const FEWEST = 10;

/** The stream that runs while `change` happens; in evidence its requests bear this phase. */
export interface Continuous {
  readonly phase: string;
  readonly cell: Cell;
}

export function continuous(phase: string, to: string): Continuous {
  return { phase, cell: observe('c1', to, { path: '/continuous', count: FEWEST }) };
}

/** The stream is always ended. */
export async function throughout(
  ctx: CaseContext,
  { phase, cell }: Continuous,
  change: () => Promise<void>,
): Promise<void> {
  const stream = await ctx.stream(phase, cell, GAP_MS);
  try {
    await change();
  } finally {
    await stream.stop();
  }
}

/** Goes into a phase and asks its questions under load. */
export function visitUnderLoad(ctx: CaseContext, load: Continuous, phase: Phase): Promise<void> {
  return throughout(ctx, load, () => visit(ctx, phase));
}

export function failuresOf(
  { phase, cell }: Continuous,
  exchanges: Exchanges,
): { readonly sent: number; readonly failed: readonly Exchange[] } {
  const seen = exchanges.of(phase, cell.key);
  return { sent: seen.length, failed: seen.filter(({ outcome }) => outcome !== 'allow') };
}

/** Not one request of the stream may fail. */
export function judgeUnbroken(load: Continuous, exchanges: Exchanges): Finding[] {
  const { sent, failed } = failuresOf(load, exchanges);
  if (failed.length > 0)
    return [
      {
        kind: 'violation',
        message: `${load.phase}: ${failed.length} of ${sent} requests failed (${signatures(failed)})`,
      },
    ];
  return sent < FEWEST ? [invalid(`${load.phase}: only ${sent} requests of the stream are on record`)] : [];
}
