import assert from 'node:assert/strict';
import { digestEvidence } from '../../../../reports/evidence/digest.js';
import type { ClientLine, EvidenceLine, ServerLine } from '../../../../src/evidence/records.js';

const client = (id: string, part: Partial<ClientLine> = {}): ClientLine => ({
  ...{ kind: 'client', phase: 'observe', cell: 'c1 → srv', pod: 'c1', t: 1_000, ms: 1, ok: true, status: 200 },
  ...{ id, server: 'srv-1', ...part },
});
const server = (id: string, part: Partial<ServerLine> = {}): ServerLine => ({
  ...{ kind: 'server', phase: 'observe', seq: 0, pod: 'srv-1', t: 1_001, protocol: 'http/1.1', port: 8080, conn: 1 },
  ...{ id, ...part },
});

describe('reports: digest of evidence', () => {
  it('joins both ends by request, in whatever order they come, and counts a retry once', () => {
    const lines: EvidenceLine[] = [
      server('a/1'),
      client('a/0'),
      client('a/1'),
      server('a/0'),
      server('a/0', { pod: 'srv-2' }),
    ];
    const { cells, startMs } = digestEvidence(lines);
    assert.equal(startMs, 1_000);
    assert.equal(cells.length, 1);
    const [cell] = cells;
    assert.deepEqual([cell?.sent, cell?.ok, cell?.reached], [2, 2, 2]);
    assert.deepEqual(
      [...(cell?.pods ?? [])],
      [
        ['srv-1', 2],
        ['srv-2', 1],
      ],
    );
  });

  it('shows what a server logged and no client told of', () => {
    const { cells } = digestEvidence([client('a/0'), server('b/0')]);
    assert.deepEqual(
      cells.map(({ cell, sent, reached }) => [cell, sent, reached]),
      [
        ['c1 → srv', 1, 0],
        ['(no client record)', 0, 1],
      ],
    );
  });

  it('flows leave gates out and keep refusals apart', () => {
    const refused = { ok: false, status: 403, server: undefined as never };
    const { flows } = digestEvidence([
      client('a/0', { phase: 'observe (gate)' }),
      client('a/1'),
      client('a/2'),
      client('a/3', refused),
    ]);
    assert.deepEqual(flows, [
      { pod: 'c1', cell: 'c1 → srv', end: 'srv-1', ok: true, requests: 2 },
      { pod: 'c1', cell: 'c1 → srv', end: '403', ok: false, requests: 1 },
    ]);
  });

  it('of many requests keeps counts, one by one only the few', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => client(`a/${index}`));
    const { timeline, cells } = digestEvidence([...many, ...many.map(({ id }) => server(id))]);
    assert.equal(timeline.length, 2);
    assert.equal(cells[0]?.reached, 5_000);
  });

  it('nothing gives nothing', () => {
    assert.deepEqual(digestEvidence([]), { cells: [], timeline: [], flows: [] });
  });
});
