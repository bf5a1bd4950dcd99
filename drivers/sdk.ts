/** What a driver outside this tree is written against: `import { createReferenceDriver, testDriver } from 'meshgauge'`. */
export * from './contract.js';
export { createReferenceDriver, type ReferenceDriverOptions } from './reference/driver.js';
export type { MutateResources, ProxyRef, ResourceBatch } from './reference/mutate-resources.js';
export { HarnessError, badInput } from '../src/errors/harness-error.js';
export { createLocalEnvironment, type LocalEnvironmentOptions } from '../src/environments/local/local-environment.js';
