/**
 * What the harness needs of a Kubernetes API, whatever client library is beneath. One connection to one context of one
 * kubeconfig; every failure of the API is a `KubeError` with its status.
 */
import type { Duplex } from 'node:stream';
import type { Json, KubeObject, ObjectRef } from '../smi/model.js';

/** Group, version and kind of objects, as a manifest spells them. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface Scope {
  /** Absent: cluster-scoped objects, or all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
}

export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export type KubeChange =
  { readonly type: 'applied'; readonly object: KubeObject } | { readonly type: 'deleted'; readonly object: KubeObject };

/** One permission, as a SelfSubjectAccessReview asks for it. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent: in all namespaces, or cluster-scoped. */
  readonly namespace?: string;
}

/** The API answered with a status other than success, or could not be reached (status 0). */
export class KubeError extends Error {
  readonly status: number;
  /** Machine-readable reason of the API (`Invalid`, `Forbidden`, …), empty when it gave none. */
  readonly reason: string;

  constructor(options: { status: number; reason: string; message: string; cause?: unknown }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'KubeError';
    this.status = options.status;
    this.reason = options.reason;
  }
}

export interface Kube {
  readonly kubeconfigPath: string;
  readonly context: string;
  readonly server: string;
  /** Server-side apply under the field manager `meshgauge`, forced. @throws KubeError */
  apply(object: KubeObject): Promise<KubeObject>;
  /** A plain POST that asks for no check of unknown fields: the server drops them. @throws KubeError */
  create(object: KubeObject): Promise<KubeObject>;
  /** Merge patch (RFC 7386), of the object or of one of its subresources. @throws KubeError */
  patch(ref: ObjectRef, patch: unknown, subresource?: string): Promise<KubeObject>;
  /** Undefined when there is no such object. @throws KubeError */
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  /** What the API answers to a path, for what is no object. @param as impersonates this user. @throws KubeError */
  raw(path: string, as?: string): Promise<Json>;
  list(kind: KindRef, scope?: Scope): Promise<readonly KubeObject[]>;
  /** False when there was nothing to delete. With `waitMs`, resolves once it is really gone. */
  delete(
    ref: ObjectRef,
    options?: { readonly waitMs?: number; readonly gracePeriodSeconds?: number },
  ): Promise<boolean>;
  /**
   * List, then watch, for ever: relists after 410, backs off after 429 and 5xx, survives idle connections. The listener sees
   * every object once as `applied` before this resolves, and deletions that happened while a connection was down.
   */
  watch(kind: KindRef, scope: Scope, listener: (change: KubeChange) => void): Promise<AsyncDisposable>;
  /** @throws HarnessError E_KUBE_WAIT with what was awaited and what was seen last. */
  waitFor(
    ref: ObjectRef,
    condition: (object: KubeObject | undefined) => boolean,
    options: { readonly deadlineMs: number; readonly what: string; readonly signal?: AbortSignal },
  ): Promise<void>;
  exec(
    container: ContainerRef,
    command: readonly string[],
    options?: { readonly stdin?: string; readonly timeoutMs?: number },
  ): Promise<ExecResult>;
  logs(
    container: ContainerRef,
    options?: { readonly tailLines?: number; readonly previous?: boolean },
  ): Promise<string>;
  /** A connection to a port inside a pod (as seen from its own loopback), through the API server, with back-pressure. */
  connect(pod: { readonly namespace: string; readonly pod: string }, port: number): Promise<Duplex>;
  /** Served versions of an API group, preferred first; empty when the group is not served. */
  servedVersions(group: string): Promise<readonly string[]>;
  /** `v1.34.4`. */
  serverVersion(): Promise<string>;
  /** Those of `permissions` that the user of this context lacks. */
  missingPermissions(permissions: readonly Permission[]): Promise<readonly Permission[]>;
}
