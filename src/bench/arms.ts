/** The arms of a comparison: which client calls which server, and how many proxies are on the way. */

export type ArmName = 'direct' | 'A/A' | 'client-only' | 'server-only' | 'both';

export interface Arm {
  readonly name: ArmName;
  /** Pods of the workload set `bench`. */
  readonly client: string;
  readonly server: string;
  readonly description: string;
}

/** What every other arm is compared with. */
export const BASELINE: Arm = {
  name: 'direct',
  client: 'direct',
  server: 'bare',
  description: 'client and server without a proxy',
};

/** The baseline once more, by another client: what it differs by is noise. */
export const TWIN: Arm = { name: 'A/A', client: 'twin', server: 'bare', description: 'the direct arm once more' };

/** What the mesh costs, piece by piece. */
const MESH_ARMS: readonly Arm[] = [
  { name: 'client-only', client: 'leaver', server: 'bare', description: 'a proxy at the client, none at the server' },
  {
    name: 'server-only',
    client: 'comer',
    server: 'ns2/open',
    description: 'a proxy at the server, none at the client',
  },
  { name: 'both', client: 'member', server: 'srv', description: 'a proxy at either end' },
];

export const ARMS: readonly Arm[] = [BASELINE, TWIN, ...MESH_ARMS];
