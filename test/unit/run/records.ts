/** Case records and results for the parts of a run that only pass them on. */
import { defineCase } from '../../../src/cases/define.js';
import type { CaseRecord } from '../../../src/cases/case.js';
import type { CaseResult } from '../../../src/run/case-result.js';
import type { VerdictName } from '../../../src/judge/verdict.js';

export function recordOf(id: string, area: CaseRecord['area'] = 'access'): CaseRecord {
  const words = {
    title: `title of ${id}`,
    setup: 's',
    expectation: 'e',
    control: 'c',
    spec: { ref: 'r', phrase: 'p' },
  };
  return defineCase({ id, class: 'M', area, fixture: 'access', phases: [], ...words });
}

export function resultOf(record: CaseRecord, verdict: VerdictName, reason = 'because'): CaseResult {
  return {
    record,
    verdict,
    reason,
    fidelity: 'native',
    durationMs: 1,
    evidence: { file: `evidence/${record.id}.ndjson`, sha256: '0'.repeat(64) },
  };
}
