/**
 * The objects that make a namespace a part of the mesh: what it demands of connections, what it does with requests nobody names,
 * and how far its proxies see.
 */
import type { NamespaceMode } from '../../src/mesh/driver.js';
import type { KubeObject } from '../../src/smi/model.js';

const NAME = 'meshgauge-default';

export type WholeMode = Required<NamespaceMode>;

/** What SMI takes for granted. */
export const SMI_MODE: WholeMode = { mtls: 'strict', access: 'deny' };

export function modeObjects(namespace: string, { mtls, access }: WholeMode): readonly KubeObject[] {
  const metadata = { name: NAME, namespace };
  return [
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata,
      spec: { mtls: { mode: mtls === 'strict' ? 'STRICT' : 'PERMISSIVE' } },
    },
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'AuthorizationPolicy',
      metadata,
      // A list of permissions: without rules it allows nothing, an empty rule allows everything.
      spec: { action: 'ALLOW', ...(access === 'deny' ? {} : { rules: [{}] }) },
    },
  ];
}

/**
 * Namespaces that are enrolled together see each other and nothing else, so that a change in one lane is not sent to the proxies of
 * all the others. Which requests a proxy lets through is no matter of what it sees: unknown addresses are passed on, as by default.
 * @see https://istio.io/latest/docs/reference/config/networking/sidecar/
 */
export function scopeObject(namespace: string, together: readonly string[]): KubeObject {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: NAME, namespace },
    spec: { egress: [{ hosts: together.map((name) => `${name}/*`) }] },
  };
}
