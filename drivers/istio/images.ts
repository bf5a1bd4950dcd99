/**
 * How the images and the charts come about: a snapshot of the main branch, which nobody publishes under a name that lasts, and
 * the pinned Envoy without Istio's extensions.
 */
import { goVersion } from '../../src/images/pins.js';
import type { FileSource, GoPrograms, MeshImages } from '../../src/images/recipe.js';
import {
  BASE,
  GATEWAY_API_CRDS,
  GATEWAY_API_VERSION,
  ISTIO_VERSION,
  ISTIOD,
  PILOT_IMAGE,
  PROXY_IMAGE,
} from './release.js';

const MODULE = 'istio.io/istio';
const VERSION = goVersion(MODULE);
const GATEWAY_API = 'sigs.k8s.io/gateway-api';

const PROGRAMS: GoPrograms = {
  module: MODULE,
  version: VERSION,
  packages: [`${MODULE}/pilot/cmd/pilot-agent`, `${MODULE}/pilot/cmd/pilot-discovery`],
  ldflags: `-X ${MODULE}/pkg/version.buildVersion=${ISTIO_VERSION}`,
  tags: ['vtprotobuf'],
};

const program = (name: string): FileSource => ({ kind: 'go', programs: PROGRAMS, program: name });

/** Data only: what is built, not how. */
export const istioImages: MeshImages = {
  images: [
    {
      ref: PILOT_IMAGE,
      base: 'runtime',
      files: [{ source: program('pilot-discovery'), target: '/usr/local/bin/pilot-discovery' }],
      entrypoint: ['/usr/local/bin/pilot-discovery'],
      user: '1337:1337',
    },
    {
      ref: PROXY_IMAGE,
      // Also the init container, which sets up redirection with iptables.
      base: 'shell',
      files: [
        { source: program('pilot-agent'), target: '/usr/local/bin/pilot-agent' },
        { source: { kind: 'envoy' }, target: '/usr/local/bin/envoy' },
        {
          source: {
            kind: 'module',
            module: MODULE,
            version: VERSION,
            path: 'tools/packaging/common/envoy_bootstrap.json',
          },
          target: '/var/lib/istio/envoy/envoy_bootstrap_tmpl.json',
        },
      ],
      entrypoint: ['/usr/local/bin/pilot-agent'],
    },
  ],
  charts: [
    { name: BASE.chart, version: ISTIO_VERSION, module: MODULE, moduleVersion: VERSION, path: 'manifests/charts/base' },
    {
      name: ISTIOD.chart,
      version: ISTIO_VERSION,
      module: MODULE,
      moduleVersion: VERSION,
      path: 'manifests/charts/istio-control/istio-discovery',
    },
    {
      name: GATEWAY_API_CRDS,
      version: GATEWAY_API_VERSION,
      module: GATEWAY_API,
      moduleVersion: goVersion(GATEWAY_API),
      path: 'config/crd/standard',
    },
  ],
};
