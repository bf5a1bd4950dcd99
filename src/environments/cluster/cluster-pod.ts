import { randomBytes } from 'node:crypto';
import type { Cluster } from '../../kube/cluster.js';
import type { Pod, PodPlan, Service } from '../../mesh/driver.js';
import type { KubeObject, ObjectRef } from '../../smi/model.js';
import { AgentClient } from '../../traffic/agent-client.js';
import type { WireCapture } from '../capture.js';
import type { RunningPod } from '../environment.js';
import { pollUntil } from '../local/poll.js';
import { selectPods } from '../local/service-proxy.js';
import { listedPods, readyPods } from './endpoints.js';
import { deadlineError, endError, failedError, imageError, refusedError } from './pod-errors.js';
import { saveLog } from './pod-log.js';
import { AGENT, CONTROL_PORT, type PodImages, podManifest, secretManifest } from './pod-manifest.js';
import { type PodStatus, readPodStatus, uidOf } from './pod-status.js';
import { apiError } from './refusals.js';
import { retryPassing } from './retry.js';
import type { WatchedObjects } from './watched-objects.js';
import { PodWire } from './wire.js';

const READY_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 60_000;
const HEALTH_TIMEOUT_MS = 10_000;
const CALL_DEADLINE_MS = 30_000;

/** What all pods of an environment share. */
export interface PodGround {
  readonly cluster: Cluster;
  readonly images: PodImages;
  readonly pods: WatchedObjects;
  readonly slices: WatchedObjects;
  readonly services: () => readonly Service[];
  readonly signal: AbortSignal;
  /** Where logs of containers go that end by themselves. */
  readonly logDir: string;
}

/** A Pod while its address is still being found out; the driver that decorated its plan holds the same object. */
export type ForthcomingPod = { -readonly [Key in keyof Pod]: Pod[Key] };

/** One pod of a cluster and the connection to its agent. */
export class ClusterPod implements RunningPod {
  readonly pod: Pod;
  readonly agent: AgentClient;
  readonly uid: string;
  readonly #ground: PodGround;
  readonly #secret: ObjectRef;
  #wire: PodWire | undefined;

  private constructor(ground: PodGround, parts: { pod: Pod; agent: AgentClient; uid: string; secret: ObjectRef }) {
    this.#ground = ground;
    this.pod = parts.pod;
    this.agent = parts.agent;
    this.uid = parts.uid;
    this.#secret = parts.secret;
  }

  /** Resolves when every container is ready, the agent answers, and the services of the pod lead to it; otherwise nothing of it is left. */
  static async start(ground: PodGround, pod: ForthcomingPod, plan: PodPlan): Promise<ClusterPod> {
    const { kube, labels } = ground.cluster;
    const token = randomBytes(16).toString('hex');
    const secretName = `meshgauge-${pod.name}-${randomBytes(3).toString('hex')}`;
    const options = { images: ground.images, labels, token, secretName };
    const manifest = podManifest(plan, options);
    const secret = refOf(secretManifest(plan, options));
    try {
      await apply(ground, secretManifest(plan, options)).catch((error: unknown) => {
        throw apiError(`store the files of pod ${pod.namespace}/${pod.name}`, error);
      });
      const created = await apply(ground, manifest).catch((error: unknown) => {
        throw refusedError(pod, error);
      });
      const uid = uidOf(created);
      const end = performance.now() + READY_DEADLINE_MS;
      pod.ip = await containersReady(ground, pod, uid);
      const agent = new AgentClient({
        control: { kind: 'tcp', host: '127.0.0.1', port: CONTROL_PORT },
        connect: () => kube.connect({ namespace: pod.namespace, pod: pod.name }, CONTROL_PORT),
        token,
        pod: pod.name,
      });
      try {
        await programsServe(ground, plan, agent, end);
        await endpointsListPod(ground, pod, uid, end);
      } catch (error) {
        agent.close();
        throw error;
      }
      return new ClusterPod(ground, { pod, agent, uid, secret });
    } catch (error) {
      // Why the pod did not start is what counts; what cannot be removed now goes with its namespace.
      await remove(ground, refOf(manifest), secret).catch(() => undefined);
      throw error;
    }
  }

  capture(port: number): Promise<WireCapture> {
    this.#wire ??= new PodWire(this.#ground, this.pod);
    return this.#wire.capture(port);
  }

