/** Evidence to go with the sample report, by case id. */
import { digestEvidence, type EvidenceDigest } from '../../../reports/evidence/digest.js';
import { EVIDENCE_VERSION, type EvidenceLine } from '../../../src/evidence/records.js';
import { HOSTILE } from './sample-report.js';

const START = Date.parse('2026-03-04T05:06:07.000Z');

/** Evidence of a few requests, and of a sample too big to show one by one. */
export function sampleEvidence(): ReadonlyMap<string, EvidenceDigest> {
  return new Map([
    [
      'ACC-03',
      evidenceOf('ACC-03', [
        ...changeAndGate(),
        ...requests('few', 'c1→srv', 2, 'c1', () => 'srv-1'),
        ...requests('leak', 'c2→srv', 2, 'c2', () => 'srv-1'),
      ]),
    ],
    [
      'SPL-02',
      evidenceOf('SPL-02', [
        ...changeAndGate(),
        ...requests('split', 'c1→root', 1000, 'c1', (index) => (index < 504 ? 'v1-1' : 'v2-1')),
        ...refusals('closed', 'c9→root', 30, 'c9'),
        { kind: 'fact', phase: 'observe', t: START + 900, name: 'sticky', value: { icc: 0.01 } },
        { kind: 'trouble', phase: 'observe', t: START + 950, verdict: 'inconclusive', message: HOSTILE },
      ]),
    ],
  ]);
}

function evidenceOf(id: string, lines: readonly EvidenceLine[]): EvidenceDigest {
  const header = {
    kind: 'case',
    apiVersion: EVIDENCE_VERSION,
    id,
    run: 'r-2026-0304',
    seed: 42,
    mesh: 'sample',
  } as const;
  return digestEvidence([header, ...lines]);
}

function changeAndGate(): readonly EvidenceLine[] {
  const object = { kind: 'TrafficTarget', namespace: 'ns1', name: 'allow-c1' };
  return [
    { kind: 'change', phase: 'arrange', t: START, action: 'apply', object, accepted: true },
    {
      kind: 'change',
      phase: 'arrange',
      t: START + 1,
      action: 'apply',
      object,
      accepted: false,
      message: 'spec.rules: required',
    },
    {
      kind: 'gate',
      phase: 'converge',
      t: START + 40,
      converged: true,
      deadlineMs: 5000,
      firstMs: 9,
      stableMs: 31,
      probes: 14,
    },
  ];
}

function requests(
  prefix: string,
  cell: string,
  count: number,
  pod: string,
  serverOf: (index: number) => string,
): readonly EvidenceLine[] {
  return Array.from({ length: count }, (_, index) => index).flatMap((index): EvidenceLine[] => {
    const t = START + 50 + index * 0.5;
    const id = `${prefix}-${index}`;
    const server = serverOf(index);
    return [
      { kind: 'client', phase: 'observe', id, cell, pod, t, ms: 1.25, ok: true, status: 200, server, conn: index },
      {
        kind: 'server',
        phase: 'observe',
        seq: index,
        id,
        pod: server,
        t: t + 0.4,
        protocol: 'http/1.1',
        port: 8080,
        method: 'GET',
        path: '/a',
        conn: 1,
      },
    ];
  });
}

function refusals(prefix: string, cell: string, count: number, pod: string): readonly EvidenceLine[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'client',
    phase: 'observe',
    id: `${prefix}-${index}`,
    cell,
    pod,
    t: START + 60 + index,
    ms: 0.75,
    ok: false,
    ...(index % 3 === 0 ? { error: { code: 'ECONNRESET', message: 'reset' } } : { status: 403 }),
  }));
}
