/** Carrying images to where they are used: into a kind cluster, or in one file to a machine without a network. */
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { badInput } from '../../src/errors/harness-error.js';
import { cacheDir } from '../../src/images/cache-dir.js';
import { findTool } from '../../src/images/tools.js';
import { Engine } from './engine.js';
import { exists, Workshop } from './workshop.js';

interface MoveOptions {
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Beside the images: programs, charts, and what is known about pulled images. */
const FOLDERS = ['tools', 'charts', 'pulled'];

/** Loads images into every node of a kind cluster; kind leaves out what a node has already. */
export async function loadIntoCluster(cluster: string, refs: readonly string[], options: MoveOptions): Promise<void> {
  await using shop = await open(options);
  await Engine.connect(shop);
  const kind = await findTool('kind');
  shop.say(`loading ${refs.length} images into cluster ${cluster}`);
  await shop.run(`kind load into ${cluster}`, kind, ['load', 'docker-image', '--name', cluster, ...refs]);
}

/** Writes images, programs and charts to one tar file. */
export async function saveArchive(file: string, refs: readonly string[], options: MoveOptions): Promise<void> {
  await using shop = await open(options);
  const engine = await Engine.connect(shop);
  const target = resolve(file);
  shop.say(`saving ${refs.length} images to ${target}`);
  await shop.aside(async (work) => {
    await engine.save(refs, join(work, 'images.tar'));
    const folders: string[] = [];
    for (const name of FOLDERS) if (await exists(cacheDir(name))) folders.push(name);
    await mkdir(dirname(target), { recursive: true });
    const fresh = `${target}.${process.pid}`;
    await shop.run(`writing ${target}`, 'tar', ['-cf', fresh, '-C', work, 'images.tar', '-C', cacheDir(), ...folders]);
    await rename(fresh, target);
  });
}

/** Takes everything out of a file that `saveArchive` has written. */
export async function loadArchive(file: string, options: MoveOptions): Promise<void> {
  const source = resolve(file);
  if (!(await exists(source)))
    throw badInput('E_ARCHIVE', `there is no file ${source}`, 'Write one first: meshgauge images save --archive FILE.');
  await using shop = await open(options);
  const engine = await Engine.connect(shop);
  shop.say(`loading ${source}`);
  await shop.aside(async (work) => {
    await shop.run(`reading ${source}`, 'tar', ['-xf', source, '-C', work]);
    if (!(await exists(join(work, 'images.tar'))))
      throw badInput('E_ARCHIVE', `${source} holds no images`, 'Write one with: meshgauge images save --archive FILE.');
    await engine.load(join(work, 'images.tar'), source);
    for (const name of FOLDERS)
      if (await exists(join(work, name)))
        await shop.run(`unpacking ${name}`, 'cp', ['-a', '--remove-destination', join(work, name), `${cacheDir()}/`]);
  });
}

function open({ log, signal = new AbortController().signal }: MoveOptions): Promise<Workshop> {
  return Workshop.open({ log, signal });
}
