/** Recipes of meshes, by the name of the driver. */
import type { MeshImages } from '../src/images/recipe.js';
import { DRIVER_NAMES, loadDriver } from './index.js';

/** Meshes that have charts as well; the others name their images themselves. */
const RECIPES: Readonly<Record<string, () => Promise<MeshImages>>> = {
  osm: async () => (await import('./osm/images.js')).osmImages,
  istio: async () => (await import('./istio/images.js')).istioImages,
};

/** The recipes of these meshes, drivers of one's own included; of all that come with the harness when none is named. */
export async function meshImages(names: readonly string[] = DRIVER_NAMES): Promise<ReadonlyMap<string, MeshImages>> {
  return new Map(await Promise.all(names.map(async (name) => [name, await imagesOf(name)] as const)));
}

async function imagesOf(name: string): Promise<MeshImages> {
  const known = Object.hasOwn(RECIPES, name) ? RECIPES[name] : undefined;
  if (known !== undefined) return known();
  return { images: (await loadDriver(name)).images?.() ?? [], charts: [] };
}
