/** A fixture is a workload set, the policy that is always in force in it, and the markers by which convergence is seen. */
import type { SmiObject } from '../smi/model.js';

/**
 * server-access: a fresh TrafficTarget lets the witness reach a path nobody could reach before, on each server concerned.
 * client-split: the marker root `epoch` is split to one leaf only, each time the next one of them.
 * client-policy: client-split, asked for only where targets configure clients as well (feature `client-side-policy`): there
 * the server's consent does not show that the client has heard of it.
 */
export type MarkerKind = 'server-access' | 'client-split' | 'client-policy';

export interface FixtureRecord {
  readonly name: string;
  /** File under fixtures/workloads. */
  readonly workloads: string;
  readonly base: readonly SmiObject[];
  readonly markers: readonly MarkerKind[];
  /** The pods behind the services `epoch-a`, `epoch-b` and so on, in this order; two or more. */
  readonly markerPods: readonly string[];
  /** HTTP ports of the service `epoch`: each port of a proxy may learn of a change by itself. */
  readonly markerPorts: readonly number[];
  /** The service each client may always reach: its liveness control. */
  readonly controlTarget: (client: string) => string;
  /** Who proves that a server lives, and on which service each server identity answers. */
  readonly witness: string;
  readonly serviceOf: Readonly<Record<string, string>>;
}
