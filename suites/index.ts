/** Every case, in the order of the conformance matrix. An id that appears twice is refused here, before anything runs. */
import type { CaseRecord } from '../src/cases/case.js';
import { badInput } from '../src/errors/harness-error.js';
import { accessCases } from './access/index.js';
import { crdCases } from './crd/index.js';
import { identityCases } from './identity/index.js';
import { metricsCases } from './metrics/index.js';
import { specsCases } from './specs/index.js';
import { splitCases } from './split/index.js';

export { FIXTURES } from './fixtures.js';

export const CASES: readonly CaseRecord[] = unique([
  ...accessCases,
  ...specsCases,
  ...splitCases,
  ...metricsCases,
  ...identityCases,
  ...crdCases,
]);

function unique(cases: readonly CaseRecord[]): readonly CaseRecord[] {
  const twice = cases.find(({ id }, index) => cases.findIndex((other) => other.id === id) !== index);
  if (twice !== undefined)
    throw badInput(
      'E_CASE_DUPLICATE',
      `two cases are called ${twice.id}`,
      'give one of them the id the conformance matrix has for it',
    );
  return cases;
}
