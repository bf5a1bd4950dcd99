/** Programs and charts: files below the cache folder. */
import { copyFile, cp, chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HarnessError } from '../../src/errors/harness-error.js';
import { chartFolder } from '../../src/images/charts.js';
import { chartKey, goProgramsKey, hashKey } from '../../src/images/keys.js';
import type { ChartRecipe, GoPrograms } from '../../src/images/recipe.js';
import { builtToolPath, findTool, type ToolName } from '../../src/images/tools.js';
import { compilePrograms, downloadModule } from './go.js';
import { readStamp, writeStamp, type From, type Product } from './product.js';

/** A program that is on PATH already is as good as one of ours, unless everything shall come from source. */
export function toolProduct(from: From, name: ToolName, programs: GoPrograms): Product {
  const path = builtToolPath(name);
  const stamp = join(dirname(dirname(path)), name);
  const key = hashKey(goProgramsKey(programs), name);
  return {
    kind: 'tool',
    name,
    need: 'cluster',
    presence: async () => {
      const size = await sizeOf(path);
      if (size !== undefined && (await readStamp(stamp)) === key)
        return { present: true, sizeBytes: size, source: 'source' };
      const found = from !== 'source' ? await findTool(name).catch(() => path) : path;
      return found === path ? { present: false } : { present: true, source: 'path' };
    },
    make: async ({ shop }) => {
      if (from === 'published') {
        throw new HarnessError({
          code: 'E_NO_TOOL',
          message: `there is no ${name} on PATH, and only images are pulled`,
          hint: `Install ${name}, or leave out --from published to have it compiled.`,
        });
      }
      const folder = await compilePrograms(shop, programs);
      await mkdir(dirname(path), { recursive: true });
      const fresh = `${path}.${process.pid}`;
      await copyFile(join(folder, 'bin', name), fresh);
      await chmod(fresh, 0o755);
      await rename(fresh, path);
      await writeStamp(stamp, key);
    },
  };
}

export function chartProduct(need: string, chart: ChartRecipe): Product {
  const path = chartFolder(chart.name, chart.version);
  return {
    kind: 'chart',
    name: `${chart.name}-${chart.version}`,
    need,
    presence: async () =>
      (await sizeOf(path)) !== undefined && (await readStamp(path)) === chartKey(chart)
        ? { present: true, source: 'source' }
        : { present: false },
    make: async ({ shop }) => {
      const module = await downloadModule(shop, chart.module, chart.moduleVersion);
      await shop.aside(async (work) => {
        const fresh = join(work, 'chart');
        await cp(join(module, chart.path), fresh, { recursive: true, dereference: true });
        // The module cache is read-only, and so would be the copy.
        await shop.run('chmod of a chart', 'chmod', ['-R', 'u+w', fresh]);
        await rm(path, { recursive: true, force: true });
        await mkdir(dirname(path), { recursive: true });
        await rename(fresh, path);
      });
      await writeStamp(path, chartKey(chart));
    },
  };
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
