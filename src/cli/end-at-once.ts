/** What a second Ctrl-C does: nothing of the run keeps running where we can end it. */
import { endInEngine } from '../environments/kind/clean.js';
import { endRun } from '../environments/local/clean.js';
import type { MeshPlan } from './mesh-plan.js';

export async function endAtOnce({ runId, env, settings }: Pick<MeshPlan, 'runId' | 'env' | 'settings'>): Promise<void> {
  const usesEngine = env === 'kind' || env === 'k3s' || env === 'containers';
  await endRun(runId, usesEngine ? () => endInEngine(runId) : undefined);
  if (env !== 'existing' && settings.cluster === undefined) return;
  const where = settings.context === undefined ? '--kubeconfig FILE' : `--context ${settings.context}`;
  process.stderr.write(`its objects stay in the cluster: meshgauge clean ${where} --run ${runId}\n`);
}
