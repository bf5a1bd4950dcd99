import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';

/** Colours where a person looks and has not declined them (NO_COLOR). */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  return picocolors.createColors(stream.isTTY === true && process.env['NO_COLOR'] === undefined);
}
