/** The pods of a benchmark, which of its arms the mesh lets through, and how each is loaded. */
import {
  BODY_HEADER,
  ECHO_HEADER,
  type ClientRecord,
  type MeasureJob,
  type MeasureResult,
  type RequestSpec,
} from '../../fixtures/agent/protocol.js';
import { HarnessError } from '../errors/harness-error.js';
import type { Pod, PodSpec } from '../mesh/driver.js';
import { now } from '../run/clock.js';
import { Lane } from '../run/lane.js';
import type { MeshSession } from '../run/mesh-session.js';
import { pause } from '../run/pause.js';
import { loadWorkloadSet } from '../workloads/workload-set.js';
import { ARMS, type Arm } from './arms.js';
import { BENCH } from './fixture.js';
import { Fleets, type JobsSetting } from './fleets.js';
import type { ArmProof, ArmState } from './records.js';

/** An answer that takes longer counts as one that failed, and its request as late by as much. */
const REQUEST_TIMEOUT_MS = 10_000;
const PROBES = 5;
const LOOK_GAP_MS = 100;
/** What each answer carries: a kilobyte, as benchmarks of meshes have done since the first. */
export const PAYLOAD_BYTES = 1024;
/** The server keeps no record of a measured request: memory would grow with the load. */
const MEASURED = [
  [ECHO_HEADER, 'none'],
  [BODY_HEADER, String(PAYLOAD_BYTES)],
] as const;

export class Ground implements AsyncDisposable {
  readonly #lane: Lane;
  readonly #signal: AbortSignal;
  /** Unmeshed clients may come in by the second namespace. */
  readonly #isOpen: boolean;
  readonly #startFleets: (() => Promise<Fleets>) | undefined;
  #fleets: Fleets | undefined;
  #probes = 0;

  private constructor(lane: Lane, signal: AbortSignal, isOpen: boolean, startFleets?: () => Promise<Fleets>) {
    this.#lane = lane;
    this.#signal = signal;
    this.#isOpen = isOpen;
    this.#startFleets = startFleets;
  }

