/** Images of the Docker engine, and their way into the nodes of a cluster whose nodes are containers of that engine. */
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import type { HarnessError } from '../errors/harness-error.js';
import { ensureImages } from '../images/ensure.js';
import { findTool } from '../images/tools.js';
import { diskFull, explainDocker, lines, runDocker } from './docker.js';

export interface EngineImage {
  /** Digest of the image's configuration, or of its manifest, as the engine stores images. */
  readonly id: string;
  readonly bytes: number;
}

export interface ProvideOptions {
  /** Names of the containers that are nodes. */
  readonly nodes: readonly string[];
  readonly refs: readonly string[];
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

const MEGABYTE = 1e6;
const PROGRESS_EVERY_MS = 3_000;

/** The name of an image in full, as container runtimes store it: `a:1` is `docker.io/library/a:1`. */
export function canonicalRef(ref: string): string {
  const [first = '', ...rest] = ref.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = isHost ? ref : rest.length > 0 ? `docker.io/${ref}` : `docker.io/library/${ref}`;
  return path.includes('@') || /:[^/]+$/.test(path) ? path : `${path}:latest`;
}

/** Those of `refs` that the engine has. */
export async function findEngineImages(refs: readonly string[]): Promise<ReadonlyMap<string, EngineImage>> {
  if (refs.length === 0) return new Map();
  // One missing image makes the whole call fail, and yet the others are answered.
  const { stdout, stderr } = await execa(await findTool('docker'), ['image', 'inspect', ...refs], {
    reject: false,
    stdin: 'ignore',
  });
  if (stdout.trim() === '') throw explainDocker('image inspect', stderr);
  const images = JSON.parse(stdout) as readonly {
    Id: string;
    Size: number;
    RepoTags?: readonly string[] | null;
    RepoDigests?: readonly string[] | null;
  }[];
  const named = new Map(
    images.flatMap(({ Id: id, Size: bytes, RepoTags, RepoDigests }) =>
      [...(RepoTags ?? []), ...(RepoDigests ?? [])].map((name) => [canonicalRef(name), { id, bytes }] as const),
    ),
  );
  return new Map(
    refs.flatMap((ref) => {
      const image = named.get(canonicalRef(ref));
      return image === undefined ? [] : [[ref, image] as const];
    }),
  );
}

/** Makes each image available on each node: loads those that a node lacks or has in another state, in one stream a node. */
export async function provideToNodes(options: ProvideOptions): Promise<void> {
  const refs = [...new Set(options.refs)];
  const stored = new Map(
    await Promise.all(options.nodes.map(async (node) => [node, await imagesOnNode(node)] as const)),
  );
  const isEverywhere = (ref: string): boolean => [...stored.values()].every((images) => images.has(canonicalRef(ref)));
  const engine = await findOrEnsure(refs, isEverywhere, options);
  for (const [node, images] of stored) {
    const lacking = refs.filter((ref) => {
      const image = engine.get(ref);
      return image !== undefined && images.get(canonicalRef(ref))?.has(image.id) !== true;
    });
    if (lacking.length > 0) await loadIntoNode(node, lacking, engine, options);
  }
}

/** What only the nodes have stays as it is; everything else is made or pulled where it is missing or stale. */
async function findOrEnsure(
  refs: readonly string[],
  isEverywhere: (ref: string) => boolean,
  { log, signal }: ProvideOptions,
): Promise<ReadonlyMap<string, EngineImage>> {
  const before = await findEngineImages(refs);
  const ours = refs.filter((ref) => before.has(ref) || !isEverywhere(ref));
  await ensureImages(ours, { log, ...(signal === undefined ? {} : { signal }) });
  return findEngineImages(refs);
}

/**
 * By full name the digests an image goes by: of its manifest, and of its configuration, under which the node's kubelet side
 * of containerd stores each image once more.
 */
export async function imagesOnNode(node: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  return parseNodeImages(await runDocker(['exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'list']));
}

/** @param table what `ctr images list` prints: REF TYPE DIGEST … */
export function parseNodeImages(table: string): ReadonlyMap<string, ReadonlySet<string>> {
  const rows = lines(table)
    .slice(1)
    .map((line) => line.split(/\s+/))
    .map(([ref = '', , manifest = '']) => ({ ref, manifest }));
  const digests = new Map<string, Set<string>>();
  for (const { ref, manifest } of rows) {
    const known = digests.get(manifest) ?? new Set([manifest]);
    if (ref.startsWith('sha256:')) known.add(ref);
    digests.set(manifest, known);
  }
  return new Map(
    rows
      .filter(({ ref }) => !ref.startsWith('sha256:'))
      .map(({ ref, manifest }) => [ref, digests.get(manifest) ?? new Set<string>()]),
  );
}

async function loadIntoNode(
  node: string,
  refs: readonly string[],
  engine: ReadonlyMap<string, EngineImage>,
  { log, signal }: ProvideOptions,
): Promise<void> {
  const docker = await findTool('docker');
  const cancel = signal === undefined ? {} : { cancelSignal: signal };
  const atMost = refs.reduce((sum, ref) => sum + (engine.get(ref)?.bytes ?? 0), 0);
  const start = performance.now();
  log(`loading ${refs.length} images (at most ${megabytes(atMost)}) into ${node}`);
  const save = execa(docker, ['save', ...refs], {
    ...cancel,
    reject: false,
    buffer: { stdout: false },
    stdin: 'ignore',
  });
  const load = execa(docker, ['exec', '--interactive', node, 'ctr', '--namespace', 'k8s.io', 'images', 'import', '-'], {
    ...cancel,
    reject: false,
  });
  const counter = countBytes((bytes) => log(`  ${megabytes(bytes)} of at most ${megabytes(atMost)}`));
  // The receiver that gives up breaks the pipe; why it did is in what it printed.
  const [, saved, loaded] = await Promise.all([
    pipeline(save.stdout, counter.stream, load.stdin).catch(() => undefined),
    save,
    load,
  ]);
  signal?.throwIfAborted();
  if (loaded.failed) throw explainLoad(node, `${loaded.stdout}\n${loaded.stderr}`);
  if (saved.failed) throw explainDocker('save', saved.stderr);
  log(`loaded ${megabytes(counter.bytes())} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function explainLoad(node: string, printed: string): HarnessError {
  const said = lines(printed).at(-1) ?? '';
  return /no space left on device/i.test(printed)
    ? diskFull(`loading images into ${node}`, said)
    : explainDocker('exec ctr images import', printed);
}

/** Tells how much went through, now and then. */
function countBytes(tell: (bytes: number) => void): { readonly stream: Transform; bytes(): number } {
  let bytes = 0;
  let toldAt = performance.now();
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (performance.now() - toldAt > PROGRESS_EVERY_MS) {
        toldAt = performance.now();
        tell(bytes);
      }
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / MEGABYTE)} MB`;
