/** The image of the control plane: this mesh's own program on the same ground as the agent's. */
import { AGENT_USER_ID, tagged } from '../../../src/images/agent-image.js';
import type { ImageRecipe } from '../../../src/images/recipe.js';

/** Made of a bundle that comes with the package. @throws HarnessError E_NO_BUNDLE before the first build */
export function controlPlaneImage(): ImageRecipe {
  return tagged('reference-control-plane', {
    base: 'runtime',
    files: [
      { source: { kind: 'node' }, target: '/usr/local/bin/node' },
      {
        source: { kind: 'package', path: 'dist/images/reference-control-plane.mjs' },
        target: '/app/control-plane.mjs',
      },
    ],
    entrypoint: ['/usr/local/bin/node', '/app/control-plane.mjs'],
    user: `${AGENT_USER_ID}:${AGENT_USER_ID}`,
  });
}
