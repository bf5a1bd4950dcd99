/** An image is an archive that every container engine can load: the base's layer, one layer of files, a configuration. */
import { cp, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { imageKey, KEY_LABEL } from '../../src/images/keys.js';
import { PINS } from '../../src/images/pins.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import type { FileSource, ImageRecipe } from '../../src/images/recipe.js';
import { debianBase } from './debian.js';
import { downloadEnvoy, downloadNode } from './downloads.js';
import { compilePrograms, compileSource, downloadModule } from './go.js';
import { kubernetesPrograms } from './kubernetes.js';
import { packLayer, sha256OfFile } from './layer.js';
import type { Workshop } from './workshop.js';

const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const EPOCH = '1970-01-01T00:00:00Z';

/** What a container of an image runs as. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly stopSignal?: string;
}

/** Makes the image of a recipe and hands its archive to `use`; the archive does not outlive that. */
export async function withImageArchive<T>(
  shop: Workshop,
  recipe: ImageRecipe,
  use: (archive: string) => Promise<T>,
): Promise<T> {
  const { base, files, ref, entrypoint, env, user } = recipe;
  const [baseLayers, paths] = await Promise.all([
    base === 'scratch' ? [] : debianBase(shop, base).then((dir) => [join(dir, 'layer.tar')]),
    Promise.all(files.map(({ source }) => locate(shop, source))),
  ]);
  return shop.aside(async (work) => {
    const root = join(work, 'root');
    await mkdir(root);
    for (const [index, { target }] of files.entries()) await place(paths[index] ?? '', join(root, target));
    const layers = [...baseLayers];
    if (files.length > 0) {
      await packLayer(shop, root, join(work, 'files.tar'));
      layers.push(join(work, 'files.tar'));
    }
    const config = {
      entrypoint,
      labels: { [KEY_LABEL]: imageKey(recipe) },
      ...(env ? { env } : {}),
      ...(user === undefined ? {} : { user }),
    };
    return use(await packImage(shop, work, { ref, layers, config }));
  });
}

/** The archive of an image, in the layout of `docker save`. */
export async function packImage(
  shop: Workshop,
  work: string,
  image: { readonly ref: string; readonly layers: readonly string[]; readonly config: ImageConfig },
): Promise<string> {
  const { ref, layers, config } = image;
  const content = join(work, 'content');
  const hashes = await Promise.all(layers.map(sha256OfFile));
  for (const [index, hash] of hashes.entries()) {
    await mkdir(join(content, hash), { recursive: true });
    // No hard link: images share layers, and tar refuses a file whose number of links another one changes while it is read.
    await symlink(layers[index] ?? '', join(content, hash, 'layer.tar'));
  }
  const json = JSON.stringify(describeImage(config, hashes));
  await mkdir(content, { recursive: true });
  await writeFile(join(content, 'config.json'), json);
  const configName = `${await sha256OfFile(join(content, 'config.json'))}.json`;
  await rename(join(content, 'config.json'), join(content, configName));
  const manifest = [{ Config: configName, RepoTags: [ref], Layers: hashes.map((hash) => `${hash}/layer.tar`) }];
  await writeFile(join(content, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(work, 'image.tar');
  await shop.run(`packing ${ref}`, 'tar', [
    '-C',
    content,
    '-h',
    '--hard-dereference',
    '-cf',
    archive,
    ...(await readdir(content)),
  ]);
  return archive;
}

function describeImage(config: ImageConfig, layers: readonly string[]): unknown {
  const { entrypoint, env = {}, user, labels, stopSignal } = config;
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    created: EPOCH,
    config: {
      Entrypoint: entrypoint,
      Env: [DEFAULT_PATH, ...variables],
      Labels: labels,
      ...(user === undefined ? {} : { User: user }),
      ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((hash) => `sha256:${hash}`) },
    history: layers.map(() => ({ created: EPOCH, created_by: 'meshgauge images build' })),
  };
}

async function locate(shop: Workshop, source: FileSource): Promise<string> {
  switch (source.kind) {
    case 'go':
      return join(await compilePrograms(shop, source.programs), 'bin', source.program);
    case 'go-source':
      return compileSource(shop, source.path);
    case 'module':
      return join(await downloadModule(shop, source.module, source.version), source.path);
    case 'package':
      return join(PACKAGE_ROOT, source.path);
    case 'node':
      return downloadNode(shop);
    case 'envoy':
      return downloadEnvoy(shop);
    case 'kubectl':
      return join(await compilePrograms(shop, kubernetesPrograms(PINS.kubernetes.version)), 'bin', 'kubectl');
  }
}

/** A file or a folder; sources from the module cache are read-only, and would stay so. */
export async function place(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await cp(source, target, { recursive: true, dereference: true });
}
