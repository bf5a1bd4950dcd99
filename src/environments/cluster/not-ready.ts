/** Why a control plane does not come up, in the words of the cluster. */
import { readPodStatus } from './pod-status.js';
import { HarnessError } from '../../errors/harness-error.js';
import type { Kube } from '../../kube/kube.js';
import type { KubeObject } from '../../smi/model.js';

const POD = { apiVersion: 'v1', kind: 'Pod' };
const EVENT = { apiVersion: 'v1', kind: 'Event' };
const EVENTS_SHOWN = 6;
const LOG_LINES = 8;

type Told = Pick<Kube, 'list' | 'logs'>;

interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** Aborts as soon as waiting any longer is in vain: an image that no node can get will not come by itself. */
export async function abortWhenHopeless(
  kube: Kube,
  namespace: string,
): Promise<{ readonly signal: AbortSignal } & AsyncDisposable> {
  const controller = new AbortController();
  const watch = await kube.watch(POD, { namespace }, ({ object, type }) => {
    const status = type === 'applied' ? readPodStatus(object) : undefined;
    if (status?.state === 'no-image')
      controller.abort(new Error(`image ${status.image} cannot be had: ${status.message}`));
  });
  return { signal: controller.signal, [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose]() };
}

/** The error for a control plane that is not ready: state of each pod that is not, warnings, ends of logs. */
export async function notReadyError(
  kube: Told,
  namespace: string,
  { cause, bundle }: { readonly cause: unknown; readonly bundle: string },
): Promise<HarnessError> {
  const facts = await describePods(kube, namespace).catch((error: unknown) => [
    `(pods cannot be read: ${String(error)})`,
  ]);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HarnessError({
    code: 'E_MESH_NOT_READY',
    message: [`the control plane in ${namespace} did not get ready: ${why}`, ...facts].join('\n  '),
    hint: `logs, events and objects are in ${bundle}`,
    cause,
  });
}

async function describePods(kube: Told, namespace: string): Promise<readonly string[]> {
  const pods = await kube.list(POD, { namespace });
  const states = await Promise.all(pods.map((pod) => describePod(kube, pod)));
  const warnings = (await kube.list(EVENT, { namespace }))
    .map((event) => event as unknown as Event)
    .filter(({ type }) => type === 'Warning')
    .map(
      ({ reason = '', message = '', involvedObject: { name = '' } = {} }) => `event of ${name}: ${reason}: ${message}`,
    );
  return [
    ...(pods.length === 0 ? ['there are no pods'] : states.flat()),
    ...[...new Set(warnings)].slice(-EVENTS_SHOWN),
  ];
}

async function describePod(kube: Told, pod: KubeObject): Promise<readonly string[]> {
  const { name, namespace = '' } = pod.metadata;
  const status = readPodStatus(pod);
  switch (status.state) {
    case 'ready':
      return [];
    case 'waiting':
      return [`${name}: ${status.missing}`, ...(await tailOf(kube, namespace, name))];
    case 'no-image':
      return [`${name}: image ${status.image} cannot be had: ${status.message}`];
    case 'failed':
      return [`${name}: ${status.message}`];
    case 'ended': {
      const { container, exitCode, reason, restarted } = status.end;
      const tail = await tailOf(kube, namespace, name, { container, previous: restarted });
      return [`${name}: ${container} ended with exit code ${exitCode} (${reason})`, ...tail];
    }
  }
}

/** A container that never started has no log. */
async function tailOf(
  kube: Told,
  namespace: string,
  pod: string,
  { container, previous = false }: { readonly container?: string; readonly previous?: boolean } = {},
): Promise<readonly string[]> {
  const ref = { namespace, pod, ...(container === undefined ? {} : { container }) };
  const log = await kube.logs(ref, { tailLines: LOG_LINES, previous }).catch(() => '');
  return log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `  log: ${line}`);
}
