/** Why a pod did not start, in words that say what to do about it. */
import { HarnessError } from '../../errors/harness-error.js';
import { KubeError } from '../../kube/kube.js';
import type { Pod } from '../../mesh/driver.js';
import type { SavedLog } from './pod-log.js';
import type { ContainerEnd, PodStatus } from './pod-status.js';
import { apiError, wordsOf } from './refusals.js';

type PodName = Pick<Pod, 'namespace' | 'name'>;

export function imageError(pod: PodName, status: Extract<PodStatus, { state: 'no-image' }>): HarnessError {
  return new HarnessError({
    code: 'E_IMAGE_PULL',
    message: `no node has image ${status.image} of container ${status.container} (pod ${keyOf(pod)}), and it cannot be pulled: ${status.message}`,
    hint: 'build it with `meshgauge images build` and load it with `meshgauge images load`, or let the nodes pull it',
  });
}

export function endError(pod: PodName, end: ContainerEnd, log: SavedLog): HarnessError {
  const what = `${end.container} of pod ${keyOf(pod)} ${describeEnd(end)} before it was ready`;
  const said = {
    code: 'E_POD_START',
    message: `${what}: ${lastLines(log.tail)}`,
    hint: `read ${log.file} (run with --keep to keep it)`,
  };
  return end.signal === null ? new HarnessError(said) : new CrashAtStart(end.container, what, said);
}

/** A program was ended by a signal before its pod was ready: by a defect of its own, or for want of memory. */
export class CrashAtStart extends HarnessError {
  constructor(
    readonly container: string,
    /** Without the end of the log. */
    readonly what: string,
    said: ConstructorParameters<typeof HarnessError>[0],
  ) {
    super(said);
  }
}

/** A crash may log pages; the file has them. */
function lastLines(log: string): string {
  const lines = log.trim().split('\n').slice(-2);
  return lines.join(' / ').slice(0, 300) || 'its log is empty';
}

export function failedError(pod: PodName, message: string): HarnessError {
  return new HarnessError({
    code: 'E_POD_START',
    message: `pod ${keyOf(pod)} failed before it was ready: ${message}`,
    hint: 'ask the cluster with `kubectl describe pod` and `kubectl get events`',
  });
}

/** What the API said to a pod that it did not take. */
export function refusedError(pod: PodName, error: unknown): HarnessError {
  const refused = error instanceof KubeError && error.status >= 400 && error.status < 500 && error.status !== 401;
  if (!refused) return apiError(`create pod ${keyOf(pod)}`, error);
  return new HarnessError({
    code: 'E_POD_REFUSED',
    message: `the cluster refused pod ${keyOf(pod)}: ${wordsOf(error)}`,
    hint: 'a webhook, a quota or a policy of the cluster stands in the way; its own words are above',
    cause: error,
  });
}

export function deadlineError(
  pod: PodName,
  deadlineMs: number,
  missing: string,
  events: readonly string[],
): HarnessError {
  const told =
    events.length === 0 ? '' : `\nwhat the cluster says of it:\n${events.map((event) => `  ${event}`).join('\n')}`;
  return new HarnessError({
    code: 'E_DEADLINE',
    message: `waited ${deadlineMs / 1000} s for pod ${keyOf(pod)}: still ${missing}${told}`,
    hint: 'ask the cluster with `kubectl describe pod`; a busy or full node may need more time or room',
  });
}

export function describeEnd({ exitCode, signal, reason }: ContainerEnd): string {
  const because = ['', 'Error', 'Completed'].includes(reason) ? '' : ` (${reason})`;
  return `${signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`}${because}`;
}

function keyOf({ namespace, name }: PodName): string {
  return `${namespace}/${name}`;
}
