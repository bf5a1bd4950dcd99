/** The two objects that make a namespace a part of the mesh: what it demands of connections, and what it does with requests nobody names. */
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
