export { renderSmi } from './render-smi.js';
export type { Loss, Rendered } from './rendered.js';
