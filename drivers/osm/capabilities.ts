import type { Capabilities } from '../../src/mesh/driver.js';

export const CAPABILITIES: Capabilities = {
  access: ['v1alpha3'],
  specs: ['v1alpha4'],
  split: ['v1alpha2'],
  headers: ['list'],
  kinds: ['TrafficTarget', 'HTTPRouteGroup', 'TCPRoute', 'TrafficSplit'],
  protocols: ['http', 'tcp'],
  mtls: ['strict'],
  // No `starts-during-changes`: now and then its Envoy is ended by SIGSEGV when a change arrives while it starts.
  features: ['client-side-policy', 'deny-by-default', 'dynamic-services', 'tcp-split'],
  identity: 'service-account',
};
