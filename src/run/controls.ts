/** The requests that stand beside a denial, so that it can be told from a failure. */
import type { BatchItem } from '../../fixtures/agent/protocol.js';
import type { Cell } from '../cases/case.js';
import { clientControlKey, serverControlKey } from '../cases/controls.js';
import type { Lane } from './lane.js';

const CONTROL_COUNT = 3;

/** The client reaches what it always may; the witness reaches the server by the marker path (not in a bare phase, which has none). */
export function controlsOf(lane: Lane, cell: Cell, bare: boolean): readonly (BatchItem & { readonly from: string })[] {
  const { witness, controlTarget } = lane.fixture;
  const ask = (from: string, to: string, path: string) => lane.requestOf({ from, to, protocol: 'http', path });
  const client = {
    from: cell.from,
    cell: clientControlKey(cell),
    count: CONTROL_COUNT,
    spec: ask(cell.from, controlTarget(cell.from), '/control'),
  };
  if (bare) return [client];
  const service = cell.to.split(':')[0] ?? cell.to;
  const marker = `/.meshgauge/epoch-${lane.epoch}`;
  const spec = ask(witness, `${service}:8080`, marker);
  return [client, { from: witness, cell: serverControlKey(cell), count: CONTROL_COUNT, spec }];
}
