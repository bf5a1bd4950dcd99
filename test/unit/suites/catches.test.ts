import assert from 'node:assert/strict';
import picomatch from 'picomatch';
import { FAULTS } from '../../../drivers/reference/faults/index.js';
import { CASES } from '../../../suites/index.js';

/** Whether cases and faults speak of each other in names that exist; whether it is true what they say, `npm run mutation` tries. */
describe('what cases catch', () => {
  const faults = new Set(FAULTS.map(({ name }) => name));

  it('are faults of the reference mesh, each named once', () => {
    for (const { id, catches } of CASES) {
      assert.deepEqual(
        catches.filter((name) => !faults.has(name)),
        [],
        id,
      );
      assert.equal(new Set(catches).size, catches.length, id);
    }
  });

  it('is one at least for every case of class M and X', () => {
    const idle = CASES.filter((record) => record.class !== 'A' && record.catches.length === 0);
    assert.deepEqual(
      idle.map(({ id }) => id),
      // Whose roles the API server enforces, not the mesh.
      ['MET-14'],
    );
  });

  it('what breaks beside them is explained for cases that there are', () => {
    for (const { name, alsoBreaks = [] } of FAULTS) {
      for (const { cases, why } of alsoBreaks) {
        assert.ok(why.length > 15, name);
        for (const glob of cases)
          assert.ok(
            CASES.some(({ id }) => picomatch.isMatch(id, glob)),
            `${name}: ${glob}`,
          );
      }
    }
  });
});
