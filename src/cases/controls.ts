/** The controls that stand beside every denial. */
import type { Cell } from './case.js';

/** The same client reaches a target that it may always reach. */
export const clientControlKey = (cell: Cell): string => `control: ${cell.from} reaches its control target`;
/** Somebody who may reaches the same server. */
export const serverControlKey = (cell: Cell): string =>
  `control: ${cell.to.split(':')[0] ?? cell.to} answers an authorised client`;
