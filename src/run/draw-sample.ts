/** Draws a sample; one that is judged while it is drawn ends when it has decided. */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import type { Sample } from '../cases/case.js';
import { isDecided, isWatched, PARTS } from '../judge/sequential.js';

/** @param load asks so many times more and answers with what was seen. */
export async function drawSample(
  sample: Sample,
  load: (amount: number) => Promise<readonly ClientRecord[]>,
): Promise<readonly ClientRecord[]> {
  if (!isWatched(sample)) return load(sample.n);
  const drawn: ClientRecord[] = [];
  while (drawn.length < sample.n) {
    drawn.push(...(await load(Math.min(Math.ceil(sample.n / PARTS), sample.n - drawn.length))));
    const answered = drawn.filter(({ ok }) => ok);
    const hits = (backend: string): number => {
      const pods = new Set(sample.groups[backend]);
      return answered.filter(({ server }) => server !== undefined && pods.has(server)).length;
    };
    if (isDecided(sample, { hits, n: answered.length })) break;
  }
  return drawn;
}
