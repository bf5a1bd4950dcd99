/** The controls that stand beside every denial. */
import type { Cell } from './case.js';

/** Where every server speaks HTTP. */
export const HTTP_PORT = 8080;

/** The same client reaches a target that it may always reach. */
export const clientControlKey = (cell: Cell): string => `control: ${cell.from} reaches its control target`;
/** Somebody who may reaches the same server, on the port asked for: a port that is not there yet refuses as a policy does. */
export const serverControlKey = (cell: Cell): string => {
  const [service = cell.to] = cell.to.split(':');
  const port = httpPortOf(cell);
  return `control: ${service}${port === HTTP_PORT ? '' : `:${port}`} answers an authorised client`;
};

/** The port of an HTTP cell; of any other the one by which its server is known to live. */
export function httpPortOf({ to, protocol = 'http' }: Pick<Cell, 'to' | 'protocol'>): number {
  return protocol === 'http' ? Number(to.split(':')[1] ?? HTTP_PORT) : HTTP_PORT;
}
