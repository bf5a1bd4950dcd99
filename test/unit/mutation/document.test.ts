import assert from 'node:assert/strict';
import { renderDocument } from '../../../src/mutation/document.js';
import type { Outcome } from '../../../src/mutation/matrix.js';
import { FAIL, fault, LEFT, matrixOf, PASS, ran, row, UNPROVEN } from './paper-matrix.js';

const FAULTS = [fault('x'), fault('y', [{ cases: ['ACC-02'], why: 'no marker shows' }])];
const ROWS = [row('ACC-01', ['x']), row('ACC-02', ['x', 'y']), row('SPL-01', ['y'])];
const OUTCOMES = {
  'ACC-01 x': ran(FAIL),
  'ACC-02 x': ran(FAIL),
  'ACC-02 y': ran(FAIL),
  'SPL-01 x': ran(PASS),
  'SPL-01 y': ran(FAIL),
};
const page = (
  outcomes: Readonly<Record<string, Outcome>> = OUTCOMES,
  complete = { cases: true, faults: true },
): string =>
  renderDocument(
    {
      matrix: matrixOf(ROWS, FAULTS, outcomes, complete),
      timings: { 'without a fault': 61_000, 'second looks': 2_000 },
      leftovers: [],
    },
    { host: '2 processors' },
  );

describe('mutation: document', () => {
  it('tells the numbers, the time, and that all is well', () => {
    assert.match(page(), /3 cases × 2 faults = 6 cells, seed 1, 2 processors/);
    assert.match(page(), /\| `X` +\| 4/);
    assert.match(page(), /\| `=` +\| 1/);
    assert.match(page(), /\| `\.` +\| 1/);
    assert.match(page(), /without a fault 61 s, second looks 2 s; 63 s in all/);
    assert.match(page(), /no other verdict changes without an explanation/);
    assert.doesNotMatch(page(), /not all cases/);
  });

  it('lists who catches what, both ways', () => {
    assert.match(page(), /\| 1 +\| `x` +\| the defect x +\| ACC-01, 02 +\| none/);
    assert.match(page(), /\| 2 +\| `y` +\| the defect y +\| ACC-02; SPL-01/);
    assert.match(page(), /\| ACC-02 of paper +\| M +\| pass +\| `x`, `y`/);
  });

  it('draws a line for each case and a column for each fault', () => {
    const [, drawing = ''] = /```text\n([\s\S]*?)```/.exec(page()) ?? [];
    assert.deepEqual(drawing.trimEnd().split('\n'), ['       12', 'ACC-01 X.', 'ACC-02 XX', 'SPL-01 =X']);
  });

  it('gives the reasons of what was noticed without being named, and what is not as it should be', () => {
    const odd = page({ ...OUTCOMES, 'ACC-02 y': ran(UNPROVEN), 'ACC-01 y': ran(UNPROVEN), 'SPL-01 x': LEFT });
    assert.match(odd, /\*\*Not as it should be:\*\*\n\n- ACC-01 comes to inconclusive with y/);
    assert.match(odd, /- `y` \(ACC-01\): \*\*nothing explains this\*\*/);
    assert.match(odd, /SPL-01 {2}X/);
  });

  it('says so when it shows a part', () => {
    assert.match(page(OUTCOMES, { cases: false, faults: true }), /\*\*These are not all cases and faults\.\*\*/);
  });
});
