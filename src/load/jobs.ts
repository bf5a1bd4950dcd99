/** Load from several agents at once: an indexed Job whose pods begin at one instant, and whose histograms become one. */
import { randomBytes } from 'node:crypto';
import { type ClockReading, clockOffset } from '../converge/clock-offset.js';
import { type PodStatus, readPodStatus } from '../environments/cluster/pod-status.js';
import { pollUntil } from '../environments/local/poll.js';
import { HarnessError } from '../errors/harness-error.js';
import type { MeasureJob, MeasureResult } from '../../fixtures/agent/protocol.js';
import type { Kube } from '../kube/kube.js';
import { now } from '../run/clock.js';
import type { KubeObject } from '../smi/model.js';
import { AgentClient } from '../traffic/agent-client.js';
import { CONTROL_PORT, INDEX_ANNOTATION, loadJobObjects, type LoadJobOptions } from './jobs-manifest.js';
import { mergeResults, type MergedWindow, shareJob } from './jobs-share.js';

export interface FleetOptions extends Pick<
  LoadJobOptions,
  'namespace' | 'image' | 'labels' | 'podLabels' | 'podAnnotations' | 'serviceAccount' | 'lifetimeMs'
> {
  readonly kube: Kube;
  /** How many agents share the load. */
  readonly agents: number;
  readonly signal?: AbortSignal;
}

export interface JobsOptions extends Omit<FleetOptions, 'lifetimeMs'> {
  /** The whole load. */
  readonly job: MeasureJob;
}

export interface AgentShare {
  readonly pod: string;
  readonly job: MeasureJob;
  readonly result: MeasureResult;
  /** By how much the clock of the agent's node is ahead of ours. */
  readonly clockAheadMs: number;
}

export interface JobsResult {
  readonly perAgent: readonly AgentShare[];
  readonly merged: readonly MergedWindow[];
  /** From the first agent that began to the last, on one clock. */
  readonly startSpreadMs: number;
}

const READY_DEADLINE_MS = 120_000;
const GONE_DEADLINE_MS = 60_000;
const POLL_MS = 200;
/** Every agent has its order by then; that an order was late is an error, not a late start. */
const LEAD_MS = { base: 2_000, perAgent: 50 };
const CLOCK_READINGS = 5;
/** Names of one run may come again in the next; those of Jobs must not. */
const NAME_BYTES = 4;

/** An agent that takes orders. */
export interface ReadyAgent {
  readonly pod: string;
  /** The pod's address. */
  readonly ip: string;
  readonly client: AgentClient;
  readonly clockAheadMs: number;
}

/** The agents of one Job; nothing of it is left in the cluster once it is disposed of. */
export interface Fleet extends AsyncDisposable {
  readonly agents: readonly ReadyAgent[];
}

/** @throws HarnessError E_LOAD_JOBS */
export async function runOnJobs(options: JobsOptions): Promise<JobsResult> {
  const { job } = options;
  const last = job.windows.at(-1);
  const loadMs = (last?.offsetMs ?? 0) + (last?.durationMs ?? 0) + job.spec.timeoutMs;
  const lifetimeMs = READY_DEADLINE_MS + leadOf(options.agents) + 2 * loadMs;
  await using fleet = await startFleet({ ...options, lifetimeMs });
  return await measureTogether(fleet.agents, job, options.signal);
}

