/** Where self-tests happen: agents as pods have them, truth servers beside them, and what else the machine did meanwhile. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MeasureJob, MeasureResult, RequestSpec } from '../../fixtures/agent/protocol.js';
import type { OwnProcess } from '../bench/processes.js';
import { takeSample, type Sample } from '../bench/usage.js';
import { LocalPod } from '../environments/local/pod.js';
import type { RunRegistration } from '../environments/local/run-state.js';
import { quantileMs } from '../load/histogram.js';
import { mergeRecordings, readRecording, type Recording } from '../load/recording.js';
import type { Pod, Sidecar } from '../mesh/driver.js';
import { Teardown } from '../run/teardown.js';
import { startTruthServer, type TruthServer } from './start-server.js';
import type { Truth } from './truths.js';

/** A late answer is a late answer, not a failure: longer than any stall here. */
const TIMEOUT_MS = 10_000;

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Load {
  readonly ratePerSecond?: number;
  readonly durationMs: number;
  readonly connections?: number;
}

export class Stand implements AsyncDisposable {
  readonly runId: string;
  readonly runDir: string;
  readonly signal: AbortSignal;
  readonly #teardown = new Teardown();
  readonly #processes = new Map<number, OwnProcess>([[process.pid, { pid: process.pid, role: 'harness' }]]);
  readonly #pods = new Map<string, Promise<LocalPod>>();
  /** 99th percentiles of how late the generator was, one for each load. */
  readonly sendLagsMs: number[] = [];

  constructor({ runId, runDir }: Pick<RunRegistration, 'runId' | 'runDir'>, signal: AbortSignal) {
    this.runId = runId;
    this.runDir = runDir;
    this.signal = signal;
  }

  async serve(truth: Truth): Promise<TruthServer> {
    const server = await startTruthServer(truth, { dir: this.runDir, runId: this.runId });
    this.#teardown.defer(`${truth.kind} server`, async () => server[Symbol.asyncDispose]());
    this.#processes.set(server.pid, { pid: server.pid, role: 'proxy' });
    return server;
  }

  /** The agent called so, started by the first who asks; `sidecars` run beside it. */
  pod(name = 'client', sidecars: (pod: Pod) => readonly Sidecar[] = () => []): Promise<LocalPod> {
    const known = this.#pods.get(name);
    if (known !== undefined) return known;
    const starting = this.#startPod(name, sidecars);
    this.#pods.set(name, starting);
    return starting;
  }

  specOf({ host, port }: Target): RequestSpec {
    return { protocol: 'http', host, port, path: '/', timeoutMs: TIMEOUT_MS };
  }

  async measure(job: MeasureJob, client = 'client'): Promise<MeasureResult> {
    const { agent } = await this.pod(client);
    return agent.measure(job, this.signal);
  }

  /** One window of load, in an open loop when a rate is given and in a closed one otherwise. */
  async load(target: Target, { ratePerSecond, durationMs, connections = 50 }: Load): Promise<Recording> {
    const { windows } = await this.measure({
      idPrefix: 'self-test/',
      spec: this.specOf(target),
      connections,
      loop:
        ratePerSecond === undefined
          ? { kind: 'closed' }
          : { kind: 'open', ratePerSecond, arrivals: 'uniform', seed: 1 },
      windows: [{ name: 'load', offsetMs: 0, durationMs }],
    });
    const recording = mergeRecordings(windows.map(readRecording));
    const lag = ratePerSecond === undefined ? undefined : quantileMs(recording.sendLag, 0.99);
    if (lag !== undefined) this.sendLagsMs.push(lag);
    return recording;
  }

  /** What the machine's counters, and those of our processes, stand at. */
  sample(): Sample | undefined {
    return takeSample([...this.#processes.values()]);
  }

  get processes(): readonly OwnProcess[] {
    return [...this.#processes.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#teardown.run();
  }

  async #startPod(name: string, sidecarsOf: (pod: Pod) => readonly Sidecar[]): Promise<LocalPod> {
    const dir = join(this.runDir, name);
    await mkdir(dir, { mode: 0o700 });
    const pod: Pod = {
      ...{ name, namespace: 'self-test', serviceAccount: 'default', labels: {}, meshed: false, ports: [] },
      ...{ ip: '127.0.0.1', dir, physicalPorts: new Map() },
    };
    const local = await LocalPod.start(
      { pod, listen: new Map(), sidecars: sidecarsOf(pod) },
      {
        runId: this.runId,
        signal: this.signal,
        onFailure: ({ container, logTail }) => process.stderr.write(`${container} of ${name} ended: ${logTail}\n`),
      },
    );
    this.#teardown.defer(`pod ${name}`, () => local.stop());
    const { pid } = await local.agent.health(this.signal);
    this.#processes.set(pid, { pid, role: 'agent', pod: name });
    for (const sidecar of local.sidecarPids) this.#processes.set(sidecar, { pid: sidecar, role: 'proxy', pod: name });
    return local;
  }
}
