/** How the images and the chart come about where they cannot be pulled. */
import { goVersion, PINS } from '../../src/images/pins.js';
import type { FileSource, GoPrograms, ImageRecipe, MeshImages } from '../../src/images/recipe.js';
import { envoyImage } from '../../src/images/agent-image.js';
import { IMAGE_VALUES, OSM_VERSION } from './versions.js';

const MODULE = 'github.com/openservicemesh/osm';
const VERSION = goVersion(MODULE);
const NAMES = ['osm-controller', 'osm-injector', 'osm-bootstrap', 'osm-preinstall', 'osm-healthcheck'];
const PUBLISHED_CURL = 'curlimages/curl:7.88.1';

/** All commands at once: they share most of their packages. */
const PROGRAMS: GoPrograms = {
  module: MODULE,
  version: VERSION,
  packages: NAMES.map((name) => `${MODULE}/cmd/${name}`),
  ldflags: `-X ${MODULE}/pkg/version.Version=${VERSION}`,
};

/** Both osm-bootstrap and the image of the definitions expect them there. */
const DEFINITIONS = {
  source: { kind: 'module', module: MODULE, version: VERSION, path: 'cmd/osm-bootstrap/crds' },
  target: '/osm-crds',
} as const;

function program(name: string): ImageRecipe {
  const source: FileSource = { kind: 'go', programs: PROGRAMS, program: name };
  const files = [{ source, target: `/${name}` }, ...(name === 'osm-bootstrap' ? [DEFINITIONS] : [])];
  return named(name, { base: 'runtime', files, entrypoint: [`/${name}`] });
}

function named(name: string, recipe: Omit<ImageRecipe, 'ref' | 'published'>): ImageRecipe {
  const repository = `openservicemesh/${name}`;
  return { ref: `${repository}:${VERSION}`, published: `${repository}:${VERSION}`, ...recipe };
}

/** Data only: what is built, not how. */
export const osmImages: MeshImages = {
  images: [
    ...NAMES.map(program),
    named('osm-crds', {
      base: 'shell',
      files: [{ source: { kind: 'kubectl' }, target: '/bin/kubectl' }, DEFINITIONS],
      entrypoint: ['/bin/kubectl'],
    }),
    named('init', { base: 'shell', files: [], entrypoint: ['/bin/sh'] }),
    {
      ref: IMAGE_VALUES['osm.curlImage'],
      published: PUBLISHED_CURL,
      base: 'shell',
      files: [],
      entrypoint: ['/usr/bin/curl'],
    },
    {
      ...envoyImage(),
      ref: IMAGE_VALUES['osm.sidecarImage'],
      published: `envoyproxy/envoy-distroless:v${PINS.envoy.version}`,
    },
  ],
  charts: [{ name: 'osm', version: OSM_VERSION, module: MODULE, moduleVersion: VERSION, path: 'charts/osm' }],
};
