import assert from 'node:assert/strict';
import { findFlaws, markOf } from '../../../src/mutation/matrix.js';
import { FAIL, fault, LEFT, matrixOf, PASS, ran, reads, row, UNPROVEN } from './paper-matrix.js';

const X = fault('x');
const Y = fault('y', [{ cases: ['ACC-*'], why: 'nobody is let in' }]);

describe('mutation: marks', () => {
  const naming = row('ACC-01', ['x']);
  const reading = row('SPC-03', ['x'], reads('full match'), 'A');
  for (const [what, one, outcome, mark] of [
    ['a named fault that makes the case fail', naming, ran(FAIL), 'caught'],
    ['a named fault that leaves the case unproven', naming, ran(UNPROVEN), 'changed'],
    ['a named fault that the case does not notice', naming, ran(PASS), 'same'],
    ['another reading of a case that cannot fail', reading, ran(reads('prefix')), 'caught'],
    ['the same reading', reading, ran(reads('full match')), 'same'],
    ['a failure that nobody named', row('ACC-02', []), ran(FAIL), 'noticed'],
    ['another reading that nobody named', row('SPC-03', [], reads('a'), 'A'), ran(reads('b')), 'changed'],
    ['no time', naming, LEFT, 'left'],
  ] as const) {
    it(`${what}: ${mark}`, () => {
      assert.equal(markOf(matrixOf([one], [X], { [`${one.record.id} x`]: outcome }), one, X), mark);
    });
  }

  it('no touch: untouched', () => assert.equal(markOf(matrixOf([naming], [X], {}), naming, X), 'untouched'));
});

describe('mutation: flaws', () => {
  const rows = [row('ACC-01', ['x']), row('ACC-02', ['y'])];
  const good = { 'ACC-01 x': ran(FAIL), 'ACC-02 y': ran(FAIL) };
  const flaws = (outcomes: Parameters<typeof matrixOf>[2], complete?: Parameters<typeof matrixOf>[3]) =>
    findFlaws(matrixOf(rows, [X, Y], outcomes, complete));

  it('there are none where every case catches a fault, and every fault is caught', () => {
    assert.deepEqual(flaws(good), []);
  });

  it('a declared fault that goes unnoticed, is not reached, or was not tried', () => {
    assert.match(
      flaws({ ...good, 'ACC-01 x': ran(PASS) }).join('\n'),
      /ACC-01 names x and does not catch it: pass: fine/,
    );
    assert.match(flaws({ 'ACC-02 y': ran(FAIL) }).join('\n'), /ACC-01 names x, which changes nothing/);
    assert.match(flaws({ ...good, 'ACC-01 x': LEFT }).join('\n'), /ACC-01 names x, and there was no time/);
  });

  it('a fault that no case catches, and a case that catches none', () => {
    const all = flaws({ ...good, 'ACC-01 x': ran(UNPROVEN) });
    assert.ok(all.includes('x is caught by no case that names it'));
    assert.ok(all.includes('ACC-01, of class M, catches no fault'));
  });

  it('of a part of the matrix nothing is said that the rest could change', () => {
    const lacking = { 'ACC-01 x': ran(FAIL) };
    const only = (isComplete: { cases: boolean; faults: boolean }) =>
      findFlaws(matrixOf([row('ACC-01', ['x']), row('ACC-02', [])], [X, Y], lacking, isComplete));
    assert.deepEqual(only({ cases: false, faults: false }), []);
    assert.deepEqual(only({ cases: true, faults: false }), ['y is caught by no case that names it']);
    assert.deepEqual(only({ cases: false, faults: true }), ['ACC-02, of class M, catches no fault']);
  });

  it('a case of class A need not catch any', () => {
    const matrix = matrixOf([row('SPC-03', [], reads('a'), 'A')], [X], {}, { cases: false, faults: true });
    assert.deepEqual(findFlaws(matrix), []);
  });

  it('another verdict without an explanation, and none with one', () => {
    assert.match(
      flaws({ ...good, 'ACC-02 x': ran(UNPROVEN) }).join('\n'),
      /ACC-02 comes to inconclusive with x instead of pass, which nothing explains: a control is missing/,
    );
    assert.deepEqual(flaws({ ...good, 'ACC-01 y': ran(UNPROVEN) }), []);
  });

  it('a case that does not even pass without a fault, and nothing else about it', () => {
    const matrix = matrixOf([row('ACC-01', ['x'], UNPROVEN)], [X], {}, { cases: false, faults: true });
    assert.deepEqual(findFlaws(matrix), ['ACC-01 comes to inconclusive without any fault: a control is missing']);
  });
});
