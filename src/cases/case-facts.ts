/** A case record as label and words: what `explain` prints and the pages of cases show. */
import type { CaseRecord } from './case.js';

const CLASS_WORDS: Readonly<Record<CaseRecord['class'], string>> = {
  M: 'M (normative)',
  X: 'X (shown by an example)',
  A: 'A (ambiguous or silent: the reading is recorded)',
};

export function factsOf(record: CaseRecord): readonly (readonly [string, string])[] {
  const { spec, setup, expectation, control, plan, needs, profiles, catches, variants } = record;
  return [
    ['specification', `${spec.ref}: “${spec.phrase}”`],
    ['class', CLASS_WORDS[record.class]],
    ['set-up', setup],
    ['expectation', expectation],
    ['control', control],
    [
      'sampling',
      `n = ${plan.n}, alpha = ${plan.alpha}, power = ${plan.power.toFixed(4)} per ${plan.unit}; ${plan.note}`,
    ],
    ['finds', plan.finds.length === 0 ? 'what its own steps say' : `with probability 0.99: ${plan.finds.join('; ')}`],
    ['needs', needs.join(', ') || 'nothing'],
    ['profiles', profiles.join(', ')],
    ['must catch', catches.join(', ') || 'no named fault'],
    ...(variants === undefined ? [] : [['variants', variants.join(' / ')] as const]),
  ];
}
