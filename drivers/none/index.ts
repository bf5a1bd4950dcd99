/** No mesh at all: the baseline that every measured cost is a difference to. Pods run as they are, services are called as they are. */
import { badInput } from '../../src/errors/harness-error.js';
import type { Environment } from '../../src/environments/environment.js';
import type {
  Capabilities,
  Expression,
  Faithfulness,
  InstalledMesh,
  MeshDriver,
  PodPlan,
  ServiceAddress,
  Target,
  Wanted,
} from '../../src/mesh/driver.js';

const CAPABILITIES: Capabilities = {
  access: [],
  specs: [],
  split: [],
  headers: [],
  kinds: [],
  protocols: ['http', 'tcp', 'udp'],
  mtls: ['off'],
  features: [],
  identity: 'none',
};

export const driver: MeshDriver = {
  name: 'none',
  description: 'no mesh: the baseline',
  versions: { mesh: 'none' },
  environments: ['local', 'containers', 'kind', 'k3s', 'existing'],
  capabilities: () => CAPABILITIES,
  preflight: async () => [],
  install: async (env, { faults }) => {
    if (faults.length === 0) return new NoMesh(env);
    throw badInput(
      'E_UNKNOWN_FAULT',
      `where there is no mesh, nothing can have a fault: ${faults.join(', ')}`,
      'Leave --fault out, or choose a mesh that knows faults.',
    );
  },
};

class NoMesh implements InstalledMesh {
  readonly driver = driver;
  readonly capabilities = CAPABILITIES;
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  async enrol(): Promise<void> {}

  async decorate(plan: PodPlan): Promise<PodPlan> {
    return plan;
  }

  address(service: ServiceAddress): Target {
    return { ...this.#env.address(service), authority: `${service.name}.${service.namespace}:${service.port}` };
  }

  express(wanted: readonly Wanted[]): Expression {
    const faithfulness = wanted.map(({ object }): Faithfulness => {
      return { fidelity: 'unsupported', reasons: [`there is no mesh that could act on ${object.kind}`] };
    });
    return { objects: [], faithfulness };
  }

  async proxies(): Promise<readonly []> {
    return [];
  }

  async debugBundle(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}
}
