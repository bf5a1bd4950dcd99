import type { CaseRecord } from '../../src/cases/case.js';
import { defineCase, type CaseDraft } from '../../src/cases/define.js';

/** What all access cases share: the fixture, the kinds they need, the document they quote. */
export type AccessDraft = Omit<CaseDraft, 'area' | 'fixture' | 'spec'> & {
  readonly phrase: string;
  readonly ref?: string;
};

export function accessCase({ phrase, ref, ...draft }: AccessDraft): CaseRecord {
  return defineCase({
    needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'identity:service-account'],
    ...draft,
    area: 'access',
    fixture: 'access',
    spec: { ref: ref ?? 'traffic-access v1alpha1–v1alpha3', phrase },
  });
}
