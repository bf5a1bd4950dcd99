/** Everything that stands in the way of an installation, at once. */
import { HarnessError } from '../../src/errors/harness-error.js';
import type { Environment } from '../../src/environments/environment.js';
import { chartPath } from '../../src/images/charts.js';
import { findTool } from '../../src/images/tools.js';
import type { Kube } from '../../src/kube/kube.js';
import type { InstallOptions, Problem } from '../../src/mesh/driver.js';
import type { KubeObject } from '../../src/smi/model.js';
import { findFootprint, keyOf } from './footprint.js';
import { findInstallations, type FoundInstallation } from './installation.js';
import { readOptions } from './options.js';
import { CHART_REPOSITORY, ENVIRONMENTS, OSM_VERSION } from './versions.js';

/** As the chart demands it. */
const OLDEST_KUBERNETES = [1, 22] as const;
/** The one version of each definition that the control plane reads. */
const SMI_VERSIONS: Readonly<Record<string, string>> = {
  'traffictargets.access.smi-spec.io': 'v1alpha3',
  'httproutegroups.specs.smi-spec.io': 'v1alpha4',
  'tcproutes.specs.smi-spec.io': 'v1alpha4',
  'trafficsplits.split.smi-spec.io': 'v1alpha2',
};

export const NOTHING_TO_ADOPT: Problem = {
  code: 'E_MESH_ABSENT',
  message: 'adopt=true, but no control plane of Open Service Mesh runs in the cluster',
  hint: 'leave adopt away to have one installed',
};

export async function findProblems(
  env: Environment,
  options: InstallOptions['options'] | undefined,
): Promise<readonly Problem[]> {
  if (env.cluster === undefined || !ENVIRONMENTS.includes(env.name)) return [unsupportedEnvironment(env.name)];
  const { kube } = env.cluster;
  const found = await Promise.all([
    asProblems(() => readOptions(options)),
    asProblems(() => findTool('helm')),
    asProblems(() => chartPath('osm', OSM_VERSION, CHART_REPOSITORY)),
    checkKubernetes(kube),
    checkCluster(kube, options?.['adopt'] === 'true'),
  ]);
  return found.flat();
}

export function unsupportedEnvironment(name: string): Problem {
  return {
    code: 'E_ENVIRONMENT_UNSUPPORTED',
    message: `Open Service Mesh cannot be installed into environment "${name}"`,
    hint: `it needs a Kubernetes cluster: use --env ${ENVIRONMENTS.join(', --env ')}`,
  };
}

async function asProblems(check: () => unknown): Promise<readonly Problem[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    const { code, message, hint, exitCode } = error;
    return [{ code, message, hint, exitCode }];
  }
}

async function checkKubernetes(kube: Kube): Promise<readonly Problem[]> {
  const version = await kube.serverVersion();
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_KUBERNETES;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return [];
  return [
    {
      code: 'E_KUBERNETES_VERSION',
      message: `Open Service Mesh ${OSM_VERSION} needs Kubernetes ${OLDEST_KUBERNETES.join('.')} or newer, this cluster is ${version}`,
      hint: 'choose a newer cluster; --env kind makes one',
    },
  ];
}

async function checkCluster(kube: Kube, adopt: boolean): Promise<readonly Problem[]> {
  const [installations, footprint, hooks] = await Promise.all([
    findInstallations(kube),
    findFootprint(kube),
    findForeignHooks(kube),
  ]);
  if (adopt) return [...checkAdoptable(installations), ...checkVersions(footprint)];
  const present = [...footprint, ...hooks];
  if (present.length === 0) return [];
  const where = installations.map(({ meshName, namespace, version }) => `mesh ${meshName} ${version} in ${namespace}`);
  return [
    {
      code: 'E_MESH_PRESENT',
      message: `a mesh, or what is left of one, is in the cluster already: ${[...where, ...present.map(keyOf)].join(', ')}`,
      hint: 'remove it, choose another cluster, or use it as it is with the option adopt=true',
    },
    ...checkVersions(footprint),
  ];
}

function checkAdoptable(installations: readonly FoundInstallation[]): readonly Problem[] {
  if (installations.length === 0) return [NOTHING_TO_ADOPT];
  if (installations.length > 1) {
    const message = `${installations.length} meshes are there: ${installations.map(({ meshName }) => meshName).join(', ')}`;
    return [{ code: 'E_MESH_PRESENT', message, hint: 'only a mesh that is alone can be judged' }];
  }
  return installations.flatMap(({ meshName, version, permissive }) => [
    ...(version.replace(/^v/, '') === OSM_VERSION
      ? []
      : [
          {
            code: 'E_MESH_VERSION',
            message: `mesh ${meshName} is version ${version}, this driver knows ${OSM_VERSION}`,
            hint: 'choose another cluster, or a driver for that version',
          },
        ]),
    ...(permissive
      ? [
          {
            code: 'E_MESH_MODE',
            message: `mesh ${meshName} lets everything through: enablePermissiveTrafficPolicyMode is on`,
            hint: 'turn it off with kubectl patch meshconfig osm-mesh-config --type merge -p \'{"spec":{"traffic":{"enablePermissiveTrafficPolicyMode":false}}}\'',
          },
        ]
      : []),
  ]);
}

/** Another mesh's definitions: the control plane would overwrite them, and both would read them differently. */
function checkVersions(footprint: readonly KubeObject[]): readonly Problem[] {
  return footprint.flatMap((definition) => {
    const wanted = SMI_VERSIONS[definition.metadata.name];
    if (wanted === undefined || definition.kind !== 'CustomResourceDefinition') return [];
    const { versions } = definition['spec'] as { readonly versions: readonly { name: string; served: boolean }[] };
    const served = versions.flatMap((version) => (version.served ? [version.name] : []));
    if (served.join() === wanted) return [];
    return [
      {
        code: 'E_SMI_VERSIONS',
        message: `${definition.metadata.name} is served as ${served.join(', ')}; Open Service Mesh needs ${wanted} and nothing else`,
        hint: 'two meshes cannot share SMI definitions: choose another cluster, or remove these definitions',
      },
    ];
  });
}

/** Webhooks of others that have a say in SMI objects. */
async function findForeignHooks(kube: Kube): Promise<readonly KubeObject[]> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
  const all = await Promise.all(
    kinds.map(async (kind) =>
      (await kube.list({ apiVersion, kind })).map((object) => ({ ...object, apiVersion, kind })),
    ),
  );
  type Hooks = readonly { readonly rules?: readonly { readonly apiGroups?: readonly string[] }[] }[];
  return all.flat().filter((object: KubeObject) => {
    if (/^osm-(webhook|validator)-/.test(object.metadata.name)) return false;
    const groups = ((object['webhooks'] ?? []) as Hooks).flatMap(({ rules = [] }) =>
      rules.flatMap((rule) => rule.apiGroups ?? []),
    );
    return groups.some((group) => group.endsWith('.smi-spec.io'));
  });
}
