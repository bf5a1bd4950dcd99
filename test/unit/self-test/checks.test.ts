import assert from 'node:assert/strict';
import picocolors from 'picocolors';
import { atLeast, atMost, covers, exactly, near, nearShare, type Check } from '../../../src/self-test/check.js';
import { checkMerge } from '../../../src/self-test/checks/accounting.js';
import { renderResult } from '../../../src/self-test/render.js';
import { GROUPS, judgeSelfTest, runSelfTest, type Result } from '../../../src/self-test/run.js';

const P95 = { name: 'p95', unit: 'ms', truth: 100, reading: 114 } as const;

function resultOf(checks: readonly Check[], disturbances: readonly string[] = []): Result {
  return { group: 'group', seconds: 1, checks, disturbances };
}

describe('checks of the self-test', () => {
  it('compare with a bound in the unit, or with a share of the truth', () => {
    assert.equal(near(P95, 14).ok, true);
    assert.equal(near(P95, 13.9).ok, false);
    assert.equal(near({ ...P95, reading: 86 }, 13.9).ok, false);
    assert.equal(nearShare(P95, 0.15).ok, true);
    assert.equal(nearShare(P95, 0.13).ok, false);
    assert.equal(atMost(P95, 114).ok, true);
    assert.equal(atMost(P95, 113).ok, false);
    assert.equal(atLeast({ ...P95, truth: 1, reading: 0.999 }, 0.999).ok, true);
    assert.equal(atLeast({ ...P95, truth: 1, reading: 0.998 }, 0.999).ok, false);
    assert.equal(exactly({ ...P95, reading: 100 }).ok, true);
    assert.equal(exactly(P95).ok, false);
    assert.equal(covers('interval', 0.2, { low: 0.19, high: 0.23 }).ok, true);
    assert.equal(covers('interval', 0.2, { low: 0.21, high: 0.23 }).ok, false);
  });

  it('are never met by a reading that there is none of', () => {
    const none = { ...P95, reading: NaN };
    for (const check of [near(none, 1e9), nearShare(none, 1e9), atMost(none, 1e9), atLeast(none, -1e9), exactly(none)])
      assert.equal(check.ok, false);
    assert.equal(covers('interval', 1, { low: NaN, high: NaN }).ok, false);
  });
});

describe('the verdict of the self-test', () => {
  const busy = ['other programs used 80 % of the processors'];
  const [hit, miss, wrong] = [near(P95, 20), near(P95, 1), exactly(P95)];

  it('is 0 when all goals are met, however busy the machine was', () => {
    assert.equal(judgeSelfTest([resultOf([hit]), resultOf([hit], busy)]), 0);
  });

  it('is 2 when the machine can be the cause of every miss', () => {
    assert.equal(judgeSelfTest([resultOf([hit, miss], busy)]), 2);
  });

  it('is 3 for a miss on a quiet machine, even beside excused ones', () => {
    assert.equal(judgeSelfTest([resultOf([miss])]), 3);
    assert.equal(judgeSelfTest([resultOf([miss], busy), resultOf([miss])]), 3);
  });

  it('is 3 for a count that is wrong: no machine excuses it', () => {
    assert.equal(judgeSelfTest([resultOf([wrong], busy)]), 3);
  });
});

describe('the self-test', () => {
  it('refuses groups that do not exist, naming those that do', async () => {
    const running = runSelfTest(
      { runId: 'x', runDir: '/nowhere' },
      { only: ['stall', 'stahl'], envoyPath: () => Promise.reject(new Error('not asked for')) },
      new AbortController().signal,
    );
    await assert.rejects(running, { code: 'E_OPTION', message: /stahl/, hint: new RegExp(GROUPS.join(', ')) });
  });

  it('merges histograms as if they had been one', async () => {
    assert.deepEqual(
      (await checkMerge()).filter(({ ok }) => !ok),
      [],
    );
  });

  it('prints truth, reading, error and goal, and what disturbed it', () => {
    const text = renderResult(
      resultOf(
        [
          nearShare(P95, 0.15),
          near({ name: 'p50', unit: 'ms', truth: 20, reading: NaN }, 2),
          exactly({ name: 'failures', unit: 'requests', truth: 20, reading: 18 }),
        ],
        ['other programs used 80 % of the processors'],
      ),
      picocolors.createColors(false),
    );
    assert.equal(
      text,
      [
        'group  (1.0 s)',
        '                 truth     reading    error  goal',
        '✓ p95       100.000 ms  114.000 ms  +14.0 %  within 15 %',
        '✗ p50        20.000 ms        none        –  within ±2 ms',
        '✗ failures          20          18       −2  exact',
        '  disturbed: other programs used 80 % of the processors',
        '',
      ].join('\n'),
    );
  });
});
