/** Draws a sample; one that is judged while it is drawn ends when it has decided. */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import type { Sample } from '../cases/case.js';
import { isDecided, PARTS, watchedBackend } from '../judge/sequential.js';

/** @param load asks so many times more and answers with what was seen. */
export async function drawSample(
  sample: Sample,
  load: (amount: number) => Promise<readonly ClientRecord[]>,
): Promise<readonly ClientRecord[]> {
  const backend = watchedBackend(sample);
  if (backend === undefined) return load(sample.n);
  const pods = new Set(sample.groups[backend]);
  const drawn: ClientRecord[] = [];
  while (drawn.length < sample.n) {
    drawn.push(...(await load(Math.min(Math.ceil(sample.n / PARTS), sample.n - drawn.length))));
    const answered = drawn.filter(({ ok }) => ok);
    const hits = answered.filter(({ server }) => server !== undefined && pods.has(server)).length;
    if (isDecided(sample, { hits, n: answered.length })) break;
  }
  return drawn;
}
