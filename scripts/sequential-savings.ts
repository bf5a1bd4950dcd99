/**
 * What a share costs that is tested while it is drawn, beside the fixed n with the same error rates: `npx tsx scripts/sequential-savings.ts`.
 * Simulated with the eighths in which a sample is drawn, seeded.
 */
import { createSeededRandom } from '../fixtures/agent/seeded-random.js';
import { decideShare, PARTS, planShare } from '../src/judge/sequential.js';
import { planRatio } from '../src/judge/statistics.js';

const RUNS = 2_000;
const DESIGNS = [
  { p0: 0.5, delta: 0.05 },
  { p0: 0.75, delta: 0.05 },
  { p0: 0.9, delta: 0.05 },
  { p0: 0.5, delta: 0.1 },
] as const;

/** Requests drawn until the test has decided, on average. */
function meanDraws(design: (typeof DESIGNS)[number], truth: number): number {
  const plan = planShare(design);
  const random = createSeededRandom(1);
  let total = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const counts = { hits: 0, n: 0 };
    while (counts.n < plan.n) {
      const part = Math.min(Math.ceil(plan.n / PARTS), plan.n - counts.n);
      for (let i = 0; i < part; i += 1) if (random() < truth) counts.hits += 1;
      counts.n += part;
      if (decideShare(plan, counts) !== 'draw-on') break;
    }
    total += counts.n;
  }
  return Math.round(total / RUNS);
}

process.stdout.write('| p₀   | δ    | fixed n | at most | mean, as declared | mean, δ off | mean, half of δ off |\n');
process.stdout.write('| ---- | ---- | ------- | ------- | ----------------- | ----------- | ------------------- |\n');
for (const design of DESIGNS) {
  const { p0, delta } = design;
  const cells = [
    p0.toFixed(2).padEnd(4),
    delta.toFixed(2),
    String(planRatio(design).n).padEnd(7),
    String(planShare(design).n).padEnd(7),
    String(meanDraws(design, p0)).padEnd(17),
    String(meanDraws(design, p0 - delta)).padEnd(11),
    String(meanDraws(design, p0 - delta / 2)).padEnd(19),
  ];
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
