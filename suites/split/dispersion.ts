/** Whether successive requests are shared like independent draws: a side observation of cases that hold a ratio on one connection. */
import type { Exchange } from '../../src/judge/exchanges.js';

const BLOCK = 20;
const NARROWEST = 0.4;

/**
 * Variance of the hits of p1 per block of requests against that of independent draws, of which chance keeps the index within three
 * standard deviations of 1; undefined where there is nothing to compare.
 */
export function dispersion(seen: readonly Exchange[]): string | undefined {
  const first = seen.toSorted((a, b) => a.client.t - b.client.t).map(({ servers }) => servers[0]?.pod === 'p1');
  const blocks = Array.from({ length: Math.floor(first.length / BLOCK) }, (_, index) =>
    first.slice(index * BLOCK, (index + 1) * BLOCK),
  );
  const share = first.filter(Boolean).length / first.length;
  if (blocks.length < 2 || share === 0 || share === 1) return undefined;
  const squares = blocks.reduce((sum, block) => sum + (block.filter(Boolean).length - BLOCK * share) ** 2, 0);
  const index = squares / (blocks.length - 1) / (BLOCK * share * (1 - share));
  const slack = Math.max(NARROWEST, 3 * Math.sqrt(2 / (blocks.length - 1)));
  const reading =
    index < 1 - slack ? 'more evenly than independent draws' : index > 1 + slack ? 'in runs' : 'like independent draws';
  return `successive requests are shared ${reading} (dispersion ${index.toFixed(2)})`;
}
