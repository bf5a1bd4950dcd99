/** How answers and failures of a Kubernetes API become a `KubeError`. */
import { KubeError } from './kube.js';

/** Reason of a KubeError whose kind no installed API serves. */
export const KIND_NOT_SERVED = 'KindNotServed';

/** The part of `Status` (meta/v1) that an error needs. */
export interface ApiStatus {
  readonly status?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** A KubeError that also knows how long the server asked to wait. */
export class ApiError extends KubeError {
  readonly retryAfterMs: number | undefined;

  constructor(options: { status: number; reason: string; message: string; retryAfterMs?: number; cause?: unknown }) {
    super(options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** From an answer other than success: the API's own words where it spoke `Status`, the raw text otherwise. */
export function answerError(what: string, status: number, body: string, retryAfter?: string): ApiError {
  const told = parseStatus(body);
  const retryAfterMs = parseRetryAfter(retryAfter);
  return new ApiError({
    status,
    reason: told?.reason ?? '',
    message: `${what}: ${told?.message ?? (body.trim().slice(0, 500) || `status ${status}`)}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** From a connection that could not be made, broke, or went silent: status 0. */
export function connectionError(server: string, cause: unknown): ApiError {
  return new ApiError({
    status: 0,
    reason: '',
    message: `the Kubernetes API at ${server} cannot be reached: ${describeCause(cause)}`,
    cause,
  });
}

/** True when the same request may well succeed a little later. */
export function isTransient(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

export function isInvalid(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 422;
}

export function isNotFound(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 404;
}

export function parseStatus(body: string): ApiStatus | undefined {
  try {
    const value = JSON.parse(body) as ApiStatus & { kind?: string };
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds or an HTTP date, as RFC 9110 allows. */
function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function describeCause(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(describeCause).join('; ');
  if (!(cause instanceof Error)) return String(cause);
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