  /**
   * Starts everything; the signal of the ground is aborted when one of its programs dies.
   * @param jobs the load comes from a Job for each arm, instead of the client pod alone
   */
  static async start(session: MeshSession, signal: AbortSignal, jobs?: JobsSetting): Promise<Ground> {
    const { env, mesh } = session;
    const lane = new Lane({
      name: 'bench',
      fixture: BENCH,
      workloads: await loadWorkloadSet(BENCH.workloads),
      env,
      mesh,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    });
    const broken = new AbortController();
    env.onPodFailure(({ pod, container, logFile }) => {
      if (!lane.owns(pod)) return;
      broken.abort(
        new HarnessError({
          code: 'E_POD_DIED',
          message: `${container} of pod ${pod} ended while it was measured`,
          hint: `run again with --keep to keep its log, ${logFile}`,
        }),
      );
    });
    await lane.setUp();
    const isOpen = mesh.setMode !== undefined && mesh.capabilities.mtls.includes('permissive');
    if (isOpen) await mesh.setMode?.(lane.namespace('ns2'), { mtls: 'permissive', access: 'allow' });
    const either = AbortSignal.any([signal, broken.signal]);
    if (jobs === undefined) return new Ground(lane, either, isOpen);
    const clients = [...new Set(ARMS.map(({ client }) => client))].map((name) => lane.pod(name).pod);
    const ground = new Ground(lane, either, isOpen, () => Fleets.start(session, clients, jobs, either));
    ground.#fleets = await ground.#startFleets?.();
    return ground;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fleets?.[Symbol.asyncDispose]();
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get pods(): readonly Pod[] {
    return [...new Set(ARMS.flatMap(({ client, server }) => [...this.#sendersOf(client), this.#lane.pod(server).pod]))];
  }

  /** From where, and for what, this arm asks. */
  requestOf(arm: Arm): { readonly client: Pod; readonly spec: RequestSpec } {
    const spec = { ...this.#specOf(arm), headers: MEASURED, timeoutMs: REQUEST_TIMEOUT_MS };
    return { client: this.#lane.pod(arm.client).pod, spec };
  }

  /** The pods on the way of an arm, as `namespace/name`. */
  podsOf({ client, server }: Arm): readonly string[] {
    return [...this.#sendersOf(client), this.#lane.pod(server).pod].map(
      ({ namespace, name }) => `${namespace}/${name}`,
    );
  }

  #sendersOf(client: string): readonly Pod[] {
    const { pod } = this.#lane.pod(client);
    return this.#fleets?.podsOf(pod) ?? [pod];
  }

  /** Asks each arm until it is answered, or until the deadline says that the mesh does not let it through. */
  async prove(arms: readonly Arm[], deadlineMs: number): Promise<readonly ArmState[]> {
    return Promise.all(arms.map((arm) => this.#proveArm(arm, deadlineMs)));
  }

  async measure(
    arm: Arm,
    { timeoutMs = REQUEST_TIMEOUT_MS, ...job }: Omit<MeasureJob, 'spec' | 'idPrefix'> & { readonly timeoutMs?: number },
    idPrefix: string,
  ): Promise<MeasureResult> {
    const { client, spec } = this.requestOf(arm);
    const whole = { ...job, spec: { ...spec, timeoutMs }, idPrefix };
    return (
      this.#fleets?.measure(client, whole, this.#signal) ??
      this.#lane.pod(arm.client).agent.measure(whole, this.#signal)
    );
  }

  /** The same pods once more, with new processes and new connections: how a process happens to start is part of the noise. */
  async restart(): Promise<void> {
    await this.#fleets?.[Symbol.asyncDispose]();
    const names = new Set(ARMS.flatMap(({ client, server }) => [client, server]));
    const specs = [...names].map((each): PodSpec => {
      const { name, namespace, serviceAccount, labels, meshed, ports } = this.#lane.pod(each).pod;
      return { name, namespace, serviceAccount, labels, meshed, ports };
    });
    for (const { name, namespace } of specs)
      await this.#lane.removePod(namespace === this.#lane.namespace('ns1') ? name : `ns2/${name}`);
    await this.#lane.addPods(specs);
    // Some meshes say grants in terms of pods.
    if (this.#lane.mesh.capabilities.kinds.length > 0) await this.#lane.objects.change([], new Map());
    this.#fleets = await this.#startFleets?.();
  }

  async #proveArm(arm: Arm, deadlineMs: number): Promise<ArmState> {
    const { client, server, description, name } = arm;
    const until = now() + deadlineMs;
    let records: readonly ClientRecord[] = [];
    for (;;) {
      this.#signal.throwIfAborted();
      this.#probes += 1;
      const idPrefix = `probe/${this.#probes}/`;
      records = await this.#lane.pod(client).agent.batch(
        {
          idPrefix,
          items: [{ cell: 'probe', count: PROBES, spec: { ...this.#specOf(arm), timeoutMs: 2_000 } }],
          concurrency: 1,
          connections: 'new',
        },
        this.#signal,
      );
      if (records.every(({ ok }) => ok))
        return { arm: name, description, proof: await this.#proofOf(server, idPrefix) };
      if (now() > until) return { arm: name, description, proof: {}, unmeasurable: this.#reasonOf(arm, records) };
      await pause(LOOK_GAP_MS, this.#signal);
    }
  }

  async #proofOf(server: string, idPrefix: string): Promise<ArmProof> {
    const seen = (await this.#lane.pod(server).agent.records()).filter(({ id }) => id.startsWith(idPrefix));
    const identity = /URI=([^;,]+)/.exec(seen.at(-1)?.xfcc ?? '')?.[1];
    return identity === undefined ? {} : { identity };
  }

  #specOf(arm: Arm): RequestSpec {
    return this.#lane.requestOf({ from: arm.client, to: `${arm.server}:8080`, protocol: 'http', path: '/bench' });
  }

  #reasonOf({ name }: Arm, records: readonly ClientRecord[]): string {
    const failed = records.find(({ ok }) => !ok);
    const how = failed?.status === undefined ? (failed?.error?.code ?? 'no answer') : `status ${failed.status}`;
    const why: Readonly<Partial<Record<Arm['name'], string>>> = {
      'client-only': 'the mesh does not let a client out to a server outside',
      'server-only': this.#isOpen
        ? 'the mesh does not let a client without a proxy in, though it was told to'
        : 'the mesh lets no client without a proxy in, and has no mode that does',
    };
    return `${why[name] ?? 'it was never answered'} (${how})`;
  }
}