/** A Job whose pods wait for orders. When they do not come up nothing of them is left. @throws HarnessError E_LOAD_JOBS */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { kube, agents: count, signal, namespace } = options;
  const name = `meshgauge-load-${randomBytes(NAME_BYTES).toString('hex')}`;
  const token = randomBytes(24).toString('base64url');
  const objects = loadJobObjects({ ...options, name, token, agents: count });
  const clients: AgentClient[] = [];
  const end = async (): Promise<void> => {
    for (const client of clients) client.close();
    for (const object of objects.toReversed()) await kube.delete(refOf(object), { waitMs: GONE_DEADLINE_MS });
  };
  try {
    for (const object of objects) await kube.apply(object);
    const pods = await podsReady(kube, { namespace, name, count, ...(signal && { signal }) });
    const agents = await Promise.all(
      pods.map(async ({ pod, ip }): Promise<ReadyAgent> => {
        const client = connectAgent(kube, { namespace, pod, token });
        clients.push(client);
        await agentServes(client, pod, signal);
        return { pod, ip, client, clockAheadMs: await readClock(client) };
      }),
    );
    return { agents, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The whole load, shared by agents that begin at one instant, the job's own if it has one, which each is told on its own clock. */
export async function measureTogether(
  agents: readonly ReadyAgent[],
  job: MeasureJob,
  signal?: AbortSignal,
): Promise<JobsResult> {
  const startAt = job.startAt ?? now() + leadOf(agents.length);
  const perAgent = await Promise.all(
    agents.map(async ({ pod, client, clockAheadMs }, index): Promise<AgentShare> => {
      const share = { ...shareJob(job, index, agents.length), startAt: startAt + clockAheadMs };
      return { pod, job: share, clockAheadMs, result: await client.measure(share, signal) };
    }),
  );
  const starts = perAgent.map(({ result, clockAheadMs }) => result.startedAt - clockAheadMs);
  return {
    perAgent,
    merged: mergeResults(perAgent.map(({ result }) => result)),
    startSpreadMs: Math.max(...starts) - Math.min(...starts),
  };
}

function leadOf(agents: number): number {
  return LEAD_MS.base + LEAD_MS.perAgent * agents;
}

/** The pods in the order of their indexes, once all of them run. */
async function podsReady(
  kube: Kube,
  job: { readonly namespace: string; readonly name: string; readonly count: number; readonly signal?: AbortSignal },
): Promise<readonly { readonly pod: string; readonly ip: string }[]> {
  const { namespace, name, count, signal } = job;
  let pods: readonly KubeObject[] = [];
  await pollUntil(
    async () => {
      pods = await kube.list(
        { apiVersion: 'v1', kind: 'Pod' },
        { namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` },
      );
      return pods.some(hasFailed) || pods.filter((pod) => readPodStatus(pod).state === 'ready').length === count;
    },
    {
      deadlineMs: READY_DEADLINE_MS,
      intervalMs: POLL_MS,
      what: `${count} agents of Job ${namespace}/${name}`,
      ...(signal && { signal }),
    },
  );
  const failed = pods.find(hasFailed);
  if (failed !== undefined) throw notStarted(failed);
  return [...pods]
    .sort((a, b) => indexOf(a) - indexOf(b))
    .map((pod) => {
      const status = readPodStatus(pod);
      return { pod: pod.metadata.name, ip: status.state === 'ready' ? status.ip : '' };
    });
}

function hasFailed(pod: KubeObject): boolean {
  const { state } = readPodStatus(pod);
  return state !== 'ready' && state !== 'waiting';
}

function indexOf({ metadata }: KubeObject): number {
  const annotations = metadata['annotations'] as Readonly<Record<string, string>> | undefined;
  return Number(annotations?.[INDEX_ANNOTATION]);
}

function connectAgent(
  kube: Kube,
  { token, ...pod }: { readonly namespace: string; readonly pod: string; readonly token: string },
): AgentClient {
  return new AgentClient({
    control: { kind: 'tcp', host: '127.0.0.1', port: CONTROL_PORT },
    connect: () => kube.connect(pod, CONTROL_PORT),
    token,
    pod: pod.pod,
  });
}

async function agentServes(client: AgentClient, pod: string, signal: AbortSignal | undefined): Promise<void> {
  await pollUntil(async () => (await client.health(signal)).pid > 0, {
    deadlineMs: READY_DEADLINE_MS,
    intervalMs: POLL_MS,
    what: `the agent in pod ${pod}`,
    ...(signal && { signal }),
  });
}

/** The quickest answer bounds the difference best. */
async function readClock(client: AgentClient): Promise<number> {
  const readings: ClockReading[] = [];
  for (let count = 0; count < CLOCK_READINGS; count += 1) {
    const sentAt = now();
    const { at } = await client.usage();
    readings.push({ sentAt, at, answeredAt: now() });
  }
  const tripOf = ({ sentAt, answeredAt }: ClockReading): number => answeredAt - sentAt;
  return clockOffset(readings.sort((a, b) => tripOf(a) - tripOf(b))[0]);
}

function reasonOf(status: PodStatus): string {
  switch (status.state) {
    case 'no-image':
      return `image ${status.image} is missing: ${status.message}`;
    case 'ended':
      return `it ended with code ${status.end.exitCode} (${status.end.reason})`;
    case 'failed':
      return status.message;
    default:
      return status.state;
  }
}

function notStarted(pod: KubeObject): HarnessError {
  return new HarnessError({
    code: 'E_LOAD_JOBS',
    message: `agent ${pod.metadata.namespace ?? ''}/${pod.metadata.name} cannot send load: ${reasonOf(readPodStatus(pod))}`,
    hint: '"meshgauge images load" brings images in; the events of the namespace say what else may be missing',
  });
}

function refOf({ apiVersion, kind, metadata }: KubeObject) {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}
