/** The namespaces of a run in a cluster, and the accounts in them. */
import { HarnessError } from '../../errors/harness-error.js';
import type { Pod } from '../../mesh/driver.js';
import type { PodGround } from './cluster-pod.js';
import { createNamespace, deleteNamespace, vacateNamespace } from './namespaces.js';
import { once } from './once.js';
import { serviceAccountManifest } from './pod-manifest.js';
import { apiError } from './refusals.js';
import { retryPassing } from './retry.js';

const CALL_DEADLINE_MS = 30_000;

export class RunNamespaces {
  readonly #ground: PodGround;
  readonly #created = new Map<string, Promise<void>>();
  readonly #tried = new Set<string>();
  readonly #accounts = new Map<string, Promise<unknown>>();

  constructor(ground: PodGround) {
    this.#ground = ground;
  }

  /** Also those that are being created. */
  created(): readonly string[] {
    return [...this.#created.keys()];
  }

  /** Also those whose creation failed half-way. */
  tried(): readonly string[] {
    return [...this.#tried];
  }

  /** Each once, for all who ask. */
  async create(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => once(this.#created, name, () => this.#create(name))));
  }

  /** Resolves when nothing is being created any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#created.values());
  }

  async ensureAccount({ namespace, serviceAccount }: Pod): Promise<void> {
    const { cluster, signal } = this.#ground;
    if (!this.#created.has(namespace)) {
      throw new HarnessError({
        code: 'E_NAMESPACE_UNKNOWN',
        message: `namespace ${namespace} does not exist`,
        hint: `create it first; there are ${this.created().join(', ')}`,
      });
    }
    const manifest = serviceAccountManifest(namespace, serviceAccount, cluster.labels);
    await once(this.#accounts, `${namespace}/${serviceAccount}`, async () => {
      const options = { deadlineMs: CALL_DEADLINE_MS, signal };
      await retryPassing(() => cluster.kube.apply(manifest), options).catch((error: unknown) => {
        throw apiError(`create service account ${namespace}/${serviceAccount}`, error);
      });
    });
  }

  /** Tells these to go, and waits for none. */
  async vacate(names: readonly string[]): Promise<void> {
    await Promise.allSettled(names.map((name) => vacateNamespace(this.#ground.cluster, name)));
  }

  /** Deletes all and waits until they are gone. */
  async delete(): Promise<void> {
    const ends = await Promise.allSettled(this.tried().map((name) => deleteNamespace(this.#ground.cluster, name)));
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #create(name: string): Promise<void> {
    const { cluster, pods, slices, signal } = this.#ground;
    this.#tried.add(name);
    await createNamespace(cluster, name, signal);
    await Promise.all([pods.open(name), slices.open(name)]);
  }
}
