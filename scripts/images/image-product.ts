import { HarnessError } from '../../src/errors/harness-error.js';
import { cacheDir } from '../../src/images/cache-dir.js';
import { imageKey } from '../../src/images/keys.js';
import type { ImageRecipe } from '../../src/images/recipe.js';
import { withImageArchive } from './assemble.js';
import { readStamp, writeStamp, type From, type Product, type Tools } from './product.js';

interface ImageSource {
  readonly ref: string;
  readonly published?: string;
  readonly key: string;
  build(tools: Tools): Promise<void>;
}

export function recipeProduct(need: string, recipe: ImageRecipe, from: From): Product {
  return imageProduct(need, from, {
    ref: recipe.ref,
    ...(recipe.published === undefined ? {} : { published: recipe.published }),
    key: imageKey(recipe),
    build: ({ shop, engine }) => withImageArchive(shop, recipe, (archive) => engine.load(archive, recipe.ref)),
  });
}

/**
 * An image is current when its label has our key, or when it is a published one: the very one that was pulled for this
 * reference, or one of the same name that is not of our making. With `source` only our key counts.
 */
export function imageProduct(need: string, from: From, image: ImageSource): Product {
  const { ref, key, published } = image;
  const pulled = cacheDir('pulled', encodeURIComponent(ref));
  return {
    kind: 'image',
    name: ref,
    need,
    presence: async (images) => {
      const found = images.get(ref);
      if (found === undefined) return { present: false };
      if (found.key === key) return { present: true, sizeBytes: found.sizeBytes, source: 'source' };
      const isPublished = published === ref ? found.key === undefined : (await readStamp(pulled)) === found.id;
      return from !== 'source' && isPublished
        ? { present: true, sizeBytes: found.sizeBytes, source: 'published' }
        : { present: false };
    },
    make: async (tools) => {
      if (from !== 'source' && (await pull(tools, image, pulled, from))) return;
      if (process.platform !== 'linux' || process.arch !== 'x64')
        throw tools.shop.failure(
          `building ${ref}`,
          'images are built on Linux on x86-64 only; elsewhere they are pulled',
        );
      tools.shop.say(`building image ${ref}`);
      await image.build(tools);
    },
  };
}

/** False when there is nothing to pull and building is allowed. */
async function pull(tools: Tools, { ref, published }: ImageSource, stamp: string, from: From): Promise<boolean> {
  const { shop, engine, registries } = tools;
  const refuse = (message: string, cause?: unknown): HarnessError =>
    new HarnessError({
      code: 'E_IMAGE_PULL',
      message,
      hint: 'Check the name and the network, or build it here: meshgauge images build --from source.',
      cause,
    });
  if (published === undefined) {
    if (from === 'published') throw refuse(`image ${ref} is published nowhere`);
    return false;
  }
  if (!(await registries.answersFor(published))) {
    if (from === 'published') throw refuse(`no registry answers for ${published}`);
    return false;
  }
  try {
    shop.say(`pulling ${published}`);
    await engine.pull(published);
  } catch (cause) {
    shop.signal.throwIfAborted();
    if (from === 'published') throw refuse(`${published} cannot be pulled`, cause);
    shop.say(`${published} cannot be pulled; it is built instead`);
    return false;
  }
  if (published !== ref) await engine.tag(published, ref);
  const id = (await engine.images([ref])).get(ref)?.id;
  if (id !== undefined) await writeStamp(stamp, id);
  return true;
}
