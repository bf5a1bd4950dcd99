/** What a case may do while it gathers evidence. Everything done and seen is recorded under the phase's name. */
import type { ClientRecord, RequestSpec } from '../../fixtures/agent/protocol.js';
import type { PodSpec } from '../mesh/driver.js';
import type { MetricsSource } from '../metrics/answer.js';
import type { Answer } from '../metrics/status.js';
import type { Json, KubeObject, SmiObject } from '../smi/model.js';
import type { Cell, Need, Phase, Sample } from './case.js';
import type { TransportContext } from './transport.js';

/** The mesh's SMI version, or the environment, cannot carry what the case wants: unsupported, not failed. */
export class CannotExpress extends Error {}

export interface ProbeStream {
  /** Ends the stream and records what both ends saw. */
  stop(): Promise<void>;
}

export interface OpenSession {
  /** One exchange on the very connection that was opened. */
  exchange(cell: string): Promise<void>;
  close(): Promise<void>;
}

export interface OfferedObject {
  readonly admitted: boolean;
  withdraw(): Promise<void>;
}

/** What the metrics API said, and what is known of whoever said it. */
export interface MetricsAnswer extends Answer {
  /** When the answer was there. */
  readonly at: number;
  readonly source: MetricsSource;
  /** How long after a request it may be before it counts, and how far a window may reach beyond what it says. */
  readonly lagMs: number;
  /** How long after a request it may be before its latency counts. */
  readonly latencyLagMs: number;
}

export interface MetricsQuestion {
  /** The user who asks; the harness unless told. */
  readonly as?: string;
  /** Ask again until this holds, at most `deadlineMs`; what was said last is what counts. */
  readonly until?: (answer: MetricsAnswer) => boolean;
  readonly deadlineMs?: number;
}

export interface CaseContext {
  readonly signal: AbortSignal;
  /** Whether a meshed pod's connections pass its proxy only when addressed to it, or whatever they are addressed to. */
  readonly interception: 'address' | 'redirect';
  /** What can be asked beneath HTTP. */
  readonly transport: TransportContext;
  /** Whether the mesh offers something; for halves of a case that can be left out. */
  offers(need: Need): boolean;
  /** Brings the cluster into the phase's state and waits at the convergence gate. */
  enter(phase: Phase): Promise<void>;
  /** `enter` without waiting: for what happens while a change travels. */
  change(phase: Phase): Promise<void>;
  /** Waits until the last change shows on every proxy concerned. */
  converge(phase: string): Promise<void>;
  /** Asks the cells' questions, each with its controls beside it. What the clients saw is only to be waited by, never judged. */
  probe(phase: string, cells: readonly Cell[]): Promise<readonly ClientRecord[]>;
  sample(phase: string, sample: Sample): Promise<void>;
  /** One probe every `gapMs` from the cell's client until stopped. */
  stream(phase: string, cell: Cell, gapMs: number, options?: { connections?: 'new' | 'reuse' }): Promise<ProbeStream>;
  openSession(phase: string, cell: Cell): Promise<OpenSession>;
  /** A request that no cell describes; answers what the client saw. */
  send(phase: string, from: string, cell: string, spec: RequestSpec, count?: number): Promise<readonly ClientRecord[]>;
  /** Starts a pod of the case's own; stopped when the case ends. `ip` asks for the address of a pod that is gone. */
  startPod(phase: string, spec: PodSpec & { readonly ip?: string }): Promise<{ readonly ip: string }>;
  stopPod(phase: string, name: string): Promise<void>;
  rotateCertificates(phase: string): Promise<void>;
  /** Takes the control plane away and brings it back; false where the mesh cannot be asked to. For cases that run alone. */
  restartControlPlane(phase: string): Promise<boolean>;
  /** Re-applies an object with a new annotation, so that the mesh must reconcile it again. */
  touch(phase: string, object: SmiObject): Promise<void>;
  /** Hands the API an object that the model cannot hold, word for word but for its namespace; deleted when the case ends. A refusal is recorded. */
  applyRaw(phase: string, manifest: KubeObject): Promise<void>;
  /**
   * Creates an object word for word but for its namespaces, as a plain request that drops unknown fields in silence, and records what
   * the API said and stored. It stays until it is withdrawn or the case ends.
   */
  offer(phase: string, manifest: KubeObject): Promise<OfferedObject>;
  fact(phase: string, name: string, value: Json): void;
  /** The address of a pod as the environment knows it: `{ host, port }` for a logical port. */
  podAddress(
    pod: string,
    port: number,
    protocol?: 'http' | 'tcp' | 'udp',
  ): { readonly host: string; readonly port: number };
  /**
   * Asks the metrics API and records what it says. @param path absolute, or below the API's version; `/namespaces/ns1` means the one
   * of this lane, as everywhere.
   */
  metrics(phase: string, path: string, question?: MetricsQuestion): Promise<MetricsAnswer>;
  /** Waits until the probe answers true, at most `deadlineMs`; answers whether it did. */
  until(probe: () => Promise<boolean>, deadlineMs: number): Promise<boolean>;
}
