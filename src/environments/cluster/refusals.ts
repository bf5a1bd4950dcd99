/** Tells an answer of the API to one object, which is an observation, from trouble with the API. */
import { HarnessError } from '../../errors/harness-error.js';
import { KubeError } from '../../kube/kube.js';
import type { ApplyOutcome } from '../environment.js';

export type RefusalCause = Extract<ApplyOutcome, { accepted: false }>['cause'];

const DENIED = /admission webhook .* denied the request|ValidatingAdmissionPolicy .* denied request/s;
/**
 * Server-side apply compares an object with its schema before validation does: a value of another type, and also a field that the
 * schema lacks (which a plain create would drop), is answered with 500.
 */
const UNTYPABLE = /failed to (create|convert|merge) .*typed/s;
const UNKNOWN_KIND = /no matches for kind|no kind .* is registered|could not find the requested resource/s;

/** Why the API refused the object itself; undefined when the failure says nothing about the object. */
export function refusalCause({ status, reason, message }: KubeError): RefusalCause | undefined {
  if (DENIED.test(message)) return 'admission';
  if (UNTYPABLE.test(message)) return 'schema';
  if (UNKNOWN_KIND.test(message)) return 'version';
  if (status === 422 || reason === 'Invalid') return 'schema';
  if (status === 400) return 'version';
  // 404 may also be about the namespace, which is no word on the object.
  if (status === 404 && !/namespaces "/.test(message)) return 'version';
  return undefined;
}

/** What the API said, without the request that made it say so. */
export function wordsOf({ message }: KubeError): string {
  return message.replace(/^[A-Z]+ \/\S+: /, '');
}

/** Whether asking again may help: the API or a webhook behind it could not be reached, is busy, or saw a conflicting write. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  const { status, message } = error;
  if ([0, 409, 429, 503, 504].includes(status)) return true;
  return status === 500 && /failed calling webhook/.test(message);
}

/** @param what completes "the Kubernetes API failed to …" */
export function apiError(what: string, error: unknown): HarnessError {
  if (error instanceof HarnessError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const status = error instanceof KubeError && error.status > 0 ? ` (status ${error.status})` : '';
  return new HarnessError({
    code: 'E_KUBE_API',
    message: `the Kubernetes API failed to ${what}${status}: ${cause.message}`,
    hint: 'look whether the cluster is healthy (`kubectl get nodes`, `kubectl get pods -A`) and whether this user may do that',
    cause,
  });
}
