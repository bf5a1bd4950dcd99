/** From the name of an environment to the environment; only the chosen one is loaded. */
import type { PortKey } from '../mesh/driver.js';
import type { Environment } from './environment.js';

export const ENVIRONMENT_NAMES = ['local', 'containers', 'kind', 'k3s', 'existing'] as const;
export type EnvironmentName = (typeof ENVIRONMENT_NAMES)[number];

export function isEnvironmentName(name: string): name is EnvironmentName {
  return ENVIRONMENT_NAMES.some((known) => known === name);
}

/** What the user may say about clusters; which of it counts depends on the environment. */
export interface ClusterSettings {
  readonly cluster?: string;
  readonly nodeImage?: string;
  readonly kubernetesVersion?: string;
  readonly kindConfig?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly agentImage?: string;
  readonly k3sImage?: string;
}

export interface OpenOptions extends ClusterSettings {
  readonly env: EnvironmentName;
  readonly runId: string;
  readonly seed: number;
  readonly keep: boolean;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  /** Gets logs of what did not come up. */
  readonly debugDir: string;
  /** `local`: added to every port. */
  readonly portOffset?: number;
  /** Ports that the workloads will listen on. */
  readonly ports: readonly PortKey[];
  /** The user said that this very cluster is meant. */
  readonly confirmed: boolean;
  /** A mesh that the harness did not install may be used. */
  readonly adoptMesh: boolean;
}

export async function openEnvironment(options: OpenOptions): Promise<Environment> {
  switch (options.env) {
    case 'local':
      return (await import('./local/local-environment.js')).createLocalEnvironment(options);
    case 'containers':
      return (await import('./containers/containers-environment.js')).createContainersEnvironment(options);
    case 'kind':
      return (await import('./kind/kind-environment.js')).createKindEnvironment(options);
    case 'k3s':
      return (await import('./k3s/k3s-environment.js')).createK3sEnvironment(options);
    case 'existing':
      return (await import('./existing/existing-environment.js')).createExistingEnvironment(options);
  }
}
