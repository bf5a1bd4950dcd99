import type { CaseRecord, ProfileName } from '../../src/cases/case.js';
import { defineCase, type CaseDraft } from '../../src/cases/define.js';
import { samplesForZeroHits } from '../../src/judge/statistics.js';

/** What all split cases share: the fixture, the kind they need, the document they quote. */
export type SplitDraft = Omit<CaseDraft, 'area' | 'fixture' | 'spec'> & {
  readonly phrase: string;
  readonly ref?: string;
};

export function splitCase({ phrase, ref, ...draft }: SplitDraft): CaseRecord {
  return defineCase({
    needs: ['kind:TrafficSplit'],
    ...draft,
    area: 'split',
    fixture: 'split',
    spec: { ref: ref ?? 'traffic-split v1alpha1–v1alpha4', phrase },
  });
}

/** The two backends of most splits. An answer from any other pod is one from outside the split: `root` also selects p3. */
export const LEAVES = { v1: ['p1'], v2: ['p2'] } as const;
/** Every pod that the selector of `root` and `root2` covers. */
export const TRIO = { ...LEAVES, v3: ['p3'] } as const;
export const TRIO_NAMES = Object.keys(TRIO);

/** Cases that the core profile goes without. */
export const EXTENDED: readonly ProfileName[] = ['extended', 'full'];
/** Enough where a split shows at all or not at all: what else arrives, were it one request in twenty, is found. */
export const FEW = samplesForZeroHits(0.05);
