/** Finds and checks the kubeconfig: every mistake in it is the user's to mend, and said before the first request. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { badInput, type HarnessError } from '../errors/harness-error.js';

export interface KubeconfigOptions {
  /** One file, or several as in the variable KUBECONFIG. Absent: KUBECONFIG, then ~/.kube/config. */
  readonly kubeconfigPath?: string;
  /** Absent: the current context of the file. */
  readonly context?: string;
  /** The service account of the pod this program runs in. */
  readonly inCluster?: boolean;
}

export interface LoadedKubeconfig {
  readonly config: KubeConfig;
  /** Empty in a cluster, where there is no file. */
  readonly path: string;
  readonly context: string;
  readonly server: string;
}

/** @throws HarnessError E_KUBECONFIG */
export async function loadKubeconfig(options: KubeconfigOptions): Promise<LoadedKubeconfig> {
  // The client library takes almost half a second to load: only those pay who talk to a cluster.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  const path = options.inCluster === true ? '' : findPath(options.kubeconfigPath);
  if (options.inCluster === true) loadFromPod(config);
  else for (const file of path.split(delimiter)) loadFile(config, file, new KubeConfig());
  const context = chooseContext(config, path, options.context);
  const server = config.getCurrentCluster()?.server;
  if (!server)
    throw broken(`context '${context}' in ${path} names the cluster '${clusterName(config)}', which has no server`);
  if (path !== '' && config.getCurrentUser() === null)
    throw broken(`context '${context}' in ${path} names a user that is not in the file`);
  return { config, path, context, server };
}

function findPath(given: string | undefined): string {
  const named = given ?? process.env.KUBECONFIG;
  if (!named) return join(homedir(), '.kube', 'config');
  return named.split(delimiter).filter(Boolean).join(delimiter);
}

function loadFromPod(config: KubeConfig): void {
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
  if (!process.env.KUBERNETES_SERVICE_HOST || !existsSync(token))
    throw broken(`this program does not run in a pod with a service account: there is no ${token}`);
  config.loadFromCluster();
}

function loadFile(config: KubeConfig, file: string, part: KubeConfig): void {
  if (!existsSync(file)) throw broken(`there is no kubeconfig at ${file}`);
  try {
    part.loadFromFile(file);
    // Only a first file sets what later ones are merged into.
    if (config.clusters.length === 0) config.loadFromOptions(part);
    else config.mergeConfig(part, true);
  } catch (error) {
    throw broken(`the kubeconfig ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function chooseContext(config: KubeConfig, path: string, wanted: string | undefined): string {
  const names = config.getContexts().map((context) => context.name);
  const context = wanted ?? config.getCurrentContext();
  if (!context) throw broken(`the kubeconfig ${path} sets no current context; it has: ${names.join(', ') || 'none'}`);
  if (!names.includes(context))
    throw broken(`there is no context '${context}' in ${path}; it has: ${names.join(', ') || 'none'}`);
  config.setCurrentContext(context);
  return context;
}

function clusterName(config: KubeConfig): string {
  return config.getContextObject(config.getCurrentContext())?.cluster ?? '';
}

function broken(message: string): HarnessError {
  return badInput(
    'E_KUBECONFIG',
    message,
    'name the file with --kubeconfig or KUBECONFIG and the context with --context; `kubectl config get-contexts` lists what there is',
  );
}
