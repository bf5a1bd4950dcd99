/** What a sample has to show, in words. */
import type { Expectation } from '../cases/case.js';

export function describeExpectation(expect: Expectation): string {
  switch (expect.kind) {
    case 'shares':
      return `shares ${listShares(expect.shares)}, a shift of ${expect.delta * 100} points is found`;
    case 'not-shares':
      return `the same test rejects the shares ${listShares(expect.shares)}`;
    case 'only':
      return `nobody answers but ${expect.backends.join(', ')}`;
    case 'all':
      return `each of ${expect.backends.join(', ')} answers`;
    case 'present':
      return `${expect.backend} answers, with no more than a share of ${expect.share}`;
  }
}

function listShares(shares: Readonly<Record<string, number>>): string {
  return Object.entries(shares)
    .map(([name, share]) => `${name} ${Number((share * 100).toPrecision(4))} %`)
    .join(', ');
}
