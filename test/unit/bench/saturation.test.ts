import assert from 'node:assert/strict';
import { chooseRate, notesOnRate } from '../../../src/bench/rate.js';
import { judgeLadder, LADDER } from '../../../src/bench/saturation.js';
import { HarnessError } from '../../../src/errors/harness-error.js';
import { throughputAt } from '../../../src/statistics/scalability.js';

const LAW = { lambda: 3000, sigma: 0.1, kappa: 0.0005 };
const BEST = throughputAt(LAW, Math.sqrt(0.9 / 0.0005));
const ladder = (arm: 'direct' | 'both', scale = 1) =>
  judgeLadder(
    arm,
    LADDER.map((concurrency) => {
      const perSecond = throughputAt(LAW, concurrency) * scale;
      return {
        step: { concurrency, perSecond, meanMs: (concurrency / perSecond) * 1000 },
        recording: { due: 1000, statuses: { 200: 1000 }, failed: {} },
      };
    }),
    1,
  );

describe('bench: saturation', () => {
  it('fits the ladder', () => {
    const { fit, leftOut } = ladder('direct');
    assert.deepEqual(leftOut, []);
    assert.ok(Math.abs((fit?.maxPerSecond ?? 0) - BEST) < 1);
  });

  it("leaves out steps that break Little's law or lost requests, and says so", () => {
    const step = (concurrency: number, meanMs: number) => ({ concurrency, perSecond: 1000 * concurrency, meanMs });
    const whole = { due: 1000, statuses: { 200: 1000 }, failed: {} };
    const { leftOut, fit } = judgeLadder(
      'both',
      [
        { step: step(1, 1), recording: whole },
        { step: step(2, 0.5), recording: whole },
        { step: step(4, 1), recording: { due: 1000, statuses: { 200: 900 }, failed: { ECONNRESET: 100 } } },
        { step: step(8, 1), recording: { due: 0, statuses: {}, failed: {} } },
      ],
      1,
    );
    assert.deepEqual(leftOut, [
      { concurrency: 2, reason: 'X·R is -50.0 % off N' },
      { concurrency: 4, reason: '100 of 1000 requests failed (100 without an answer)' },
      { concurrency: 8, reason: 'nothing was answered' },
    ]);
    assert.equal(fit, undefined, 'one step is no ladder');
  });
});

describe('bench: rate', () => {
  it('is the usual one where every arm does it with ease, and 30 % of the slowest otherwise', () => {
    assert.equal(chooseRate(undefined, [ladder('direct'), ladder('both')]).perSecond, 500);
    const slow = chooseRate(undefined, [ladder('direct'), ladder('both', 0.05)]);
    assert.equal(slow.perSecond, Math.floor(BEST * 0.05 * 0.3));
    assert.match(slow.reason, /30 % of what both can do/);
    assert.equal(chooseRate(undefined, []).perSecond, 500);
  });

  it('is what was asked for, unless the machine cannot offer it at all', () => {
    assert.equal(chooseRate(1000, [ladder('direct')]).perSecond, 1000);
    assert.throws(
      () => chooseRate(1e6, [ladder('direct')]),
      (error) => error instanceof HarnessError && error.code === 'E_RATE_UNREACHABLE' && error.exitCode === 4,
    );
  });

  it('comes with a word where queueing is part of what is measured', () => {
    const saturation = [ladder('direct'), ladder('both', 0.1)];
    assert.deepEqual(notesOnRate(100, saturation), []);
    assert.match(notesOnRate(Math.ceil(BEST * 0.08), saturation)[0] ?? '', /more than half of what both can do/);
  });
});
