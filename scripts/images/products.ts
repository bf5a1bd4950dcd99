/** All that can be built, and what needs it. */
import { agentImage, envoyImage, metricsShimImage, nodeImageRef, shellImage } from '../../src/images/agent-image.js';
import { goVersion, PINS } from '../../src/images/pins.js';
import type { MeshImages } from '../../src/images/recipe.js';
import { chartProduct, toolProduct } from './file-products.js';
import { imageProduct, recipeProduct } from './image-product.js';
import { buildNodeImage, nodeImageKey } from './kind-node.js';
import { kubernetesPrograms, singleProgram } from './kubernetes.js';
import type { From, Product } from './product.js';

/** @param meshes recipes by the name of the mesh */
export function listProducts(meshes: ReadonlyMap<string, MeshImages>, from: From): readonly Product[] {
  const all = [
    ...clusterProducts(from),
    recipeProduct('agents', agentImage(), from),
    recipeProduct('agents', shellImage(), from),
    recipeProduct('agents', envoyImage(), from),
    recipeProduct('metrics', metricsShimImage(), from),
    ...[...meshes].flatMap(([mesh, { images, charts }]) => [
      ...images.map((recipe) => recipeProduct(mesh, recipe, from)),
      ...charts.map((chart) => chartProduct(mesh, chart)),
    ]),
  ];
  // Several meshes may share an image; the first that needs it stands for all.
  const byName = new Map(all.toReversed().map((product) => [`${product.kind} ${product.name}`, product]));
  return all.filter((product) => byName.get(`${product.kind} ${product.name}`) === product);
}

function clusterProducts(from: From): readonly Product[] {
  const kubernetes = kubernetesPrograms(PINS.kubernetes.version);
  const helm = singleProgram(
    'helm.sh/helm/v3',
    'helm.sh/helm/v3/cmd/helm',
    `-X helm.sh/helm/v3/internal/version.version=${goVersion('helm.sh/helm/v3')}`,
  );
  return [
    toolProduct(from, 'kind', singleProgram('sigs.k8s.io/kind')),
    toolProduct(from, 'helm', helm),
    toolProduct(from, 'kubectl', kubernetes),
    imageProduct('cluster', from, {
      ref: nodeImageRef(),
      published: PINS.kubernetes.published,
      key: nodeImageKey(),
      build: ({ shop, engine }) => buildNodeImage(shop, engine),
    }),
  ];
}
