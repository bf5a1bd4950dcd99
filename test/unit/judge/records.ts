/** Hand-written evidence for judges: one line at a time, so that a test says exactly what was on record. */
import type { Cell, Phase } from '../../../src/cases/case.js';
import { clientControlKey, serverControlKey } from '../../../src/cases/controls.js';
import {
  EVIDENCE_VERSION,
  type ClientLine,
  type Evidence,
  type EvidenceLine,
  type ServerLine,
} from '../../../src/evidence/records.js';

export const PHASE = 'one';

export function evidence(...lines: readonly EvidenceLine[]): Evidence {
  const header = { kind: 'case', apiVersion: EVIDENCE_VERSION, id: 'ACC-01', run: 'r', seed: 1, mesh: 'm' } as const;
  return { header, lines: [header, ...lines] };
}

export function client(id: string, cell: string, ok: boolean, rest: Partial<ClientLine> = {}): ClientLine {
  return { kind: 'client', phase: PHASE, id, cell, pod: 'c1', t: 1, ms: 1, ok, status: ok ? 200 : 403, ...rest };
}

export function server(id: string, rest: Partial<ServerLine> = {}): ServerLine {
  return {
    kind: 'server',
    phase: PHASE,
    seq: 1,
    id,
    pod: 'srv',
    t: 2,
    protocol: 'http/1.1',
    port: 8080,
    conn: 1,
    ...rest,
  };
}

/** `allow`: both ends. `deny`: a refusal. `unheard`: an answer that no server gave. `lost`: arrived, but its sender saw a failure. */
export type Story = 'allow' | 'deny' | 'unheard' | 'lost';

export function told(cell: string, ...stories: readonly Story[]): EvidenceLine[] {
  return stories.flatMap((story, index) => {
    const id = `${cell}#${index}`;
    const sent = client(id, cell, story === 'allow' || story === 'unheard');
    return story === 'allow' || story === 'lost' ? [sent, server(id)] : [sent];
  });
}

export const times = (story: Story, count: number): Story[] => Array.from({ length: count }, () => story);

/** Both controls of a denied cell; `skip` leaves one out. */
export function controls(
  cell: Cell,
  stories: { client?: readonly Story[]; server?: readonly Story[] } = {},
): EvidenceLine[] {
  const { client: own = times('allow', 3), server: other = times('allow', 3) } = stories;
  return [...told(clientControlKey(cell), ...own), ...told(serverControlKey(cell), ...other)];
}

export function phase(cells: readonly Cell[], rest: Partial<Phase> = {}): Phase {
  return { name: PHASE, objects: [], cells, ...rest };
}
