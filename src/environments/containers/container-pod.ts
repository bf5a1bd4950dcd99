import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { HarnessError } from '../../errors/harness-error.js';
import type { Pod, PodPlan } from '../../mesh/driver.js';
import { AgentClient } from '../../traffic/agent-client.js';
import { CannotCapture, type WireCapture } from '../capture.js';
import type { PodFailure, RunningPod } from '../environment.js';
import { pollUntil } from '../local/poll.js';
import { droppedPackets, isListening } from '../tcpdump.js';
import { Container, type ContainerSpec } from './container.js';
import type { Docker } from './engine.js';
import {
  agentConfig,
  agentContainer,
  holderContainer,
  HOLDER_READY,
  podFiles,
  type PodImages,
  sidecarContainer,
  wireContainer,
} from './pod-containers.js';

/** From the start of a container until it serves. */
const READY_DEADLINE_MS = 60_000;
const POLL_MS = 50;

export interface PodGround {
  readonly docker: Docker;
  readonly runId: string;
  readonly network: string;
  readonly images: PodImages;
  /** Ends the wait for readiness, and with it the pod. */
  readonly signal: AbortSignal;
  readonly onFailure: (pod: Pod, failure: PodFailure) => void;
}

/** The containers of one pod: one that holds its network namespace, and in that the agent and what the mesh put beside it. */
export class ContainerPod implements RunningPod {
  readonly pod: Pod;
  readonly agent: AgentClient;
  readonly #ground: PodGround;
  readonly #containers: Container[] = [];
  #captures = 0;

  private constructor(ground: PodGround, pod: Pod, agent: AgentClient) {
    this.#ground = ground;
    this.pod = pod;
    this.agent = agent;
  }

  /** Resolves when every container serves; when one does not, nothing of the pod is left running. */
  static async start(ground: PodGround, plan: PodPlan): Promise<ContainerPod> {
    const { pod } = plan;
    const config = agentConfig(plan);
    await writeFiles(pod.dir, podFiles(plan, config));
    const running = new ContainerPod(ground, pod, new AgentClient({ ...config, pod: pod.name }));
    try {
      await running.#startAll(plan);
    } catch (error) {
      await running.stop();
      throw error;
    }
    for (const container of running.#containers) void running.#report(container);
    return running;
  }

  /** Ends all containers and removes their sockets; logs and configuration stay. */
  async stop(): Promise<void> {
    this.agent.close();
    const [holder, ...others] = this.#containers;
    await Promise.all(others.map((container) => container.remove()));
    await holder?.remove();
    for (const entry of await readdir(this.pod.dir, { recursive: true, withFileTypes: true })) {
      if (entry.isSocket()) await rm(join(entry.parentPath, entry.name), { force: true });
    }
  }

  async capture(port: number): Promise<WireCapture> {
    const { pod } = this;
    const { images, runId } = this.#ground;
    const [holder] = this.#containers;
    if (holder === undefined) throw new CannotCapture(`pod ${pod.name} has no network namespace any more`);
    const name = `wire-${++this.#captures}`;
    const spec = { ...wireContainer(pod, runId, images, { name, port }), place: { beside: holder } };
    const log = (): Promise<string> => readFile(spec.logFile, 'utf8');
    const container = await this.#launch(spec, async () => isListening(await log())).catch((error: unknown) => {
      throw error instanceof HarnessError ? new CannotCapture(error.message) : error;
    });
    return {
      stop: async () => {
        await container.finish();
        this.#containers.splice(this.#containers.indexOf(container), 1);
        const dropped = droppedPackets(await log());
        if (dropped === undefined) throw new CannotCapture(`tcpdump did not end in order; see ${spec.logFile}`);
        return { pcap: await readFile(join(pod.dir, `${name}.pcap`)), dropped };
      },
    };
  }

  async #startAll(plan: PodPlan): Promise<void> {
    const { pod } = this;
    const { images, network, runId } = this.#ground;
    const holder = await this.#launch(
      { ...holderContainer(plan, runId, images), place: { network, ip: pod.ip } },
      (container) => logHas(container, (line) => line === HOLDER_READY),
    );
    const place = { beside: holder };
    const starts = await Promise.allSettled([
      this.#launch({ ...agentContainer(pod, runId, images, ownUser()), place }, (container) =>
        logHas(container, isReadyLine),
      ),
      ...plan.sidecars.map(async (sidecar) =>
        this.#launch({ ...sidecarContainer(pod, runId, sidecar), place }, () => sidecar.ready()),
      ),
    ]);
    const failure = starts.find((start) => start.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** Resolves when the container serves, rejects when it ends before. */
  async #launch(spec: ContainerSpec, isReady: (container: Container) => Promise<boolean>): Promise<Container> {
    const container = await Container.start(this.#ground.docker, spec);
    this.#containers.push(container);
    const ended = new AbortController();
    let isStarting = true;
    void container.exited.then(async ({ code }) => {
      if (isStarting) ended.abort(await this.#startError(container, code));
    });
    await pollUntil(() => isReady(container), {
      deadlineMs: READY_DEADLINE_MS,
      intervalMs: POLL_MS,
      what: `${spec.name} of pod ${this.pod.name} (log: ${spec.logFile})`,
      signal: AbortSignal.any([ended.signal, this.#ground.signal]),
    }).finally(() => (isStarting = false));
    return container;
  }

  async #startError(container: Container, code: number | null): Promise<HarnessError> {
    const { name, logFile } = container.spec;
    const tail = await container.logTail();
    return new HarnessError({
      code: 'E_POD_START',
      message:
        `${name} of pod ${this.pod.namespace}/${this.pod.name} ended with exit code ${code ?? '(unknown)'} before it was ready\n${tail}`.trimEnd(),
      hint: `read ${logFile} (run with --keep to keep it)`,
    });
  }

  async #report(container: Container): Promise<void> {
    const { code, expected } = await container.exited;
    if (expected) return;
    this.#ground.onFailure(this.pod, {
      pod: `${this.pod.namespace}/${this.pod.name}`,
      container: container.spec.name,
      exitCode: code,
      signal: null,
      logTail: await container.logTail(),
      logFile: container.spec.logFile,
    });
  }
}

/** The folder belongs to the pod, whose programs are several users: on this host the run's folder around it keeps everybody else out. */
async function writeFiles(dir: string, files: ReadonlyMap<string, string>): Promise<void> {
  await chmod(dir, 0o777);
  for (const [name, content] of files) {
    const path = resolve(dir, name);
    if (!path.startsWith(dir + sep)) throw new Error(`${name} lies outside the pod's folder`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    await chmod(path, 0o644);
  }
}

/** A root's files are nobody's business but root's; other users can open only sockets of their own. */
function ownUser(): string | undefined {
  const uid = process.getuid?.();
  return uid === undefined || uid === 0 ? undefined : `${uid}:${process.getgid?.() ?? uid}`;
}

async function logHas({ spec }: Container, matches: (line: string) => boolean): Promise<boolean> {
  return (await readFile(spec.logFile, 'utf8')).split('\n').some(matches);
}

function isReadyLine(line: string): boolean {
  try {
    return (JSON.parse(line) as { ready?: unknown }).ready === true;
  } catch {
    return false;
  }
}
