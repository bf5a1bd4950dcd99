/** `meshgauge metrics manifest`: everything that a cluster needs to have the metrics API served by the shim, for kubectl to apply. */
import { stringify } from 'yaml';
import { createAuthority } from '../certificates/authority.js';
import { STATISTICS } from '../../drivers/statistics.js';
import { badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import { metricsShimImage } from '../images/agent-image.js';
import { shimHost, shimManifests } from '../metrics/shim-manifests.js';
import { readWindow } from './metrics.js';

export interface ManifestFlags {
  readonly mesh?: string;
  readonly namespace?: string;
  readonly image?: string;
  readonly window?: string;
}

const DEFAULT_NAMESPACE = 'meshgauge-metrics';
const TRUST_DOMAIN = 'metrics.meshgauge.local';
/** Nobody renews it: applying a new manifest does. */
const CERTIFICATE_TTL_MS = 365 * 24 * 3_600_000;

/** Prints YAML. Each time with a new certificate. */
export async function manifest({
  mesh = 'reference',
  namespace = DEFAULT_NAMESPACE,
  image,
  window,
}: ManifestFlags): Promise<ExitCode> {
  const windowMs = readWindow(window);
  if (!Object.hasOwn(STATISTICS, mesh))
    throw badInput(
      'E_UNKNOWN_MESH',
      `the shim knows no mesh called "${mesh}"`,
      `it knows ${Object.keys(STATISTICS).join(', ')}`,
    );
  const authority = await createAuthority(TRUST_DOMAIN, CERTIFICATE_TTL_MS);
  const identity = await authority.issue({
    spiffeId: `spiffe://${TRUST_DOMAIN}/shim`,
    dnsNames: [shimHost(namespace)],
    ttlMs: CERTIFICATE_TTL_MS,
  });
  const { certPem, keyPem } = identity;
  const place = { namespace, image: image ?? metricsShimImage().ref, caPem: authority.caPem };
  const objects = shimManifests({ mesh, windowMs, certPem, keyPem }, place);
  process.stdout.write(objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n'));
  return EXIT.conformant;
}
