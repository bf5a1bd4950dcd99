/** Workloads for convergence: two leaves behind one root, clients that ask them, and servers of one identity, each with a service of its own. */
import type { FixtureRecord } from '../cases/fixture.js';
import { group, http, match, target } from '../cases/objects.js';
import { loadWorkloadSet, type WorkloadSet } from '../workloads/workload-set.js';

/** As many as the workload file has of each kind. */
export const MAX_PROXIES = 16;

export const CLIENT_ACCOUNT = 'client';
export const SERVER_ACCOUNT = 'server';
/** Each leaf of the root is one pod, and a service and an identity of the name `leaf-…`. */
export type Leaf = 'a' | 'b';
export const leafService = (leaf: Leaf): string => `leaf-${leaf}`;

export const CONVERGE: FixtureRecord = {
  name: 'converge',
  workloads: 'converge',
  base: [
    group('any', [match('any', '.*')]),
    target('leaf-a', { to: 'leaf-a', from: [CLIENT_ACCOUNT], rules: [http('any')] }),
    target('leaf-b', { to: 'leaf-b', from: [CLIENT_ACCOUNT], rules: [http('any')] }),
  ],
  markers: [],
  markerPods: [],
  markerPorts: [],
  controlTarget: () => 'root:8080',
  witness: 'c1',
  serviceOf: { [SERVER_ACCOUNT]: 's1' },
};

/** The first `proxies` clients and servers of the set. */
export async function convergeWorkloads(proxies: number): Promise<WorkloadSet> {
  const numbered = /^[cs](\d+)$/;
  return (await loadWorkloadSet(CONVERGE.workloads)).only((name) => Number(numbered.exec(name)?.[1] ?? 0) <= proxies);
}
