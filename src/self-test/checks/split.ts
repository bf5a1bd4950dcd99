/** Shares of answers, told from each other by the test that judges traffic splits. */
import { testShare } from '../../judge/statistics.js';
import { exactly, type Check } from '../check.js';
import type { Stand } from '../stand.js';

/** As many as a shift of 1 in 100 takes at 50:50 to be found with probability 0.99. */
const NEEDED = 78_860;
const TEST = { alpha: 0.001, power: 0.99 } as const;
const ROUND_MS = 2_000;
const SEED = 11;

const SPLITS = [
  { truth: 0.5, declared: 0.5, rejects: false },
  { truth: 0.51, declared: 0.5, rejects: true },
  { truth: 0.9, declared: 0.9, rejects: false },
  { truth: 0.88, declared: 0.9, rejects: true },
] as const;

export async function checkSplits(stand: Stand): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { truth, declared, rejects } of SPLITS) {
    const server = await stand.serve({ kind: 'split', share: truth, seed: SEED });
    const seen = { a: 0, b: 0 };
    while (seen.a + seen.b < NEEDED) {
      stand.signal.throwIfAborted();
      const { servers } = await stand.load(server, { durationMs: ROUND_MS, connections: 8 });
      seen.a += servers['a'] ?? 0;
      seen.b += servers['b'] ?? 0;
    }
    const n = seen.a + seen.b;
    const name = `split ${words(truth)} declared ${words(declared)}`;
    const { answeredBy } = await server.report();
    const { rejected } = testShare('a', { hits: seen.a, n }, { p0: declared, ...TEST });
    await server[Symbol.asyncDispose]();
    checks.push(
      exactly({
        name: `${name}, answers counted by pod`,
        unit: 'requests',
        truth: answeredBy['a'] ?? 0,
        reading: seen.a,
      }),
      exactly({
        name: `${name}, rejected at n = ${n}`,
        unit: 'verdict',
        truth: Number(rejects),
        reading: Number(rejected),
      }),
    );
  }
  return checks;
}

function words(share: number): string {
  return `${Math.round(share * 100)}:${Math.round((1 - share) * 100)}`;
}
