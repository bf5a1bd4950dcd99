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

/**
 * What a run is told that shall show the suite failing: no mesh that claims to be one. Every object is taken and nobody acts
 * on it, so whatever is let through was never stopped by a mesh. With `--option pretend=true`.
 */
const PRETENDED: Capabilities = {
  access: ['v1alpha3', 'v1alpha2', 'v1alpha1'],
  specs: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  split: ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'],
  headers: ['map'],
  kinds: ['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'UDPRoute', 'TrafficSplit'],
  protocols: ['http', 'tcp', 'udp'],
  mtls: ['strict'],
  features: ['deny-by-default', 'dynamic-services', 'tcp-split', 'split-matches'],
  identity: 'service-account',
};

export const driver: MeshDriver = {
  name: 'none',
  description: 'no mesh: the baseline',
  versions: { mesh: 'none' },
  environments: ['local', 'containers', 'kind', 'k3s', 'existing'],
  capabilities: () => CAPABILITIES,
  preflight: async () => [],
  install: async (env, { faults, options }) => {
    if (faults.length === 0) return new NoMesh(env, options['pretend'] === 'true');
    throw badInput(
      'E_UNKNOWN_FAULT',
      `where there is no mesh, nothing can have a fault: ${faults.join(', ')}`,
      'Leave --fault out, or choose a mesh that knows faults.',
    );
  },
};

class NoMesh implements InstalledMesh {
  readonly driver = driver;
  readonly capabilities: Capabilities;
  readonly #env: Environment;
  readonly #pretends: boolean;

  constructor(env: Environment, pretends: boolean) {
    this.#env = env;
    this.#pretends = pretends;
    this.capabilities = pretends ? PRETENDED : CAPABILITIES;
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
      if (this.#pretends) return { fidelity: 'lossy', reasons: [`nobody acts on ${object.kind}`] };
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
