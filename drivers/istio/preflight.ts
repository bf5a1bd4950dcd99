/** Everything that keeps Istio from being installed here, all at once. */
import type { Environment } from '../../src/environments/environment.js';
import { EXIT, HarnessError } from '../../src/errors/harness-error.js';
import { chartPath } from '../../src/images/charts.js';
import { findTool } from '../../src/images/tools.js';
import type { Kube, Permission } from '../../src/kube/kube.js';
import type { Problem } from '../../src/mesh/driver.js';
import { NEEDED_DEFINITIONS, readDefinitions } from './gateway-api.js';
import { readOptions, type IstioOptions } from './options.js';
import { BASE, ISTIO_VERSION, ISTIOD } from './release.js';
import { definitionNames, findControlPlanes, findRemains } from './traces.js';

/** Beside what any mesh needs: the kinds that SMI is translated to. */
const POLICY: readonly Permission[] = [
  ['security.istio.io', 'authorizationpolicies'],
  ['security.istio.io', 'peerauthentications'],
  ['networking.istio.io', 'envoyfilters'],
  ['networking.istio.io', 'sidecars'],
  ['gateway.networking.k8s.io', 'httproutes'],
  ['gateway.networking.k8s.io', 'tcproutes'],
].flatMap(([group = '', resource = '']) =>
  ['get', 'create', 'patch', 'delete'].map((verb) => ({ verb, group, resource })),
);
const ENROL: readonly Permission[] = [{ verb: 'patch', group: '', resource: 'namespaces' }];

export async function findProblems(
  env: Environment,
  given: Readonly<Record<string, string>> = {},
): Promise<readonly Problem[]> {
  if (env.cluster === undefined) return [noCluster(env)];
  const { kube } = env.cluster;
  let options: IstioOptions;
  try {
    options = readOptions(given);
  } catch (error) {
    return [toProblem(error)];
  }
  const checks = [
    findMissingPermissions(kube),
    findMissingDefinitions(kube, options),
    options.adopt ? findNothingToAdopt(kube) : findForeignMesh(kube),
    ...(options.adopt
      ? []
      : [
          problemOf(() => findTool('helm')),
          problemOf(() => chartPath(BASE.chart, ISTIO_VERSION)),
          problemOf(() => chartPath(ISTIOD.chart, ISTIO_VERSION)),
        ]),
  ];
  return (await Promise.all(checks)).flat();
}

export function noCluster(env: Environment): Problem {
  return {
    code: 'E_ENVIRONMENT_UNSUPPORTED',
    message: `Istio needs a Kubernetes cluster, and environment "${env.name}" has none`,
    hint: 'use --env kind, --env k3s or --env existing',
    exitCode: EXIT.badInput,
  };
}

async function findMissingPermissions(kube: Kube): Promise<readonly Problem[]> {
  const missing = await kube.missingPermissions([...POLICY, ...ENROL]);
  if (missing.length === 0) return [];
  const list = missing.map(({ verb, group, resource }) => `${verb} ${resource}${group === '' ? '' : `.${group}`}`);
  return [
    {
      code: 'E_RBAC',
      message: `the user of context ${kube.context} may not: ${list.join(', ')}`,
      hint: 'grant these permissions, or use another context',
    },
  ];
}

/** An Istio that is to be used as it is must come with the Gateway API; else what is missing is installed. */
async function findMissingDefinitions(kube: Kube, { adopt }: IstioOptions): Promise<readonly Problem[]> {
  const present = await definitionNames(kube);
  const missing = NEEDED_DEFINITIONS.filter((name) => !present.has(name));
  if (missing.length === 0) return [];
  if (!adopt) return problemOf(readDefinitions);
  return [
    {
      code: 'E_GATEWAY_API',
      message: `the cluster does not serve ${missing.join(', ')}`,
      hint: 'install the standard channel of the Gateway API; a mesh that is adopted is not changed',
    },
  ];
}

/** An Istio of somebody else's would have to live with our policies, and ours with its settings. */
async function findForeignMesh(kube: Kube): Promise<readonly Problem[]> {
  const planes = await findControlPlanes(kube);
  if (planes.length === 0) return findForeignRemains(kube);
  const names = planes.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  return [
    {
      code: 'E_MESH_PRESENT',
      message: `the cluster has an Istio that this run did not install: ${names.join(', ')}`,
      hint: 'use it as it is with --driver-option adopt=true, or uninstall it, or use another cluster',
    },
  ];
}

/** Of an Istio without its control plane, or of policies kept for one: they are somebody's, and would be in force. */
async function findForeignRemains(kube: Kube): Promise<readonly Problem[]> {
  const remains = await findRemains(kube);
  if (remains.length === 0) return [];
  return [
    {
      code: 'E_MESH_PRESENT',
      message: `what is left of an Istio is in the cluster: ${remains.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
      hint: 'if a run of ours was cut off, `meshgauge clean --kubeconfig FILE` removes it; else remove it, or use another cluster',
    },
  ];
}

async function findNothingToAdopt(kube: Kube): Promise<readonly Problem[]> {
  if ((await findControlPlanes(kube)).length > 0) return [];
  return [
    {
      code: 'E_MESH_ABSENT',
      message: 'adopt=true, but the cluster has no istiod',
      hint: 'leave adopt away to have Istio installed',
    },
  ];
}

async function problemOf(check: () => Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await check();
    return [];
  } catch (error) {
    return [toProblem(error)];
  }
}

function toProblem(error: unknown): Problem {
  if (!(error instanceof HarnessError)) throw error;
  const { code, message, hint, exitCode } = error;
  return { code, message, hint, exitCode };
}
