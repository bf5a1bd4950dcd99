import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { AgentConfig } from '../../../fixtures/agent/protocol.js';
import { HarnessError } from '../../errors/harness-error.js';
import { type Pod, type PodPlan, type Sidecar, portKey } from '../../mesh/driver.js';
import { AgentClient } from '../../traffic/agent-client.js';
import type { PodFailure, RunningPod } from '../environment.js';
import { agentCommand } from './agent-program.js';
import { pollUntil } from './poll.js';
import { Program, type ProgramExit, describeExit } from './program.js';
import { RUN_MARKER } from './run-state.js';

/** From the start of a pod's programs until all of them serve. */
const READY_DEADLINE_MS = 60_000;

const AGENT = 'agent';
const CONTROL_SOCKET = 'c.sock';

export interface LocalPodOptions {
  readonly runId: string;
  /** Ends the wait for readiness, and with it the pod. */
  readonly signal: AbortSignal;
  readonly onFailure: (failure: PodFailure) => void;
}

/** The programs of one pod: the agent and what the mesh put beside it. */
export class LocalPod implements RunningPod {
  readonly pod: Pod;
  readonly agent: AgentClient;
  readonly #programs: readonly Program[];

  private constructor(pod: Pod, agent: AgentClient, programs: readonly Program[]) {
    this.pod = pod;
    this.agent = agent;
    this.#programs = programs;
  }

  /** Resolves when every program serves; when one does not, nothing of the pod is left running. */
  static async start(plan: PodPlan, options: LocalPodOptions): Promise<LocalPod> {
    const { pod } = plan;
    const config = agentConfig(plan);
    const configFile = join(pod.dir, 'agent.json');
    await writeFile(configFile, JSON.stringify(config, undefined, 2), { mode: 0o600 });
    for (const sidecar of plan.sidecars) await writeSidecarFiles(pod, sidecar);

    const base = { cwd: pod.dir, env: baseEnvironment(options.runId) };
    const logFile = (name: string): string => join(pod.dir, `${name}.log`);
    const agent = new Program({
      ...base,
      name: AGENT,
      ...agentCommand(configFile),
      logFile: logFile(AGENT),
      stdio: 'open',
    });
    const sidecars = plan.sidecars.map((sidecar) => ({
      sidecar,
      program: new Program({
        ...base,
        name: sidecar.name,
        command: sidecar.command,
        args: sidecar.args,
        env: { ...base.env, ...sidecar.env },
        logFile: logFile(sidecar.name),
        stdio: 'log-only',
      }),
    }));
    const client = new AgentClient({ control: config.control, token: config.token, pod: pod.name });
    const local = new LocalPod(pod, client, [agent, ...sidecars.map(({ program }) => program)]);
    try {
      await Promise.all([
        whileRunning(pod, agent, options.signal, (signal) => agentReady(pod, agent, signal)),
        ...sidecars.map(({ sidecar, program }) =>
          whileRunning(pod, program, options.signal, (signal) => sidecarReady(pod, sidecar, signal)),
        ),
      ]);
    } catch (error) {
      await local.stop();
      throw error;
    }
    for (const program of local.#programs) void local.#report(program, options.onFailure);
    return local;
  }

  /** Of the programs beside the agent. */
  get sidecarPids(): readonly number[] {
    return this.#programs.slice(1).flatMap(({ pid }) => pid ?? []);
  }

  /** Ends all programs and removes their sockets; logs and configuration stay. */
  async stop(): Promise<void> {
    this.agent.close();
    await Promise.all(this.#programs.map((program) => program.stop()));
    for (const entry of await readdir(this.pod.dir, { recursive: true, withFileTypes: true })) {
      if (entry.isSocket()) await rm(join(entry.parentPath, entry.name), { force: true });
    }
  }

  async #report(program: Program, onFailure: (failure: PodFailure) => void): Promise<void> {
    const exit = await program.exited;
    if (exit.expected) return;
    onFailure({
      pod: `${this.pod.namespace}/${this.pod.name}`,
      container: program.spec.name,
      exitCode: exit.code,
      signal: exit.signal,
      logTail: await program.logTail(),
      logFile: program.spec.logFile,
    });
  }
}

function agentConfig({ pod, listen }: PodPlan): AgentConfig {
  return {
    pod: pod.name,
    namespace: pod.namespace,
    serviceAccount: pod.serviceAccount,
    token: randomBytes(16).toString('hex'),
    control: { kind: 'unix', path: join(pod.dir, CONTROL_SOCKET) },
    ports: pod.ports.map(({ port, protocol }) => {
      const address = listen.get(portKey({ port, protocol }));
      if (address === undefined)
        throw new Error(`the plan of pod ${pod.name} says nowhere to listen for ${protocol} ${port}`);
      return { port, protocol, listen: address };
    }),
  };
}

async function writeSidecarFiles(pod: Pod, sidecar: Sidecar): Promise<void> {
  for (const file of sidecar.files) {
    const path = resolve(pod.dir, file.path);
    if (!path.startsWith(pod.dir + sep)) throw new Error(`${sidecar.name}: ${file.path} lies outside the pod's folder`);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, file.content, { mode: file.mode ?? 0o600 });
  }
}

/** Only what a program needs: our own NODE_OPTIONS, proxies and secrets are none of its business. */
export function baseEnvironment(runId: string): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  const inherited = names.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(inherited) as Record<string, string>), [RUN_MARKER]: runId };
}

/** Waits for readiness, but not for a program that has ended. */
async function whileRunning(
  pod: Pod,
  program: Program,
  closing: AbortSignal,
  ready: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const death = program.exited.then(async (exit): Promise<never> => {
    const error = await startError(pod, program, exit);
    // Whoever is still polling ends with the same words: which of the two is heard first must not matter.
    ended.abort(error);
    throw error;
  });
  await Promise.race([ready(AbortSignal.any([ended.signal, closing])), death]);
}

async function agentReady(pod: Pod, program: Program, signal: AbortSignal): Promise<void> {
  let isReady = false;
  void (async () => {
    for await (const line of program.lines()) isReady ||= isReadyLine(line);
  })();
  await pollUntil(async () => isReady, { deadlineMs: READY_DEADLINE_MS, what: `the agent of pod ${pod.name}`, signal });
}

function isReadyLine(line: string): boolean {
  try {
    return (JSON.parse(line) as { ready?: unknown }).ready === true;
  } catch {
    return false;
  }
}

async function sidecarReady(pod: Pod, sidecar: Sidecar, signal: AbortSignal): Promise<void> {
  const what = `${sidecar.name} of pod ${pod.name} (log: ${join(pod.dir, `${sidecar.name}.log`)})`;
  await pollUntil(() => sidecar.ready(), { deadlineMs: READY_DEADLINE_MS, intervalMs: 50, what, signal });
}

async function startError(pod: Pod, program: Program, exit: ProgramExit): Promise<HarnessError> {
  const { name, logFile } = program.spec;
  const tail = await program.logTail();
  return new HarnessError({
    code: 'E_POD_START',
    message:
      `${name} of pod ${pod.namespace}/${pod.name} ${describeExit(program, exit)} before it was ready\n${tail}`.trimEnd(),
    hint: `read ${logFile} (run with --keep to keep it)`,
  });
}
