import type { PodFailure } from '../environment.js';
import type { ClusterPod, PodGround } from './cluster-pod.js';
import { saveLog } from './pod-log.js';
import { type ContainerEnd, containerEnds, readPodStatus, uidOf } from './pod-status.js';
import { describeEnd } from './pod-errors.js';
import { AGENT } from './pod-manifest.js';

/** Watches over pods that have started: each of their containers that ends without having been told to is reported once. */
export class PodGuard implements Disposable {
  readonly #ground: PodGround;
  readonly #report: (pod: ClusterPod, failure: PodFailure) => void;
  readonly #guarded = new Map<string, { readonly pod: ClusterPod; readonly reported: Set<string> }>();
  readonly #subscription: Disposable;

  constructor(ground: PodGround, report: (pod: ClusterPod, failure: PodFailure) => void) {
    this.#ground = ground;
    this.#report = report;
    this.#subscription = ground.pods.onChange(({ object }) => this.#check(uidOf(object)));
  }

  guard(pod: ClusterPod): void {
    this.#guarded.set(pod.uid, { pod, reported: new Set() });
    // It may have ended between its readiness and now.
    this.#check(pod.uid);
  }

  /** From now on the pod may end. */
  release(pod: ClusterPod): void {
    this.#guarded.delete(pod.uid);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#guarded.clear();
  }

  #check(uid: string): void {
    const entry = this.#guarded.get(uid);
    if (entry === undefined) return;
    const { pod, reported } = entry;
    const { namespace, name } = pod.pod;
    const object = this.#ground.pods.get(namespace, name);
    if (object === undefined || uidOf(object) !== uid) {
      this.release(pod);
      this.#tell(pod, { container: AGENT, exitCode: null, signal: null, logTail: 'the pod was deleted', logFile: '' });
      return;
    }
    const ends = containerEnds(object).filter(({ container }) => !reported.has(container));
    for (const end of ends) {
      reported.add(end.container);
      void this.#tellEnd(pod, end);
    }
    const status = readPodStatus(object);
    if (status.state !== 'failed' || reported.size > 0) return;
    reported.add(AGENT);
    this.#tell(pod, { container: AGENT, exitCode: null, signal: null, logTail: status.message, logFile: '' });
  }

  async #tellEnd(pod: ClusterPod, end: ContainerEnd): Promise<void> {
    const { cluster, logDir } = this.#ground;
    const { container, exitCode, signal } = end;
    const told = `${container} ${describeEnd(end)}`;
    try {
      const { tail, file } = await saveLog(cluster.kube, pod.pod, end, logDir);
      this.#tell(pod, { container, exitCode, signal, logTail: `${tail}\n${told}`.trimStart(), logFile: file });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#tell(pod, { container, exitCode, signal, logTail: `${told}; its log cannot be kept: ${why}`, logFile: '' });
    }
  }

  #tell(pod: ClusterPod, failure: Omit<PodFailure, 'pod'>): void {
    this.#report(pod, { pod: `${pod.pod.namespace}/${pod.pod.name}`, ...failure });
  }
}
