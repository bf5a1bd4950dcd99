/** What is installed, by version, and the images that it takes. */
import { envoyImageRef } from '../../src/images/agent-image.js';
import { goVersion, PINS } from '../../src/images/pins.js';

const OSM_TAG = goVersion('github.com/openservicemesh/osm');

/** Of the control plane and of its chart. */
export const OSM_VERSION = OSM_TAG.replace(/^v/, '');
export const ENVOY_VERSION = PINS.envoy.version;

const REGISTRY = 'openservicemesh';
const SIDECAR = envoyImageRef();
/** The controller waits for its definitions with a `curl` in a container of its own. Any tag but `latest`, which is pulled always. */
const CURL = 'curlimages/curl:local';

/** Hooks of the chart are not run, so their images are not among them. */
export const IMAGES: readonly string[] = [
  ...['osm-controller', 'osm-injector', 'osm-bootstrap', 'init'].map((name) => `${REGISTRY}/${name}:${OSM_TAG}`),
  CURL,
  SIDECAR,
];

/** Values of the chart that say which images to run: a tag, and no digests, of images that may have been made here. */
export const IMAGE_VALUES = {
  'osm.image.registry': REGISTRY,
  'osm.image.tag': OSM_TAG,
  'osm.sidecarImage': SIDECAR,
  'osm.curlImage': CURL,
};

export const CHART_REPOSITORY = 'https://openservicemesh.github.io/osm';
export const ENVIRONMENTS: readonly string[] = ['kind', 'k3s', 'existing'];
