/** What the user says about clusters, checked against the environment it is said for: nothing is silently ignored. */
import type { Config } from '../config/config.js';
import type { ClusterSettings, EnvironmentName } from '../environments/open-environment.js';
import { badInput } from '../errors/harness-error.js';

/** A statement about clusters that only makes sense on the command line: it must be made anew each time. */
interface Confirmations {
  readonly yesThisCluster?: boolean;
  readonly adoptMesh?: boolean;
}

type Flag = keyof ClusterSettings | keyof Confirmations;

/** Each flag, its key, and the environments that know it. */
const FLAGS: readonly { readonly flag: string; readonly key: Flag; readonly envs: readonly EnvironmentName[] }[] = [
  { flag: '--cluster', key: 'cluster', envs: ['kind'] },
  { flag: '--node-image', key: 'nodeImage', envs: ['kind'] },
  { flag: '--kubernetes-version', key: 'kubernetesVersion', envs: ['kind'] },
  { flag: '--kind-config', key: 'kindConfig', envs: ['kind'] },
  { flag: '--kubeconfig', key: 'kubeconfig', envs: ['existing'] },
  { flag: '--context', key: 'context', envs: ['existing'] },
  { flag: '--yes-this-cluster', key: 'yesThisCluster', envs: ['existing'] },
  { flag: '--adopt-mesh', key: 'adoptMesh', envs: ['existing', 'kind'] },
  { flag: '--k3s-image', key: 'k3sImage', envs: ['k3s'] },
  { flag: '--agent-image', key: 'agentImage', envs: ['containers', 'kind', 'k3s', 'existing'] },
];

/** What a cluster that is there already cannot be given any more. */
const ONLY_WHEN_MADE: readonly Flag[] = ['nodeImage', 'kubernetesVersion', 'kindConfig'];

/** @throws HarnessError E_ENV_OPTION for a setting that the environment does not know */
export function clusterSettings(
  env: EnvironmentName,
  flags: ClusterSettings & Confirmations,
  config: Config,
): ClusterSettings {
  // A configuration file serves several environments: what another one needs may stand in it.
  const known = FLAGS.filter(({ envs }) => envs.includes(env)).map(({ key }) => key);
  const fromConfig = pick(config, known);
  const fromFlags = pick(flags, known);
  const misplaced = FLAGS.filter(({ key, envs }) => flags[key] !== undefined && !envs.includes(env));
  if (misplaced.length > 0) {
    throw badInput(
      'E_ENV_OPTION',
      misplaced.map(({ flag, envs }) => `${flag} belongs to --env ${envs.join(' or ')}, not to ${env}`).join('; '),
      'leave it out, or choose the environment it belongs to',
    );
  }
  const settings = { ...fromConfig, ...fromFlags };
  const late = FLAGS.filter(({ key }) => ONLY_WHEN_MADE.includes(key) && flags[key] !== undefined);
  if (settings.cluster !== undefined && late.length > 0) {
    throw badInput(
      'E_ENV_OPTION',
      `--cluster ${settings.cluster} is there already, so ${late.map(({ flag }) => flag).join(', ')} cannot be chosen`,
      'leave one of them out',
    );
  }
  return settings;
}

function pick(settings: ClusterSettings & Confirmations & Config, keys: readonly Flag[]): ClusterSettings {
  const kept = keys.filter((key) => key !== 'yesThisCluster' && key !== 'adoptMesh');
  return Object.fromEntries(kept.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])));
}
