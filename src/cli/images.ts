/** `meshgauge images`: everything that a cluster needs, made or pulled before it is needed. */
import { meshImages } from '../../drivers/images.js';
import {
  buildImages,
  buildRefs,
  listImages,
  loadArchive,
  loadIntoCluster,
  saveArchive,
  type From,
  type ListedProduct,
} from '../../scripts/images/index.js';
import { badInput, EXIT, type ExitCode } from '../errors/harness-error.js';
import type { ImageBuilder } from '../images/ensure.js';
import { listenForInterrupt } from './interrupt.js';

export interface ImagesFlags {
  readonly mesh?: readonly string[];
  readonly only?: readonly string[];
  readonly from?: From;
  readonly jobs?: number;
  readonly cluster?: string;
  readonly archive?: string;
  readonly json?: boolean;
}

const DEFAULT_JOBS = 3;
const MEBIBYTE = 1024 * 1024;

const log = (line: string): void => void process.stderr.write(`${line}\n`);

export async function buildAll(flags: ImagesFlags): Promise<ExitCode> {
  using interrupt = listenForInterrupt(async () => undefined);
  const list = await buildImages({
    ...(await selection(flags)),
    jobs: flags.jobs ?? DEFAULT_JOBS,
    log,
    signal: interrupt.signal,
  });
  print(list, flags);
  return EXIT.conformant;
}

export async function listAll(flags: ImagesFlags): Promise<ExitCode> {
  print(await listImages(await selection(flags)), flags);
  return EXIT.conformant;
}

/** Into a cluster, or out of a file. */
export async function load(flags: ImagesFlags): Promise<ExitCode> {
  using interrupt = listenForInterrupt(async () => undefined);
  const options = { log, signal: interrupt.signal };
  const { cluster, archive } = flags;
  if ((cluster === undefined) === (archive === undefined))
    throw badInput('E_IMAGES_WHERE', 'images load wants either --cluster NAME or --archive FILE', 'Give one of them.');
  if (archive !== undefined) await loadArchive(archive, options);
  if (cluster !== undefined) await loadIntoCluster(cluster, await presentImages(flags), options);
  return EXIT.conformant;
}

export async function save(flags: ImagesFlags & { readonly archive: string }): Promise<ExitCode> {
  using interrupt = listenForInterrupt(async () => undefined);
  await saveArchive(flags.archive, await presentImages(flags, true), { log, signal: interrupt.signal });
  return EXIT.conformant;
}

/** For runs: makes or pulls what is missing, whatever mesh it belongs to. */
export const buildMissing: ImageBuilder = async (refs, options) =>
  buildRefs(refs, { ...options, meshes: await meshImages(), from: 'auto', jobs: DEFAULT_JOBS });

async function selection({ mesh, only, from = 'auto' }: ImagesFlags): Promise<Parameters<typeof listImages>[0]> {
  const meshes = await meshImages(mesh);
  if (only === undefined) return { meshes, from };
  return { meshes, from, only: ({ name, need }) => only.some((word) => name.includes(word) || need === word) };
}

/** @throws HarnessError E_IMAGE_MISSING for what has to be built first */
async function presentImages(flags: ImagesFlags, withNode = false): Promise<readonly string[]> {
  const list = await listImages(await selection(flags));
  const images = list.filter(({ kind, need }) => kind === 'image' && (withNode || need !== 'cluster'));
  const missing = images.filter(({ present }) => !present).map(({ name }) => name);
  if (missing.length > 0)
    throw badInput('E_IMAGE_MISSING', `not there or not current: ${missing.join(', ')}`, 'meshgauge images build');
  return images.map(({ name }) => name);
}

function print(list: readonly ListedProduct[], { json }: ImagesFlags): void {
  if (json === true) {
    process.stdout.write(`${JSON.stringify(list, null, 2)}\n`);
    return;
  }
  const rows = list.map(({ kind, name, need, present, sizeBytes, source }) => [
    present ? '✓' : '✗',
    need,
    kind,
    name,
    sizeBytes === undefined ? '' : `${Math.ceil(sizeBytes / MEBIBYTE)} MiB`,
    present ? (source ?? '') : 'missing',
  ]);
  const widths = rows.reduce<readonly number[]>(
    (most, row) => row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)),
    [],
  );
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
}
