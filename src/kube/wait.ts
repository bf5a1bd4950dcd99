/** Waits until an object is as wanted, or says what it was like when time ran out. */
import { HarnessError } from '../errors/harness-error.js';
import type { KubeObject, ObjectRef } from '../smi/model.js';
import { rest } from './backoff.js';
import { isTransient } from './errors.js';
import { KubeError } from './kube.js';

export interface WaitOptions {
  readonly deadlineMs: number;
  /** Completes the sentence "waited N s for …". */
  readonly what: string;
  readonly signal?: AbortSignal;
}

const FIRST_INTERVAL_MS = 50;
const LONGEST_INTERVAL_MS = 1_000;

/**
 * Reads again and again, ever more slowly, until `condition` holds. Failures that may pass (no connection, 429, 5xx) count as "not yet".
 * @throws HarnessError E_KUBE_WAIT, KubeError
 */
export async function waitUntil(
  read: () => Promise<KubeObject | undefined>,
  condition: (object: KubeObject | undefined) => boolean,
  options: WaitOptions,
): Promise<void> {
  const end = performance.now() + options.deadlineMs;
  let seen = 'nothing yet';
  for (let attempt = 0; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      const object = await read();
      if (condition(object)) return;
      seen = describeObject(object);
    } catch (error) {
      if (!isTransient(error) && !(attempt > 0 && isRefusal(error))) throw error;
      seen = error.message;
    }
    const left = end - performance.now();
    if (left <= 0) throw waitError(options, seen);
    await rest(Math.min(FIRST_INTERVAL_MS * 1.5 ** Math.min(attempt, 20), LONGEST_INTERVAL_MS, left), options.signal);
  }
}

/** A server that starts again answers before it has read who may do what: a refusal is final only at the first reading. */
function isRefusal(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 401 || error.status === 403);
}

/** The object of a wait, as errors name it. */
export function nameOf(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
}

/** What of an object tells how far it has come: phase, conditions, pending deletion. */
function describeObject(object: KubeObject | undefined): string {
  if (object === undefined) return 'no such object';
  const status = record(object['status']);
  const conditions = list(status['conditions']).map(record);
  const facts = [
    ...(typeof status['phase'] === 'string' ? [`phase ${status['phase']}`] : []),
    ...(object.metadata['deletionTimestamp'] === undefined ? [] : ['being deleted']),
    ...named('held by finalizers', object.metadata['finalizers']),
    ...conditions.map((condition) => {
      const why = [condition['reason'], condition['message']].filter((part) => typeof part === 'string' && part !== '');
      return `${String(condition['type'])}=${String(condition['status'])}${why.length === 0 ? '' : ` (${why.join(': ')})`}`;
    }),
  ];
  return facts.length === 0 ? 'the object exists' : facts.join('; ');
}

function waitError(options: WaitOptions, seen: string): HarnessError {
  return new HarnessError({
    code: 'E_KUBE_WAIT',
    message: `waited ${options.deadlineMs / 1000} s for ${options.what}; seen last: ${seen}`,
    hint: 'ask the cluster with `kubectl describe` and `kubectl get events`; a slow node may only need more time',
  });
}

function named(label: string, value: unknown): string[] {
  const names = list(value);
  return names.length === 0 ? [] : [`${label} ${names.map(String).join(', ')}`];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
