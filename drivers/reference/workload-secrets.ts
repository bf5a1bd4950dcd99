/** The certificates of proxies as they are served them: proxies of one SPIFFE id share one. */
import type { Authority } from '../../src/certificates/authority.js';
import { buildSecrets } from './resources/tls.js';
import type { SecretJson } from './xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js';

/** A workload certificate's life; renewed at half of it. */
export const CERTIFICATE_TTL_MS = 3_600_000;

export class WorkloadSecrets {
  readonly #authority: Authority;
  readonly #bySpiffeId = new Map<string, readonly SecretJson[]>();

  constructor(authority: Authority) {
    this.#authority = authority;
  }

  of(spiffeId: string): readonly SecretJson[] {
    return this.#bySpiffeId.get(spiffeId) ?? [];
  }

  /** Issues those that are lacking. */
  async ensure(spiffeIds: readonly string[]): Promise<void> {
    await this.#issue(new Set(spiffeIds.filter((id) => !this.#bySpiffeId.has(id))));
  }

  /** Issues all of them anew. */
  async renew(): Promise<void> {
    await this.#issue(this.#bySpiffeId.keys());
  }

  async #issue(spiffeIds: Iterable<string>): Promise<void> {
    const issued = [...spiffeIds].map(async (spiffeId) => {
      const certificate = await this.#authority.issue({ spiffeId, ttlMs: CERTIFICATE_TTL_MS });
      this.#bySpiffeId.set(spiffeId, buildSecrets(certificate, this.#authority.caPem));
    });
    await Promise.all(issued);
  }
}
