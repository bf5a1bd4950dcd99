import assert from 'node:assert/strict';
import { parseDeviations } from '../../../src/mesh/deviations.js';

const entry = (id: string): string =>
  `- {case: ${id}, verdict: fail, what: lets everybody in, evidence: one line of evidence, version: 1.0.0}\n`;

describe('mesh/deviations', () => {
  it('reads a list, and an empty file as an empty list', () => {
    assert.equal(parseDeviations(entry('ACC-01') + entry('ACC-02'), 'x.yaml').length, 2);
    assert.deepEqual(parseDeviations('# none known\n', 'x.yaml'), []);
  });

  for (const [what, text, words] of [
    [
      'an entry without evidence',
      '- {case: ACC-01, verdict: fail, what: lets everybody in, version: 1}',
      /0\.evidence/,
    ],
    ['an unknown key', `${entry('ACC-01').trim().slice(0, -1)}, excuse: tired}`, /excuse/],
    ['a pass', entry('ACC-01').replace('fail', 'pass'), /0\.verdict/],
    ['a case twice', entry('ACC-01') + entry('ACC-01'), /ACC-01 is listed twice/],
    ['no YAML', '- {case', /x\.yaml/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseDeviations(text, 'x.yaml'), { code: 'E_DEVIATIONS', message: words });
    });
  }
});
