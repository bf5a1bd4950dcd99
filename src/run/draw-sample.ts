/** Draws a sample; one that is judged while it is drawn ends when it has decided. */
import type { ClientRecord } from '../../fixtures/agent/protocol.js';
import type { Sample } from '../cases/case.js';
import { decideShare, sequentialPlanOf } from '../judge/sequential.js';

/** Between two looks: an eighth of the planned n, for each part opens its connections anew. */
const PARTS = 8;

/** @param load asks so many times more and answers with what was seen. */
export async function drawSample(
  sample: Sample,
  load: (amount: number) => Promise<readonly ClientRecord[]>,
): Promise<readonly ClientRecord[]> {
  const plan = sequentialPlanOf(sample);
  if (plan === undefined) return load(sample.n);
  const pods = new Set(sample.groups[plan.backend]);
  const drawn: ClientRecord[] = [];
  while (drawn.length < sample.n) {
    const part = await load(Math.min(Math.ceil(sample.n / PARTS), sample.n - drawn.length));
    drawn.push(...part);
    const answered = drawn.filter(({ ok }) => ok);
    const hits = answered.filter(({ server }) => server !== undefined && pods.has(server)).length;
    if (decideShare(plan, { hits, n: answered.length }) !== 'draw-on') break;
  }
  return drawn;
}
