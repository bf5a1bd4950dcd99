/** One case in its lane: carries out what the case asks for and writes down everything done and seen. */
import type { BatchItem, ClientRecord, RequestSpec } from '../../fixtures/agent/protocol.js';
import type { Cell, CaseRecord, Need, Phase, Sample } from '../cases/case.js';
import type {
  CaseContext,
  MetricsAnswer,
  MetricsQuestion,
  OfferedObject,
  OpenSession,
  ProbeStream,
} from '../cases/context.js';
import type { EvidenceLine } from '../evidence/records.js';
import type { EvidenceWriter } from '../evidence/store.js';
import { HarnessError } from '../errors/harness-error.js';
import { portKey, type PodSpec } from '../mesh/driver.js';
import type { Json, KubeObject, SmiObject } from '../smi/model.js';
import { askMetrics } from './ask-metrics.js';
import { now } from './clock.js';
import { controlsOf } from './controls.js';
import { askAgent, drawSample } from './draw-sample.js';
import { EndedEarly, showsViolation } from './first-violation.js';
import { waitForMarkers, waitUntilSettled, type Marker } from './gate.js';
import { markersFor } from './markers.js';
import { ObjectsInForce } from './objects-in-force.js';
import { OpenTraffic } from './open-traffic.js';
import { LaneChanges } from './lane-changes.js';
import type { Lane } from './lane.js';
import { offers } from './plan.js';
import type { CaseRunOptions } from './case-run-options.js';
import { learn, nextDeadline, noteRestart, type Patience } from './patience.js';
import { RequestIds } from './request-ids.js';
import { pause } from './pause.js';
import { Teardown } from './teardown.js';
import { Transport } from './transport.js';

const CONCURRENCY = 4;

export class CaseRun implements CaseContext {
  readonly signal: AbortSignal;
  readonly transport: Transport;
  readonly #lane: Lane;
  readonly #record: CaseRecord;
  readonly #writer: EvidenceWriter;
  readonly #patience: Patience;
  readonly #endAtViolation: boolean;
  readonly #objects: ObjectsInForce;
  readonly #changes: LaneChanges;
  readonly #open: OpenTraffic;
  #markers: readonly Marker[] = [];
  #phase: Pick<Phase, 'objects' | 'bare' | 'control' | 'services'> = { objects: [] };
  #changedAt = 0;
  /** Of each job. */
  readonly #ids: RequestIds;

