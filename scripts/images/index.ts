/** Building, listing and moving everything that a cluster needs, with or without a registry. */
import { HarnessError } from '../../src/errors/harness-error.js';
import type { MeshImages } from '../../src/images/recipe.js';
import { Engine } from './engine.js';
import { createLimit } from './limit.js';
import type { From, Presence, Product } from './product.js';
import { listProducts } from './products.js';
import { Registries } from './registries.js';
import { Workshop } from './workshop.js';

export type { From } from './product.js';
export { loadIntoCluster, loadArchive, saveArchive } from './move.js';

export interface BuildOptions {
  /** Recipes by the name of the mesh that needs them. */
  readonly meshes: ReadonlyMap<string, MeshImages>;
  readonly from: From;
  /** How many products at a time; compilations are one at a time anyway. */
  readonly jobs: number;
  /** Only these, by name; all when absent. */
  readonly only?: (product: Product) => boolean;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ListedProduct extends Presence {
  readonly kind: Product['kind'];
  readonly name: string;
  readonly need: string;
}

/** Makes what is missing or stale, and says what there is afterwards. */
export async function buildImages(options: BuildOptions): Promise<readonly ListedProduct[]> {
  // The first failure ends the rest: nobody wants to wait for it.
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  await using shop = await Workshop.open({ log: options.log, signal });
  const engine = await Engine.connect(shop);
  const products = selectProducts(options);
  const before = await inspect(engine, products);
  const missing = before.filter(({ listed }) => !listed.present);
  if (missing.length === 0) return before.map(({ listed }) => listed);
  const tools = { shop, engine, registries: new Registries(engine) };
  const limit = createLimit(options.jobs);
  await Promise.allSettled(
    missing.map(({ product }) =>
      limit(async () => {
        signal.throwIfAborted();
        try {
          await product.make(tools);
          shop.say(`${product.kind} ${product.name} is there`);
        } catch (error) {
          failed.abort(error);
          throw error;
        }
      }),
    ),
  );
  options.signal?.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  const after = (await inspect(engine, products)).map(({ listed }) => listed);
  const gone = after.filter(({ present }) => !present).map(({ name }) => name);
  if (gone.length > 0) throw shop.failure(`building ${gone.join(', ')}`, 'built, but not found afterwards');
  return after;
}

/** What is needed, and what of it is there. */
export async function listImages(
  options: Pick<BuildOptions, 'meshes' | 'from' | 'only' | 'signal'>,
): Promise<readonly ListedProduct[]> {
  await using shop = await openQuietly(options.signal);
  return (await inspect(await Engine.connect(shop), selectProducts(options))).map(({ listed }) => listed);
}

/** Makes those of `refs` that are missing or stale; refs that no recipe makes must be there, or be pulled. */
export async function buildRefs(
  refs: readonly string[],
  options: Pick<BuildOptions, 'meshes' | 'from' | 'jobs' | 'log' | 'signal'>,
): Promise<void> {
  const wanted = new Set(refs);
  const built = await buildImages({ ...options, only: ({ name }) => wanted.has(name) });
  const known = new Set(built.map(({ name }) => name));
  const others = refs.filter((ref) => !known.has(ref));
  if (others.length > 0) await pullOthers(others, options);
}

async function pullOthers(refs: readonly string[], options: Pick<BuildOptions, 'log' | 'signal'>): Promise<void> {
  await using shop = await openQuietly(options.signal, options.log);
  const engine = await Engine.connect(shop);
  const registries = new Registries(engine);
  for (const ref of refs) {
    if (await engine.has(ref)) continue;
    if (!(await registries.answersFor(ref))) {
      throw new HarnessError({
        code: 'E_IMAGE_MISSING',
        message: `the container engine has no ${ref}, no recipe makes it, and no registry answers for it`,
        hint: 'Load it with docker load, or correct its name.',
      });
    }
    await engine.pull(ref);
  }
}

function selectProducts({
  meshes,
  from,
  only = () => true,
}: Pick<BuildOptions, 'meshes' | 'from' | 'only'>): readonly Product[] {
  return listProducts(meshes, from).filter(only);
}

async function inspect(
  engine: Engine,
  products: readonly Product[],
): Promise<readonly { readonly product: Product; readonly listed: ListedProduct }[]> {
  const images = await engine.images(products.filter(({ kind }) => kind === 'image').map(({ name }) => name));
  return Promise.all(
    products.map(async (product) => {
      const { kind, name, need } = product;
      return { product, listed: { kind, name, need, ...(await product.presence(images)) } };
    }),
  );
}

function openQuietly(signal?: AbortSignal, log: (line: string) => void = () => undefined): Promise<Workshop> {
  return Workshop.open({ log, signal: signal ?? new AbortController().signal });
}
