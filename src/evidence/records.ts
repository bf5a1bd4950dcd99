/** The lines of an evidence file: append-only NDJSON, one object a line, first line `case`. */
import type { ClientRecord, ServerRecord } from '../../fixtures/agent/protocol.js';
import type { Json, KubeObject } from '../smi/model.js';

export const EVIDENCE_VERSION = 'meshgauge.dev/evidence/v1';

export interface CaseLine {
  readonly kind: 'case';
  readonly apiVersion: typeof EVIDENCE_VERSION;
  readonly id: string;
  readonly run: string;
  readonly seed: number;
  readonly mesh: string;
}

/** A change that the API accepted or refused. */
export interface ChangeLine {
  readonly kind: 'change';
  readonly phase: string;
  readonly t: number;
  readonly action:
    | 'apply'
    | 'delete'
    | 'apply-service'
    | 'delete-service'
    | 'start-pod'
    | 'stop-pod'
    | 'set-mode'
    | 'rotate'
    | 'restart';
  readonly object: KubeObject | { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly accepted: boolean;
  readonly message?: string;
}

/** The convergence gate of a phase: a marker that the old configuration cannot produce. */
export interface GateLine {
  readonly kind: 'gate';
  readonly phase: string;
  readonly t: number;
  readonly converged: boolean;
  readonly deadlineMs: number;
  /** From the API accepting the change until the marker was first seen, and until it was seen on every proxy the required number of times in a row. */
  readonly firstMs?: number;
  readonly stableMs?: number;
  readonly probes: number;
  /** Until no proxy served a connection any more that was opened under an older policy; where the mesh can say. */
  readonly settledMs?: number;
  /** The deadline was cut because several gates in a row had passed the full one. */
  readonly shortened?: true;
  readonly waitingFor?: string;
}

/** Anything else a judge needs, by name. */
export interface FactLine {
  readonly kind: 'fact';
  readonly phase: string;
  readonly t: number;
  readonly name: string;
  readonly value: Json;
}

/** The case could not be carried out: infrastructure, never the mesh's answer. */
export interface TroubleLine {
  readonly kind: 'trouble';
  readonly phase: string;
  readonly t: number;
  readonly verdict: 'error' | 'unsupported' | 'inconclusive';
  readonly message: string;
}

export type ClientLine = ClientRecord & { readonly phase: string };
export type ServerLine = ServerRecord & { readonly phase: string };

export type EvidenceLine = CaseLine | ChangeLine | GateLine | FactLine | TroubleLine | ClientLine | ServerLine;

/** Parsed evidence of one case, in file order. */
export interface Evidence {
  readonly header: CaseLine;
  readonly lines: readonly EvidenceLine[];
}
