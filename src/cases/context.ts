/** What a case may do while it gathers evidence. Everything done and seen is recorded under the phase's name. */
import type { RequestSpec } from '../../fixtures/agent/protocol.js';
import type { PodSpec } from '../mesh/driver.js';
import type { Json, KubeObject, SmiObject } from '../smi/model.js';
import type { Cell, Need, Phase, Sample } from './case.js';

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

export interface CaseContext {
  readonly signal: AbortSignal;
  /** Whether a meshed pod's connections pass its proxy only when addressed to it, or whatever they are addressed to. */
  readonly interception: 'address' | 'redirect';
  /** Whether the mesh offers something; for halves of a case that can be left out. */
  offers(need: Need): boolean;
  /** Brings the cluster into the phase's state and waits at the convergence gate. */
  enter(phase: Phase): Promise<void>;
  /** `enter` without waiting: for what happens while a change travels. */
  change(phase: Phase): Promise<void>;
  /** Waits until the last change shows on every proxy concerned. */
  converge(phase: string): Promise<void>;
  /** Asks the cells' questions, each with its controls beside it. */
  probe(phase: string, cells: readonly Cell[]): Promise<void>;
  sample(phase: string, sample: Sample): Promise<void>;
  /** One probe every `gapMs` from the cell's client until stopped. */
  stream(phase: string, cell: Cell, gapMs: number, options?: { connections?: 'new' | 'reuse' }): Promise<ProbeStream>;
  openSession(phase: string, cell: Cell): Promise<OpenSession>;
  /** A request that no cell describes (TLS handshakes, ways past the mesh). */
  send(phase: string, from: string, cell: string, spec: RequestSpec, count?: number): Promise<void>;
  /** Starts a pod of the case's own; stopped when the case ends. `ip` asks for the address of a pod that is gone. */
  startPod(phase: string, spec: PodSpec & { readonly ip?: string }): Promise<{ readonly ip: string }>;
  stopPod(phase: string, name: string): Promise<void>;
  rotateCertificates(phase: string): Promise<void>;
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
  /** Waits until the probe answers true, at most `deadlineMs`; answers whether it did. */
  until(probe: () => Promise<boolean>, deadlineMs: number): Promise<boolean>;
}
