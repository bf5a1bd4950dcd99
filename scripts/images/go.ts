/** Programs compiled from the Go module proxy; every module is checked against the pins. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HarnessError } from '../../src/errors/harness-error.js';
import { goProgramsKey, hashKey } from '../../src/images/keys.js';
import { goPin } from '../../src/images/pins.js';
import type { GoPrograms } from '../../src/images/recipe.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { findTool } from '../../src/images/tools.js';
import type { Workshop } from './workshop.js';

interface DownloadedModule {
  readonly Dir: string;
  readonly Sum: string;
  readonly GoModSum: string;
}

/** The folder of a module's sources, as the module cache has it. */
export async function downloadModule(shop: Workshop, module: string, version: string): Promise<string> {
  const go = await findTool('go');
  const name = `${module}@${version}`;
  const pin = goPin(module, version);
  return shop.aside(async (dir) => {
    // Outside any module of somebody else's, and not subject to the flags of the user's own work.
    const said = await shop.run(`go mod download ${name}`, go, ['mod', 'download', '-json', name], {
      cwd: dir,
      env: { GOFLAGS: '', GOWORK: 'off' },
    });
    const { Dir, Sum, GoModSum } = JSON.parse(said) as DownloadedModule;
    if (Sum !== pin.sum || GoModSum !== pin.goModSum) {
      throw new HarnessError({
        code: 'E_IMAGE_CHECKSUM',
        message: `${name} has the sums ${Sum} and ${GoModSum}, pinned are ${pin.sum} and ${pin.goModSum}`,
        hint: 'The module proxy gave other sources than those this version was tested with. Check go env GOPROXY GONOSUMDB.',
      });
    }
    return Dir;
  });
}

/** The folder with the compiled programs. */
export function compilePrograms(shop: Workshop, programs: GoPrograms): Promise<string> {
  return shop.folder('go', goProgramsKey(programs), (dir) => shop.compiling(() => compile(shop, programs, dir)));
}

/**
 * A module of our own requires the wanted one: `go install module@version` would need the proxy to list versions, and
 * refuses modules with replacements.
 */
async function compile(shop: Workshop, programs: GoPrograms, target: string): Promise<void> {
  const { module, version, packages, ldflags = '', tags = [] } = programs;
  const go = await findTool('go');
  const source = await downloadModule(shop, module, version);
  const names = packages.map((path) => path.split('/').at(-1)).join(', ');
  shop.say(`compiling ${names} of ${module} ${version}`);
  await shop.aside(async (work) => {
    await writeFile(join(work, 'go.mod'), wrapperModule(await readFile(join(source, 'go.mod'), 'utf8'), programs));
    await writeFile(join(work, 'programs.go'), wrapperSource(packages));
    const env = { CGO_ENABLED: '0', GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off' };
    await shop.run(`go mod tidy for ${module}`, go, ['mod', 'tidy'], { cwd: work, env });
    await mkdir(join(target, 'bin'), { recursive: true });
    const flags = ['-trimpath', `-tags=${tags.join(',')}`, '-ldflags', `-s -w ${ldflags}`];
    const args = ['build', ...flags, '-o', `${join(target, 'bin')}/`, ...packages];
    await shop.run(`go build ${names}`, go, args, { cwd: work, env });
  });
  const built = await readdir(join(target, 'bin'));
  if (built.length !== packages.length)
    throw shop.failure(`go build ${names}`, `expected ${packages.length} programs, got: ${built.join(', ')}`);
}

/** The path of a program of this package; it has no dependencies, so it needs no proxy. */
export async function compileSource(shop: Workshop, path: string): Promise<string> {
  const source = join(PACKAGE_ROOT, path, 'main.go');
  const folder = await shop.folder('go', hashKey('source', await readFile(source, 'utf8')), (dir) =>
    shop.compiling(async () => {
      const env = { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false', GOWORK: 'off', GO111MODULE: 'off' };
      const args = ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(dir, 'program'), source];
      await shop.run(`go build ${path}`, await findTool('go'), args, { cwd: dir, env });
    }),
  );
  return join(folder, 'program');
}

/** `go` and `godebug` as the module itself has them; replacements by its own sub-folders become the modules published from them. */
export function wrapperModule(goMod: string, { module, version }: GoPrograms): string {
  const kept = goMod.split('\n').filter((line) => /^(go|godebug) [^(]/.test(line));
  const staged = [...goMod.matchAll(/^(?:replace)?\s*(\S+) => \.\/staging\/\S+$/gm)].map(([, path = '']) => path);
  const replacements = staged.map((path) => `replace ${path} => ${path} ${version.replace(/^v\d+/, 'v0')}`);
  return ['module meshgauge.dev/build', ...kept, `require ${module} ${version}`, ...replacements, ''].join('\n');
}

function wrapperSource(packages: readonly string[]): string {
  return ['//go:build tools', '', 'package tools', '', ...packages.map((path) => `import _ "${path}"`), ''].join('\n');
}
