/** How what was measured grows with the number of clients. */
import { costPerClient, fitGrowth, type Growth, type Point } from './growth.js';
import type { SizeResult } from './size-result.js';

const COSTS = {
  last: ({ received }: SizeResult) => received?.lastMs,
  spread: ({ spreadMs }: SizeResult) => spreadMs,
  cpu: ({ controlPlane }: SizeResult) => controlPlane?.cpuUs,
  bytes: ({ bytes }: SizeResult) => bytes,
} as const;
export type CostName = keyof typeof COSTS;

export interface GrowthReport {
  readonly growth: readonly (Growth & { readonly of: CostName })[];
  readonly residentBytesPerClient?: number;
  readonly simulatorBytesPerClient?: number;
}

export function describeGrowth(sizes: readonly SizeResult[]): GrowthReport {
  const pointsOf = (valueOf: (size: SizeResult) => number | undefined): readonly Point[] =>
    sizes.flatMap((size) => {
      const value = valueOf(size);
      return value === undefined ? [] : [{ clients: size.clients, value }];
    });
  const names = Object.keys(COSTS) as CostName[];
  const resident = costPerClient(pointsOf(({ controlPlane }) => controlPlane?.residentBytes));
  const simulator = costPerClient(pointsOf((size) => size.simulator.residentBytes));
  return {
    growth: names.flatMap((of) => {
      const growth = fitGrowth(pointsOf(COSTS[of]));
      return growth === undefined ? [] : [{ of, ...growth }];
    }),
    ...(resident !== undefined && { residentBytesPerClient: resident }),
    ...(simulator !== undefined && { simulatorBytesPerClient: simulator }),
  };
}
