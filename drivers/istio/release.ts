/** What is installed: names, versions, images. */
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import versions from './versions.json' with { type: 'json' };

export const ISTIO_VERSION = versions.istio;
export const GATEWAY_API_VERSION = versions.gatewayApi;
export const HUB = versions.hub;
export const TAG = versions.tag;
export const PILOT_IMAGE = `${HUB}/pilot:${TAG}`;
export const PROXY_IMAGE = `${HUB}/proxyv2:${TAG}`;

export const SYSTEM_NAMESPACE = 'istio-system';
export const TRUST_DOMAIN = 'cluster.local';
/** Charts by the names under which they are published, and the Helm releases made of them. */
export const BASE = { chart: 'base', release: 'istio-base' } as const;
export const ISTIOD = { chart: 'istiod', release: 'istiod' } as const;
/** Folder of CustomResourceDefinitions beside the charts. */
export const GATEWAY_API_CRDS = 'gateway-api-crds';

const FOLDER = join(PACKAGE_ROOT, 'drivers', 'istio');
export const VALUES_FILE = join(FOLDER, 'values.yaml');
export const DEVIATIONS_FILE = join(FOLDER, 'deviations.yaml');
