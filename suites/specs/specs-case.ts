import type { CaseRecord } from '../../src/cases/case.js';
import { defineCase, type CaseDraft } from '../../src/cases/define.js';
import { group, http, target } from '../../src/cases/objects.js';
import type { HttpMatch, SmiObject } from '../../src/smi/model.js';

/** What all specs cases share: the fixture, the kinds they need, the document they quote. */
export type SpecsDraft = Omit<CaseDraft, 'area' | 'fixture' | 'spec'> & {
  readonly phrase: string;
  readonly ref?: string;
};

export function specsCase({ phrase, ref, ...draft }: SpecsDraft): CaseRecord {
  return defineCase({
    needs: ['kind:TrafficTarget', 'kind:HTTPRouteGroup', 'identity:service-account'],
    ...draft,
    area: 'specs',
    fixture: 'access',
    spec: { ref: ref ?? 'traffic-specs v1alpha1–v1alpha4', phrase },
  });
}

/** The target under test: c1 may reach the server on whatever group `g` says. */
export const grant = target('t', { from: ['c1'], rules: [http('g')] });

/** The whole desired set of most phases: group `g` with these matches, granted to c1. */
export const granted = (...matches: readonly HttpMatch[]): readonly SmiObject[] => [group('g', matches), grant];

/** The server under test. */
export const SERVER = 'srv:8080';

export const at = (path: string) => ({ path });
