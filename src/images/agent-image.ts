/** Our own images. Their tags say what they are made of, so a stale one is never used by mistake. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../package-root.js';
import { imageKey } from './keys.js';
import { PINS } from './pins.js';
import type { ImageRecipe } from './recipe.js';

/** The user that agents run as. */
export const AGENT_USER_ID = 65532;

const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };

/** The workload program of every pod: entrypoint `node agent.mjs`, one argument, the configuration file. */
export function agentImage(): ImageRecipe {
  return tagged('agent', {
    base: 'runtime',
    files: [
      { source: { kind: 'node' }, target: '/usr/local/bin/node' },
      { source: { kind: 'package', path: 'dist/images/agent.mjs' }, target: '/app/agent.mjs' },
    ],
    entrypoint: ['/usr/local/bin/node', '/app/agent.mjs'],
    user: `${AGENT_USER_ID}:${AGENT_USER_ID}`,
  });
}

/** Serves the metrics API for a mesh that does not, from inside a cluster. */
export function metricsShimImage(): ImageRecipe {
  return tagged('metrics-shim', {
    base: 'runtime',
    files: [
      { source: { kind: 'node' }, target: '/usr/local/bin/node' },
      { source: { kind: 'package', path: 'dist/images/metrics-shim.mjs' }, target: '/app/metrics-shim.mjs' },
    ],
    entrypoint: ['/usr/local/bin/node', '/app/metrics-shim.mjs'],
    user: `${AGENT_USER_ID}:${AGENT_USER_ID}`,
  });
}

/** sh, coreutils, iptables and curl: sets up redirection in a pod's network namespace, and asks questions from inside. */
export function shellImage(): ImageRecipe {
  return tagged('shell', { base: 'shell', files: [], entrypoint: ['/bin/sh'] });
}

export function agentImageRef(): string {
  return agentImage().ref;
}

export function shellImageRef(): string {
  return shellImage().ref;
}

/** The pinned Envoy, under the name of the published image of the same version. */
export function envoyImage(): ImageRecipe {
  const ref = `envoyproxy/envoy-distroless:v${PINS.envoy.version}`;
  return {
    ref,
    published: ref,
    base: 'runtime',
    files: [{ source: { kind: 'envoy' }, target: '/usr/local/bin/envoy' }],
    entrypoint: ['/usr/local/bin/envoy'],
  };
}

export function envoyImageRef(): string {
  return envoyImage().ref;
}

/** The node image of kind clusters; published ones work as well. */
export function nodeImageRef(): string {
  return `${repository()}/kind-node:v${PINS.kubernetes.version}`;
}

/** Names an image of ours after its content. With MESHGAUGE_IMAGES=<repository> they are pulled from there when they can be. */
export function tagged(name: string, recipe: Omit<ImageRecipe, 'ref' | 'published'>): ImageRecipe {
  const ref = `${repository()}/${name}:${version}-${imageKey({ ...recipe, ref: '' }).slice(0, 8)}`;
  return { ref, ...(process.env['MESHGAUGE_IMAGES'] ? { published: ref } : {}), ...recipe };
}

function repository(): string {
  return process.env['MESHGAUGE_IMAGES'] || 'meshgauge';
}
