/** Keys of what is built: a hash of everything that goes in. The same key is the same content, wherever it was built. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HarnessError } from '../errors/harness-error.js';
import { PACKAGE_ROOT } from '../package-root.js';
import { goPin, PINS } from './pins.js';
import type { ChartRecipe, FileSource, GoPrograms, ImageBase, ImageRecipe } from './recipe.js';

/** Raised whenever the builder makes something else of the same recipe. */
const FORMAT = 1;

/** The label of an image that says what it was made of. */
export const KEY_LABEL = 'meshgauge.dev/key';

/** Twenty hexadecimal digits; object keys keep the order in which they were written. */
export function hashKey(...parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([FORMAT, process.arch, ...parts]))
    .digest('hex')
    .slice(0, 20);
}

export function imageKey(recipe: ImageRecipe): string {
  const { base, files, entrypoint, user, env } = recipe;
  const sources = files.map(({ source, target }) => [target, sourceKey(source)]);
  return hashKey('image', baseKey(base), sources, entrypoint, user, env);
}

export function baseKey(base: ImageBase): string {
  return base === 'scratch' ? base : hashKey('base', PINS.debian.suite, PINS.debian.sets[base]);
}

export function goProgramsKey(programs: GoPrograms): string {
  return hashKey('go', programs, goPin(programs.module, programs.version).sum);
}

export function chartKey(chart: ChartRecipe): string {
  return hashKey('chart', chart, goPin(chart.module, chart.moduleVersion).sum);
}

function sourceKey(source: FileSource): string {
  switch (source.kind) {
    case 'go':
      return `${goProgramsKey(source.programs)}/${source.program}`;
    case 'go-source':
      return hashKey('go-source', sha256Of(`${source.path}/main.go`));
    case 'module':
      return hashKey('module', goPin(source.module, source.version).sum, source.path);
    case 'package':
      return hashKey('package', sha256Of(source.path));
    case 'node':
      return hashKey('node', PINS.node);
    case 'envoy':
      return hashKey('envoy', PINS.envoy);
    case 'kubectl':
      return hashKey('kubectl', PINS.kubernetes.version);
  }
}

function sha256Of(path: string): string {
  try {
    return createHash('sha256')
      .update(readFileSync(join(PACKAGE_ROOT, path)))
      .digest('hex');
  } catch (cause) {
    throw new HarnessError({
      code: 'E_NO_BUNDLE',
      message: `${path} is not there, so the image that is made of it has no name`,
      hint: 'npm run build',
      cause,
    });
  }
}
