import type { Capabilities } from '../../src/mesh/driver.js';

export const CAPABILITIES: Capabilities = {
  access: ['v1alpha3'],
  specs: ['v1alpha4'],
  split: ['v1alpha2'],
  headers: ['list'],
  kinds: ['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'TrafficSplit'],
  protocols: ['http', 'tcp'],
  mtls: ['strict'],
  features: [
    'client-side-policy',
    'deny-by-default',
    'dynamic-services',
    'grpc-beside-http',
    'tcp-split',
    'traffic-metrics',
  ],
  identity: 'service-account',
};