  constructor(options: CaseRunOptions) {
    this.signal = options.signal;
    this.#lane = options.lane;
    this.transport = new Transport(options.lane, this);
    this.#record = options.record;
    this.#ids = new RequestIds(options.record.id);
    this.#writer = options.writer;
    this.#patience = options.patience;
    this.#endAtViolation = options.endAtViolation === true;
    this.#open = new OpenTraffic(options.lane, {
      prefix: (what, phase) => this.#ids.prefix(what, phase),
      write: (phase, records) => this.#writeClients(phase, records),
    });
    this.#changes = new LaneChanges(options.lane, (line) => this.#write(line));
    this.#objects = new ObjectsInForce(options.lane, options.record.id.toLowerCase(), (line) => this.#write(line));
  }

  get fidelity() {
    return this.#objects.fidelity;
  }

  get interception(): 'address' | 'redirect' {
    return this.#lane.env.interception;
  }

  offers(need: Need): boolean {
    return offers(this.#lane.mesh.capabilities, need);
  }

  async enter(phase: Phase): Promise<void> {
    await this.change(phase);
    await this.converge(phase.name);
  }

  async change(phase: Phase): Promise<void> {
    this.signal.throwIfAborted();
    this.#phase = phase;
    if (phase.mode !== undefined) await this.#changes.setMode(phase.name, phase.mode);
    const before = this.#objects.identities();
    this.#lane.epoch += 1;
    this.#markers = markersFor(this.#lane, phase, before);
    this.#changedAt = now();
    await this.#objects.become(phase, this.#markers);
  }

  async converge(phase: string): Promise<void> {
    const { mesh } = this.#lane;
    if (this.#markers.length === 0 && mesh.isSettled === undefined) return;
    const { deadlineMs, shortened } = nextDeadline(this.#patience, this.#phase.control === true);
    const wait = { since: this.#changedAt, deadlineMs, signal: this.signal };
    const shown = await waitForMarkers(this.#markers, {
      ...wait,
      idPrefix: this.#ids.prefix('gate', `${phase} (gate)`),
    });
    const result =
      shown.converged && mesh.isSettled !== undefined
        ? await waitUntilSettled(shown, async () => (await mesh.isSettled?.(this.#lane.namespaces())) ?? true, wait)
        : shown;
    learn(this.#patience, { converged: result.converged, tookMs: result.settledMs ?? result.stableMs ?? 0 });
    const { records, ...gate } = result;
    this.#write({ kind: 'gate', phase, t: now(), deadlineMs, ...gate, ...(shortened ? { shortened } : {}) });
    for (const record of records) this.#write({ ...record, phase: `${phase} (gate)` });
  }

  async probe(phase: string, cells: readonly Cell[]): Promise<readonly ClientRecord[]> {
    this.signal.throwIfAborted();
    const perClient = new Map<string, BatchItem[]>();
    const add = (from: string, { cell, count, spec }: BatchItem): void => {
      const items = perClient.get(from) ?? [];
      if (!items.some((item) => item.cell === cell)) perClient.set(from, [...items, { cell, count, spec }]);
    };
    for (const cell of cells) {
      add(cell.from, { cell: cell.key, count: cell.count, spec: this.#lane.requestOf(cell) });
      if (cell.expect === 'deny')
        for (const control of controlsOf(this.#lane, this.#phase, cell)) add(control.from, control);
    }
    const batches = [...perClient].map(([from, items]) =>
      this.#lane
        .pod(from)
        .agent.batch(
          { idPrefix: this.#ids.prefix(from, phase), items, concurrency: CONCURRENCY, connections: 'new' },
          this.signal,
        ),
    );
    const records = (await Promise.all(batches)).flat();
    this.#writeClients(phase, records);
    this.#endIfViolated(phase, { cells }, records);
    return records;
  }

  async sample(phase: string, sample: Sample): Promise<void> {
    this.signal.throwIfAborted();
    const headers = [...(sample.headers ?? []), ['x-meshgauge-echo', 'brief'] as const];
    const spec = this.#lane.requestOf({ protocol: 'http', ...sample, headers });
    const { agent } = this.#lane.pod(sample.from);
    const records = await drawSample(sample, (amount) =>
      askAgent(agent, sample, { spec, amount, idPrefix: this.#ids.prefix(sample.from, phase), signal: this.signal }),
    );
    this.#writeClients(phase, records);
    await this.#drain();
    this.#endIfViolated(phase, { samples: [sample] }, records);
  }

  stream(phase: string, cell: Cell, gapMs: number, options?: { connections?: 'new' | 'reuse' }): Promise<ProbeStream> {
    return this.#open.stream(phase, cell, gapMs, options);
  }

  openSession(phase: string, cell: Cell): Promise<OpenSession> {
    return this.#open.session(phase, cell);
  }

  async send(
    phase: string,
    from: string,
    cell: string,
    spec: RequestSpec,
    count = 1,
  ): Promise<readonly ClientRecord[]> {
    const batch = {
      idPrefix: this.#ids.prefix(from, phase),
      items: [{ cell, count, spec }],
      concurrency: 1,
      connections: 'new' as const,
    };
    const records = await this.#lane.pod(from).agent.batch(batch, this.signal);
    this.#writeClients(phase, records);
    return records;
  }

  startPod(phase: string, spec: PodSpec & { readonly ip?: string }): Promise<{ readonly ip: string }> {
    return this.#changes.startPod(phase, spec);
  }

  async stopPod(phase: string, name: string): Promise<void> {
    await this.#drain();
    await this.#changes.stopPod(phase, name);
  }

  rotateCertificates(phase: string): Promise<void> {
    return this.#changes.rotateCertificates(phase);
  }

  async restartControlPlane(phase: string): Promise<boolean> {
    const isDone = await this.#changes.restartControlPlane(phase);
    if (isDone) noteRestart(this.#patience);
    return isDone;
  }

  touch(phase: string, object: SmiObject): Promise<void> {
    return this.#objects.touch(phase, object);
  }

  applyRaw(phase: string, manifest: KubeObject): Promise<void> {
    return this.#objects.applyRaw(phase, manifest);
  }

  offer(phase: string, manifest: KubeObject): Promise<OfferedObject> {
    return this.#objects.offer(phase, manifest);
  }

  async metrics(phase: string, path: string, question: MetricsQuestion = {}): Promise<MetricsAnswer> {
    const { answer, fact } = await askMetrics(this.#lane, path, question, this.signal);
    this.fact(phase, fact.name, fact.value);
    return answer;
  }

  fact(phase: string, name: string, value: Json): void {
    this.#write({ kind: 'fact', phase, t: now(), name, value });
  }

  podAddress(
    name: string,
    port: number,
    protocol: 'http' | 'tcp' | 'udp' = 'http',
  ): { readonly host: string; readonly port: number } {
    const { pod } = this.#lane.pod(name);
    return { host: pod.ip, port: pod.physicalPorts.get(portKey({ port, protocol })) ?? port };
  }

  async until(probe: () => Promise<boolean>, deadlineMs: number): Promise<boolean> {
    const end = now() + deadlineMs;
    while (now() < end) {
      if (await probe()) return true;
      await pause(5, this.signal);
    }
    return false;
  }

  /** Leaves the lane as it was found, whatever happened. */
  async cleanUp(): Promise<void> {
    const undo = new Teardown();
    undo.defer('objects', () => this.#objects.clear());
    this.#changes.undoWith(undo);
    const failures = [...(await this.#open.end())];
    try {
      await this.#drain();
    } finally {
      failures.push(...(await undo.run()));
    }
    const [first] = failures;
    if (first !== undefined)
      throw new HarnessError({
        code: 'E_CLEAN_UP',
        message: `the case left something behind: ${first}`,
        hint: 'the cases after it may have been disturbed; look at the logs of the run with --keep',
      });
  }

  /** Phases that a case judges in its own way are none of this. */
  #endIfViolated(name: string, asked: Pick<Phase, 'cells' | 'samples'>, records: readonly ClientRecord[]): void {
    const phase = this.#endAtViolation ? this.#record.phases?.find((candidate) => candidate.name === name) : undefined;
    if (phase === undefined) return;
    // What a case asks beside its phases it judges itself.
    const declared = new Set([...(phase.cells ?? []), ...(phase.samples ?? [])].map(({ key }) => key));
    const cells = (asked.cells ?? []).filter(({ key }) => declared.has(key));
    const samples = (asked.samples ?? []).filter(({ key }) => declared.has(key));
    if (showsViolation({ ...phase, cells, samples }, records)) throw new EndedEarly(`${name} shows a violation`);
  }

  #writeClients(phase: string, records: readonly ClientRecord[]): void {
    for (const record of records) this.#write({ ...record, phase });
  }

  /**
   * Takes over what the servers saw: after much traffic, before pods go, and at the end. Each call goes through all the pods, so it
   * is not made after each phase; the id of a request tells which phase it belongs to.
   */
  async #drain(): Promise<void> {
    const drained = await Promise.all(this.#lane.servers().map(({ agent }) => agent.records()));
    for (const record of drained.flat()) this.#write({ ...record, phase: this.#ids.phaseOf(record.id) });
    this.#writer.flush();
  }

  #write(line: EvidenceLine): void {
    this.#writer.append(line);
  }
}