  /** Resolves when the pod is gone and no service leads to it any more. */
  async stop(): Promise<void> {
    this.agent.close();
    const { namespace, name } = this.pod;
    await remove(this.#ground, { apiVersion: 'v1', kind: 'Pod', namespace, name }, this.#secret);
    const { slices, signal } = this.#ground;
    await slices.until(() => !listedPods(slices.list(namespace)).has(this.uid), {
      deadlineMs: STOP_DEADLINE_MS,
      signal,
    });
  }
}

/** The pod's address, once all of its containers are ready. */
async function containersReady(ground: PodGround, pod: Pod, uid: string): Promise<string> {
  const { pods, signal } = ground;
  let status: PodStatus = { state: 'waiting', missing: 'unseen' };
  await pods.until(
    () => {
      const object = pods.get(pod.namespace, pod.name);
      if (object === undefined || uidOf(object) !== uid) return false;
      status = readPodStatus(object);
      return status.state !== 'waiting';
    },
    { deadlineMs: READY_DEADLINE_MS, signal },
  );
  return await addressOf(ground, pod, status);
}

async function addressOf(ground: PodGround, pod: Pod, status: PodStatus): Promise<string> {
  switch (status.state) {
    case 'ready':
      return status.ip;
    case 'no-image':
      throw imageError(pod, status);
    case 'ended':
      throw endError(pod, status.end, await saveLog(ground.cluster.kube, pod, status.end, ground.logDir));
    case 'failed':
      throw failedError(pod, status.message);
    case 'waiting':
      throw deadlineError(pod, READY_DEADLINE_MS, status.missing, await readEvents(ground, pod));
  }
}

async function programsServe(ground: PodGround, plan: PodPlan, agent: AgentClient, end: number): Promise<void> {
  const { pod, sidecars } = plan;
  const ended = new AbortController();
  const poll = (what: string, condition: () => Promise<boolean>): Promise<void> =>
    pollUntil(condition, {
      deadlineMs: Math.max(0, end - performance.now()),
      intervalMs: 100,
      what: `${what} of pod ${pod.namespace}/${pod.name}`,
      signal: AbortSignal.any([ground.signal, ended.signal]),
    });
  const { pods } = ground;
  const death = pods.onChange(() => {
    const object = pods.get(pod.namespace, pod.name);
    const status = object && readPodStatus(object);
    if (status === undefined || status.state === 'ready' || status.state === 'waiting' || ended.signal.aborted) return;
    // Whoever is still polling ends with the words on the end of the program, not with those on a closed connection.
    void addressOf(ground, pod, status).catch((error: unknown) => ended.abort(error));
  });
  try {
    await Promise.all([
      poll(AGENT, async () => (await agent.health(AbortSignal.timeout(HEALTH_TIMEOUT_MS))).pod === pod.name),
      ...sidecars.map((sidecar) => poll(sidecar.name, () => sidecar.ready())),
    ]);
  } finally {
    death[Symbol.dispose]();
  }
}

async function endpointsListPod(ground: PodGround, pod: Pod, uid: string, end: number): Promise<void> {
  const { slices, services, signal } = ground;
  const lacking = (): readonly string[] =>
    services()
      .filter((service) => selectPods([pod], service).length > 0)
      .map(({ name }) => name)
      .filter((name) => !readyPods(slices.list(pod.namespace), name).has(uid));
  const deadlineMs = Math.max(0, end - performance.now());
  const listed = await slices.until(() => lacking().length === 0, { deadlineMs, signal });
  if (listed) return;
  throw deadlineError(pod, READY_DEADLINE_MS, `not among the endpoints of ${lacking().join(', ')}`, []);
}

async function remove(ground: PodGround, pod: ObjectRef, secret: ObjectRef): Promise<void> {
  const { kube } = ground.cluster;
  try {
    await Promise.all([kube.delete(pod, { waitMs: STOP_DEADLINE_MS, gracePeriodSeconds: 1 }), kube.delete(secret)]);
  } catch (error) {
    throw apiError(`delete pod ${pod.namespace}/${pod.name}`, error);
  }
}

async function readEvents(ground: PodGround, pod: Pod): Promise<readonly string[]> {
  const events = await ground.cluster.kube
    .list({ apiVersion: 'v1', kind: 'Event' }, { namespace: pod.namespace })
    .catch(() => []);
  interface Told {
    readonly involvedObject?: { readonly kind?: string; readonly name?: string };
    readonly reason?: string;
    readonly message?: string;
    readonly type?: string;
  }
  return events
    .map((event) => event as unknown as Told)
    .filter(({ involvedObject: { kind, name } = {}, type }) => kind === 'Pod' && name === pod.name && type !== 'Normal')
    .map(({ reason = '', message = '' }) => `${reason}: ${message}`)
    .slice(-5);
}

function apply(ground: PodGround, object: KubeObject): Promise<KubeObject> {
  const { cluster, signal } = ground;
  return retryPassing(() => cluster.kube.apply(object), { deadlineMs: CALL_DEADLINE_MS, signal });
}

function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
}
