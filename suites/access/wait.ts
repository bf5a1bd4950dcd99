/** Waiting for what no marker of the gate shows: asks again and again, and leaves the judging to what is asked afterwards. */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import type { Cell } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';

/** Longer than any mesh takes that follows at all; what is asked afterwards shows one that does not. */
const DEADLINE_MS = 8_000;

/** The phase under which evidence has what was asked meanwhile. */
export const waitingFor = (phase: string): string => `${phase} (waiting)`;

/** Asks the cells until `isDone` is content with all the answers so far, in the order of asking; answers whether it was. */
export type AskUntil = (
  phase: string,
  cells: readonly Cell[],
  isDone: (answers: readonly ClientRecord[]) => boolean,
) => Promise<boolean>;

/** The waits of one run of a case. After one that was in vain, each later one is a single look: nothing is coming any more. */
export function waitsOf(ctx: CaseContext): AskUntil {
  let isHopeless = false;
  return async (phase, cells, isDone) => {
    const answers: ClientRecord[] = [];
    const look = async (): Promise<boolean> => {
      answers.push(...(await ctx.probe(waitingFor(phase), cells)));
      return isDone(answers);
    };
    const isMet = (await look()) || (!isHopeless && (await ctx.until(look, DEADLINE_MS)));
    isHopeless ||= !isMet;
    return isMet;
  };
}
