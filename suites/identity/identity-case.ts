import type { CaseRecord } from '../../src/cases/case.js';
import { defineCase, type CaseDraft } from '../../src/cases/define.js';
import { group, http, match, target } from '../../src/cases/objects.js';

export const ANYTHING = group('anything', [match('any', '.*')]);
export const grant = (...from: string[]) => target('t', { from, rules: [http('anything')] });

export function identityCase({
  phrase,
  ...draft
}: Omit<CaseDraft, 'area' | 'fixture' | 'spec'> & { readonly phrase: string }): CaseRecord {
  return defineCase({
    needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'identity:service-account'],
    ...draft,
    area: 'identity',
    fixture: 'access',
    spec: { ref: 'traffic-access v1alpha1–v1alpha3', phrase },
  });
}
