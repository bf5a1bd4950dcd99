/** The reference mesh. `createReferenceDriver({ name, mutateResources })` makes a mesh of one's own out of it. */
import { createReferenceDriver } from './driver.js';

export { createReferenceDriver, type ReferenceDriverOptions } from './driver.js';
export type { MutateResources, ProxyRef, ResourceBatch } from './mutate-resources.js';
export const driver = createReferenceDriver();
