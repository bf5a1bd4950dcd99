/** How an answer of the metrics API stands in the evidence: a fact, named after the path that was asked. */
import type { Json } from '../smi/model.js';

export const METRICS_FACT = 'metrics of ';

/** Type alias, not interface: only those count as JSON. */
export type MetricsFact = {
  readonly status: number;
  readonly body: Json;
  readonly at: number;
  readonly source: 'native' | 'shim';
  readonly lagMs: number;
  readonly latencyLagMs?: number;
  /** As it was asked for. */
  readonly path: string;
  /** How often, until the answer was the one that was waited for. */
  readonly asked: number;
  readonly as?: string;
  /** Real namespaces, as the answer has them, and what the case calls them. */
  readonly namespaces: { readonly [real: string]: string };
};
