export { crdManifests, crdSchema, servedVersions } from './crd-schemas.js';
export type { CrdSchema, SmiCrd } from './crd-schemas.js';
export { validateAgainstCrd } from './crd-validation.js';
export type { CrdValidationOptions } from './crd-validation.js';
export { pruneUnknown } from './prune.js';
export type { Pruned } from './prune.js';
