import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../errors/harness-error.js';
import { cacheDir } from './cache-dir.js';

/** A chart as Helm wants it: a folder, or a name in a repository. */
export interface ChartLocation {
  readonly chart: string;
  readonly repo?: string;
}

/** Where `images build` puts a chart. */
export function chartFolder(name: string, version: string): string {
  return cacheDir('charts', `${name}-${version}`);
}

/**
 * Finds a chart: the one that `images build` has made, else the published one.
 * @param repo where the chart is published, when it is
 * @throws HarnessError E_NO_CHART
 */
export async function chartPath(name: string, version: string, repo?: string): Promise<ChartLocation> {
  const chart = chartFolder(name, version);
  const isBuilt = await access(join(chart, 'Chart.yaml')).then(
    () => true,
    () => false,
  );
  if (isBuilt) return { chart };
  if (repo !== undefined) return { chart: name, repo };
  throw new HarnessError({
    code: 'E_NO_CHART',
    message: `chart ${name} ${version} is not in ${cacheDir('charts')}, and it is published nowhere`,
    hint: 'meshgauge images build --mesh <the mesh it belongs to>',
  });
}
