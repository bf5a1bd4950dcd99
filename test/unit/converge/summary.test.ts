import assert from 'node:assert/strict';
import { convergenceSchema } from '../../../reports/converge-model.js';
import { readFlip } from '../../../src/converge/flip-outcome.js';
import { headline } from '../../../src/converge/headline.js';
import type { MeasuredFlip } from '../../../src/converge/series.js';
import { summarise, type ConvergenceSummary } from '../../../src/converge/summary.js';
import { flipOf, NEW_FOR_GOOD, OLD_FOR_GOOD, REQUESTED_AT } from './timelines.js';

const FACTS = { proxies: 1, deadlineMs: 5_000, connections: 'reuse', nacks: 0 } as const;

function flip(pattern: string, more: Partial<MeasuredFlip> = {}): MeasuredFlip {
  return {
    change: 'split-shift',
    applied: { requestedAt: REQUESTED_AT, acceptedAt: REQUESTED_AT + 2 },
    reading: readFlip(flipOf([pattern])),
    whiteBox: [],
    trafficErrors: 0,
    ...more,
  };
}

const after = (probes: number): MeasuredFlip => flip(`oooo|${'o'.repeat(probes)}${NEW_FOR_GOOD}`);
const never = flip(`oooo|${OLD_FOR_GOOD}`);
const unreadable = flip('|');
const summary = (flips: readonly MeasuredFlip[]): ConvergenceSummary => summarise('split-shift', flips, FACTS);
const conclude = (...flips: readonly MeasuredFlip[]) =>
  headline({ convergence: [summary(flips)], left: [], clockStepMs: 0 });

describe('convergence: figures of all changes', () => {
  it('fits the report', () => {
    for (const flips of [[after(3), after(5)], [never], [unreadable], [after(3), never, unreadable]])
      convergenceSchema.parse(summary(flips));
  });

  it('median, its interval and p90, from the acceptance and from the request', () => {
    const { anyMs, allMs, fromRequestMs, resolutionMs, flips } = summary([after(30), after(31), after(32)]);
    assert.deepEqual([flips, anyMs?.median, allMs?.median, fromRequestMs?.median], [3, 308, 308, 310]);
    assert.deepEqual([anyMs?.low, anyMs?.high, anyMs?.level], [293, 323, 0.75]);
    assert.equal(resolutionMs, 5);
  });

  it('what never came is censored, not dropped: the median moves', () => {
    const { allMs, censored, flips } = summary([after(30), after(31), after(32), never, never]);
    assert.deepEqual([flips, censored], [5, 2]);
    assert.ok(allMs !== undefined && Math.abs(allMs.median - 318) < 1e-6, `${allMs?.median}`);
    assert.deepEqual([allMs.high, allMs.p90], [undefined, undefined]);
    assert.equal(summary([after(30), never, never]).allMs, undefined, 'more than half never came: there is no median');
  });

  it('what cannot be read counts apart, with its reasons, and is in no figure', () => {
    const { invalid, invalidReasons, flips, raster, anyMs } = summary([after(30), unreadable]);
    assert.deepEqual([flips, invalid, raster.length, anyMs?.median], [2, 1, 1, 298]);
    assert.match(invalidReasons[0] ?? '', /old state was not seen/);
  });

  it('glitches by kind, those of the traffic beside among them', () => {
    const flapping = flip(`oooo|onno${NEW_FOR_GOOD}xo`, { trafficErrors: 2 });
    const { glitches, glitchKinds } = summary([flapping]);
    assert.deepEqual(glitchKinds, { back: 1, late: 1, errors: 1, traffic: 2 });
    assert.equal(glitches, 5);
  });

  it('a burst from its first change; an outage by what was answered; what proxies said', () => {
    const burst = after(30);
    const bursts = [
      { ...burst, applied: { requestedAt: 0, acceptedAt: REQUESTED_AT + 2, firstAcceptedAt: REQUESTED_AT - 98 } },
    ];
    assert.equal(summary(bursts).fromFirstMs?.median, 398);
    const outage = { durationMs: 3_000, probes: 600, answered: 599 };
    assert.deepEqual(summary([{ ...burst, outage }]).outage, outage);
    const whiteBox = [
      { proxy: 'c1', gapMs: 1, flagged: false },
      { proxy: 'c2', gapMs: 30, flagged: true },
    ];
    assert.deepEqual(summary([{ ...burst, whiteBox }]).whiteBox, { compared: 2, flagged: 1, medianGapMs: 15.5 });
    assert.equal(summary([{ ...burst, acknowledgedMs: 7 }]).controlPlaneMs?.median, 7);
  });
});

describe('convergence: the headline', () => {
  it('every change took effect', () => {
    assert.deepEqual(conclude(after(3), after(4)), { code: 0, reason: '2 changes of one kind, every one took effect' });
  });

  it('says how many did not, and stands by a median that is there', () => {
    const { code, reason } = conclude(after(3), after(4), never);
    assert.equal(code, 0);
    assert.match(reason, /split-shift: 1\/3 did not converge within 5 s/);
  });

  it('a mesh that never converges is inconclusive, in words', () => {
    const { code, reason } = conclude(never, never, never);
    assert.equal(code, 2);
    assert.match(reason, /3\/3 did not converge within 5 s; .*does not take effect/);
  });

  it('too much that could not be read, a clock that stepped, nothing at all', () => {
    const unread = conclude(after(3), unreadable);
    assert.equal(unread.code, 2);
    assert.match(unread.reason, /1\/2 could not be read/);
    const stepped = headline({ convergence: [summary([after(3)])], left: [], clockStepMs: -3_600_000 });
    assert.equal(stepped.code, 2);
    assert.match(stepped.reason, /clock stepped by -3600000 ms/);
    const none = headline({ convergence: [], left: [{ change: 'allow', why: 'no such kind' }], clockStepMs: 0 });
    assert.deepEqual(none, { code: 2, reason: 'no change could be measured: allow: no such kind' });
  });
});
