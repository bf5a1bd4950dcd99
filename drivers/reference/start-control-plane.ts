/** A root of trust, an xDS server and the control plane upon them: the same in this process and in a pod of its own. */
import type { Environment } from '../../src/environments/environment.js';
import type { Teardown } from '../../src/run/teardown.js';
import { createAuthority, type Authority } from '../../src/certificates/authority.js';
import { ControlPlane, type ClusterView } from './control-plane.js';
import type { ActiveFaults } from './faults/index.js';
import { TrafficCounters } from './metrics/counters.js';
import type { MutateResources } from './mutate-resources.js';
import { CERTIFICATE_TTL_MS } from './workload-secrets.js';
import { AdsServer } from './xds/ads-server.js';

const TRUST_DOMAIN = 'meshgauge.local';
/** The DNS name in the certificate of the control plane. */
export const CONTROL_PLANE_NAME = 'control-plane';
const CONTROL_PLANE_TTL_MS = 7 * 24 * 3_600_000;

export interface ControlPlaneSetting {
  readonly api: ClusterView;
  readonly interception: Environment['interception'];
  readonly faults: ActiveFaults;
  readonly mutateResources?: MutateResources;
  /** Proxies shall count who asks whom. */
  readonly counting?: boolean;
  /** Where proxies find it; port 0: any free port. */
  readonly host: string;
  readonly port: number;
}

/** A running control plane and what its proxies must know of it. */
export interface RunningControlPlane {
  readonly authority: Authority;
  readonly controlPlaneSpiffeId: string;
  readonly ads: AdsServer;
  readonly controlPlane: ControlPlane;
}

/** Starts it, and tells `teardown` how to end it. */
export async function startControlPlane(
  { host, port, counting = false, ...setting }: ControlPlaneSetting,
  teardown: Teardown,
): Promise<RunningControlPlane> {
  const authority = await createAuthority(TRUST_DOMAIN);
  const controlPlaneSpiffeId = `spiffe://${TRUST_DOMAIN}/${CONTROL_PLANE_NAME}`;
  const tls = await authority.issue({
    spiffeId: controlPlaneSpiffeId,
    dnsNames: [CONTROL_PLANE_NAME],
    ttlMs: CONTROL_PLANE_TTL_MS,
  });
  const ads = await AdsServer.listen({ host, port, tls: { ...tls, caPem: authority.caPem } });
  teardown.defer('the xDS server', () => ads[Symbol.asyncDispose]());
  const counters = counting ? { counters: new TrafficCounters() } : {};
  const controlPlane = new ControlPlane({ ...setting, ...counters, ads, authority });
  teardown.defer('the control plane', () => controlPlane[Symbol.dispose]());
  const renewal = renewCertificates(controlPlane);
  teardown.defer('certificate renewal', () => renewal[Symbol.dispose]());
  return { authority, controlPlaneSpiffeId, ads, controlPlane };
}

/** Long runs outlive certificates; a failure shows in `problems`, and as refused handshakes if nobody acts. */
function renewCertificates(controlPlane: ControlPlane): Disposable {
  const timer = setInterval(
    () => void controlPlane.rotate().catch((error: unknown) => controlPlane.report(error)),
    CERTIFICATE_TTL_MS / 2,
  );
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
