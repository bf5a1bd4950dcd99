import type { InstalledMesh, MeshDriver, PodPlan, Sidecar } from '../../../src/mesh/driver.js';

/** The least that can stand beside pods: adds the given sidecars, else nothing. */
export function plainMesh(sidecars: (plan: PodPlan) => readonly Sidecar[] = () => []): InstalledMesh {
  const capabilities = {
    access: [],
    specs: [],
    split: [],
    headers: [],
    kinds: [],
    protocols: ['http', 'tcp', 'udp'],
    mtls: ['off'],
    features: [],
    identity: 'none',
  } as const;
  const driver: MeshDriver = {
    name: 'plain',
    description: 'no mesh at all',
    versions: { mesh: '0' },
    environments: ['local'],
    capabilities: () => capabilities,
    preflight: async () => [],
    install: async () => plainMesh(sidecars),
  };
  return {
    driver,
    capabilities,
    enrol: async () => undefined,
    decorate: async (plan) => ({ ...plan, sidecars: sidecars(plan) }),
    address: () => {
      throw new Error('the plain mesh has no addresses: ask the environment');
    },
    express: (wanted) => ({
      objects: [],
      faithfulness: wanted.map(() => ({ fidelity: 'unsupported', reasons: ['there is no mesh'] })),
    }),
    proxies: async () => [],
    debugBundle: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A program that outlives its parent, as a proxy does. `socket`: a Unix socket it opens in the pod's folder. */
export function stubbornSidecar(plan: PodPlan, script = 'setInterval(() => {}, 1000)'): Sidecar {
  const file = 'stubborn.mjs';
  return {
    name: 'stubborn',
    command: process.execPath,
    args: [`${plan.pod.dir}/${file}`],
    files: [{ path: file, content: script }],
    ready: async () => true,
  };
}
