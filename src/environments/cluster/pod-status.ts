/** What the status of a Pod says about its start and its end. */
import { constants } from 'node:os';
import type { KubeObject } from '../../smi/model.js';

/** A container that ended. */
export interface ContainerEnd {
  readonly container: string;
  readonly exitCode: number;
  readonly signal: string | null;
  /** `Error`, `OOMKilled`, `Completed`, … */
  readonly reason: string;
  /** True when another one runs in its place: the log is that of the previous one. */
  readonly restarted: boolean;
}

export type PodStatus =
  | { readonly state: 'ready'; readonly ip: string; readonly uid: string }
  /** `missing` completes "still …". */
  | { readonly state: 'waiting'; readonly missing: string }
  | { readonly state: 'no-image'; readonly container: string; readonly image: string; readonly message: string }
  | { readonly state: 'ended'; readonly end: ContainerEnd }
  /** The whole pod failed, with no container to blame: evicted, refused by the node. */
  | { readonly state: 'failed'; readonly message: string };

interface Terminated {
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly ready: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly running?: unknown;
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

interface RawStatus {
  readonly phase?: string;
  readonly podIP?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

/** The kubelet tries again after `ErrImagePull`, at once and once more, before it backs off: only then is an image missing for good. */
const NO_IMAGE = ['ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'];
const LARGEST_SIGNAL = 64;

export function readPodStatus(object: KubeObject): PodStatus {
  const status = statusOf(object);
  const init = status.initContainerStatuses ?? [];
  const main = status.containerStatuses ?? [];
  const unpulled = [...init, ...main].find(({ state }) => NO_IMAGE.includes(state?.waiting?.reason ?? ''));
  if (unpulled !== undefined) {
    const { name: container, image, state } = unpulled;
    return {
      state: 'no-image',
      container,
      image: imageOf(object, container) ?? image,
      message: state?.waiting?.message ?? '',
    };
  }
  const [end] = containerEnds(object);
  if (end !== undefined) return { state: 'ended', end };
  if (status.phase === 'Failed')
    return { state: 'failed', message: status.message ?? status.reason ?? 'no reason given' };
  const missing = findMissing(status, init, main);
  if (missing !== undefined) return { state: 'waiting', missing };
  return { state: 'ready', ip: status.podIP ?? '', uid: uidOf(object) };
}

/** Containers that ended though they should run, and init containers that failed. */
export function containerEnds(object: KubeObject): readonly ContainerEnd[] {
  const { initContainerStatuses = [], containerStatuses = [] } = statusOf(object);
  const failedInit = initContainerStatuses.flatMap((status) => {
    const end = lastEnd(status);
    return end === undefined || end.exitCode === 0 ? [] : [end];
  });
  return [...failedInit, ...containerStatuses.flatMap((status) => lastEnd(status) ?? [])];
}

export function uidOf(object: KubeObject): string {
  return object.metadata['uid'] as string;
}

function lastEnd({ name, state, lastState, restartCount = 0 }: ContainerStatus): ContainerEnd | undefined {
  const terminated = state?.terminated ?? (restartCount > 0 ? lastState?.terminated : undefined);
  if (terminated === undefined) return undefined;
  const { exitCode, signal, reason = '' } = terminated;
  return {
    container: name,
    exitCode,
    signal: signalName(signal ?? (exitCode > 128 && exitCode <= 128 + LARGEST_SIGNAL ? exitCode - 128 : 0)),
    reason,
    restarted: state?.terminated === undefined,
  };
}

function findMissing(
  status: RawStatus,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
): string | undefined {
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return `not placed on a node: ${scheduled.message ?? scheduled.reason ?? ''}`;
  const waiting = [...init, ...main].filter(
    ({ state }) => state?.running === undefined && state?.terminated === undefined,
  );
  const because = waiting.map(({ name, state }) => {
    const { reason = 'not started', message } = state?.waiting ?? {};
    return `${name} (${reason}${message === undefined ? '' : `: ${message}`})`;
  });
  if (status.phase !== 'Running') {
    const what = because.length === 0 ? '' : `, waiting for ${because.join(', ')}`;
    return `in phase ${status.phase ?? 'unknown'}${what}`;
  }
  const unready = main.filter(({ ready }) => !ready);
  if (unready.length > 0) return `without readiness of ${unready.map(({ name }) => name).join(', ')}`;
  return status.podIP === undefined ? 'without an address' : undefined;
}

/** As the manifest asks for it; the status shows what the node made of it. */
function imageOf(object: KubeObject, container: string): string | undefined {
  type Named = readonly { readonly name: string; readonly image: string }[];
  const { containers = [], initContainers = [] } = object['spec'] as { containers?: Named; initContainers?: Named };
  return [...initContainers, ...containers].find(({ name }) => name === container)?.image;
}

function statusOf(object: KubeObject): RawStatus {
  return (object['status'] ?? {}) as unknown as RawStatus;
}

function signalName(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}
