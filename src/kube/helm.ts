/** Helm, by its own program: releases are its format, and a chart may run hooks. */
import { execa, ExecaError } from 'execa';
import { HarnessError } from '../errors/harness-error.js';
import type { Json } from '../smi/model.js';

export interface HelmOptions {
  readonly helmPath: string;
  /** As `Kube.kubeconfigPath`; empty inside a cluster. */
  readonly kubeconfigPath: string;
  readonly context: string;
  /** False: hooks of charts do not run; they start images of their own, and a release whose images are missing could not even be removed. */
  readonly hooks?: boolean;
}

export interface UpgradeInstall {
  readonly release: string;
  readonly namespace: string;
  /** A folder, an archive, or with `repo` a name. */
  readonly chart: string;
  /** Address of a chart repository. */
  readonly repo?: string;
  readonly version?: string;
  readonly valuesFiles: readonly string[];
  /** Values by dotted path, after the files; types are kept. */
  readonly set?: Readonly<Record<string, Json>>;
  readonly createNamespace: boolean;
  /** For a chart whose readiness probes name no period: Kubernetes would look every ten seconds. */
  readonly readinessPeriodSeconds?: number;
  /** How long the workloads of the release may take to get ready. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  /** `deployed`, `failed`, `pending-install`, … */
  readonly status: string;
  readonly revision: number;
  /** `<chart>-<version>`; empty where Helm does not tell. */
  readonly chart: string;
}

interface ReleaseRow {
  readonly name: string;
  readonly namespace: string;
  readonly status: string;
  readonly revision: string;
  readonly chart: string;
}

interface ReleaseStatus {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly info: { readonly status: string };
}

const ANSWER_TIMEOUT_MS = 60_000;
/** Helm is to end by itself first, with its own words. */
const GRACE_MS = 30_000;
const STDERR_LINES = 12;
const NOT_FOUND = /release: not found/;

/** Releases of one cluster. Every failure is a HarnessError E_HELM with the end of what Helm said. */
export class Helm {
  readonly #options: HelmOptions;

  constructor(options: HelmOptions) {
    this.#options = options;
  }

  /** Resolves when the workloads of the release are ready. @throws HarnessError E_HELM */
  async upgradeInstall(wanted: UpgradeInstall): Promise<void> {
    const args = ['upgrade', wanted.release, wanted.chart, '--install', '--namespace', wanted.namespace];
    if (wanted.repo !== undefined) args.push('--repo', wanted.repo);
    if (wanted.version !== undefined) args.push('--version', wanted.version);
    if (this.#options.hooks === false) args.push('--no-hooks');
    if (wanted.createNamespace) args.push('--create-namespace');
    for (const file of wanted.valuesFiles) args.push('--values', file);
    for (const [path, value] of Object.entries(wanted.set ?? {}))
      args.push('--set-json', `${path}=${JSON.stringify(value)}`);
    if (wanted.readinessPeriodSeconds !== undefined) args.push(...withReadinessPeriod(wanted.readinessPeriodSeconds));
    args.push('--wait', '--timeout', `${Math.ceil(wanted.timeoutMs / 1000)}s`);
    await this.#run(args, wanted.timeoutMs + GRACE_MS, wanted.signal);
  }

  /** False when there was no such release. @throws HarnessError E_HELM */
  async uninstall(release: string, namespace: string, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    const args = [
      'uninstall',
      release,
      '--namespace',
      namespace,
      '--wait',
      '--timeout',
      `${Math.ceil(timeoutMs / 1000)}s`,
    ];
    if (this.#options.hooks === false) args.push('--no-hooks');
    return (await this.#runIfFound(args, timeoutMs + GRACE_MS, signal)) !== undefined;
  }

  /** Undefined when there is no such release. @throws HarnessError E_HELM */
  async status(release: string, namespace: string): Promise<HelmRelease | undefined> {
    const text = await this.#runIfFound(
      ['status', release, '--namespace', namespace, '--output', 'json'],
      ANSWER_TIMEOUT_MS,
    );
    if (text === undefined) return undefined;
    const { name, namespace: home, version, info } = JSON.parse(text) as ReleaseStatus;
    return { name, namespace: home, status: info.status, revision: version, chart: '' };
  }

  /** Releases in every state, of one namespace or of all. @throws HarnessError E_HELM */
  async list(namespace?: string): Promise<readonly HelmRelease[]> {
    const scope = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace];
    const text = await this.#run(['list', '--all', ...scope, '--output', 'json'], ANSWER_TIMEOUT_MS);
    return (JSON.parse(text) as ReleaseRow[]).map((row) => ({
      name: row.name,
      namespace: row.namespace,
      status: row.status,
      revision: Number(row.revision),
      chart: row.chart,
    }));
  }

  async #runIfFound(args: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<string | undefined> {
    try {
      return await this.#run(args, timeoutMs, signal);
    } catch (error) {
      if (error instanceof HarnessError && NOT_FOUND.test(error.message)) return undefined;
      throw error;
    }
  }

  async #run(args: readonly string[], timeoutMs: number, signal?: AbortSignal): Promise<string> {
    const { helmPath, kubeconfigPath, context } = this.#options;
    const target = kubeconfigPath === '' ? [] : ['--kube-context', context];
    try {
      const { stdout } = await execa(helmPath, [...args, ...target], {
        // The variable takes several files where the flag takes one; empty, it lets Helm find the cluster around it.
        env: { KUBECONFIG: kubeconfigPath },
        stdin: 'ignore',
        timeout: timeoutMs,
        forceKillAfterDelay: 5_000,
        ...(signal === undefined ? {} : { cancelSignal: signal }),
      });
      return stdout;
    } catch (error) {
      signal?.throwIfAborted();
      throw helmError(args, error);
    }
  }
}

/** Helm hands what it rendered to a program, and installs what that answers. */
function withReadinessPeriod(seconds: number): readonly string[] {
  const rewrite = `process.stdout.write(require('node:fs').readFileSync(0, 'utf8').replace(/^( *)readinessProbe:\\n/gm, '$&$1  periodSeconds: ${seconds}\\n'))`;
  return ['--post-renderer', process.execPath, ...['-e', rewrite].map((arg) => `--post-renderer-args=${arg}`)];
}

function helmError(args: readonly string[], error: unknown): HarnessError {
  const said = error instanceof ExecaError ? lastLines(String(error.stderr ?? '')) : '';
  const why = said || (error instanceof ExecaError ? error.shortMessage : String(error));
  return new HarnessError({
    code: 'E_HELM',
    message: `helm ${args.slice(0, 2).join(' ')} failed: ${why}`,
    hint: hintFor(why, error),
    cause: error,
  });
}

function hintFor(why: string, error: unknown): string {
  if (error instanceof ExecaError && error.code === 'ENOENT') return 'install Helm 3.10 or later, or name its program';
  if (why.includes('another operation'))
    return 'an earlier run was cut off: uninstall the release with `helm uninstall`, then try again';
  if (/timed out|deadline exceeded/i.test(why))
    return 'workloads of the release did not get ready: see `kubectl get pods` and `kubectl get events` in its namespace';
  return 'run the same command by hand; add --debug to see what Helm renders';
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-STDERR_LINES).join('\n');
}
