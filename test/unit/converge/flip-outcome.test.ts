import assert from 'node:assert/strict';
import { readFlip, type FlipOutcome } from '../../../src/converge/flip-outcome.js';
import { readProxy, type ProxyEvents } from '../../../src/converge/proxy-events.js';
import { flipOf, NEW_FOR_GOOD, OLD_FOR_GOOD, probesOf, REQUESTED_AT } from './timelines.js';

const FLIP = { requestedAt: REQUESTED_AT, endedAt: REQUESTED_AT + 5_000 };

function read(...given: Parameters<typeof flipOf>): FlipOutcome {
  const outcome = readFlip(flipOf(...given));
  assert.ok('any' in outcome, 'invalid' in outcome ? outcome.invalid : '');
  return outcome;
}

function events(pattern: string): ProxyEvents {
  const found = readProxy({ proxy: 'c1', probes: probesOf(pattern) }, FLIP);
  assert.ok(!('unreadable' in found), 'unreadable' in found ? found.unreadable : '');
  return found;
}

function trouble(pattern: string): string {
  const found = readProxy({ proxy: 'c1', probes: probesOf(pattern) }, FLIP);
  assert.ok('unreadable' in found);
  return found.unreadable;
}

describe('convergence: the events of one proxy', () => {
  it('a clean change: T4 between the last old and the first new probe, T5 with it', () => {
    const { first, stable, lastOldAt, back, late, errors } = events(`oooo|oo${NEW_FOR_GOOD}`);
    assert.deepEqual([first?.low, first?.high], [1_015, 1_025]);
    assert.deepEqual(stable, { low: 1_015, high: 1_025 });
    assert.deepEqual([lastOldAt, back, late, errors], [1_015, 0, 0, 0]);
  });

  it('flapping: stable only from the first run of twenty', () => {
    const { first, stable, back, lastOldAt } = events(`oooo|o${'n'.repeat(19)}onn o${NEW_FOR_GOOD}`.replace(' ', ''));
    assert.equal(first?.high, 1_015);
    assert.equal(back, 2);
    assert.equal(stable?.high, 1_005 + 24 * 10);
    assert.equal(lastOldAt, 1_005 + 23 * 10);
  });

  it('old answers long after are glitches and no mixing; errors count from the request on', () => {
    const { late, errors, lastOldAt, stable } = events(`xooo|xox${NEW_FOR_GOOD}o${NEW_FOR_GOOD}`);
    assert.deepEqual([late, errors, lastOldAt], [1, 2, 1_015]);
    // The error between hides when the change came: the bounds are the answers around it.
    assert.deepEqual(stable, { low: 1_025, high: 1_035 });
  });

  it('never: neither T4 nor T5', () => {
    const { first, stable } = events(`oooo|${OLD_FOR_GOOD}`);
    assert.deepEqual([first, stable], [undefined, undefined]);
  });

  it('a probe that was on its way when the change was asked for may show it', () => {
    const probes = probesOf(`oooo|${NEW_FOR_GOOD}`, { offsetMs: -2, ms: 10 });
    const found = readProxy({ proxy: 'c1', probes }, FLIP);
    assert.ok('first' in found);
    assert.equal(found.first?.high, 998);
  });

  it('says nothing without the old state, after the new one was there already, with too few probes, or on a clock that steps', () => {
    assert.match(trouble(`oo|${NEW_FOR_GOOD}`), /old state was not seen/);
    assert.match(trouble(`oooon|${NEW_FOR_GOOD}`), /before the change was asked for/);
    assert.match(trouble(`oooo|${'n'.repeat(19)}`), /only 19 probes/);
    const stepped = probesOf(`oooo|${NEW_FOR_GOOD}`).map((probe, index) =>
      index > 6 ? { ...probe, t: probe.t - 40 } : probe,
    );
    const found = readProxy({ proxy: 'c1', probes: stepped }, FLIP);
    assert.match('unreadable' in found ? found.unreadable : '', /clock .* went back/);
  });
});

describe('convergence: one change over all proxies', () => {
  it('the first and the last proxy, from acceptance; the request beside it', () => {
    const outcome = read([`oooo|o${NEW_FOR_GOOD}`, `oooo|ooooo${NEW_FOR_GOOD}`]);
    assert.deepEqual(outcome.any, { low: 3, high: 13 });
    assert.deepEqual(outcome.all, { low: 43, high: 53 });
    assert.equal(outcome.acceptMs, 2);
    // Last old of the second at 1 045, first new of the first at 1 015.
    assert.equal(outcome.mixWindowMs, 30);
  });

  it('all at once: no mix window, however the streams are staggered', () => {
    const outcome = read([`oooo|ooo${NEW_FOR_GOOD}`, `oooo|ooo${NEW_FOR_GOOD}`], { offsets: [5, 10] });
    assert.equal(outcome.mixWindowMs, 0);
    assert.deepEqual(outcome.any, { low: 23, high: 33 });
  });

  it('the effect may come before the answer of the API: negative, never clipped', () => {
    const outcome = read([`oooo|${NEW_FOR_GOOD}`], { acceptMs: 50 });
    assert.deepEqual(outcome.any, { low: -55, high: -45 });
  });

  it('nine in ten: the tenth may be missing', () => {
    const patterns = [...Array.from({ length: 9 }, () => `oooo|o${NEW_FOR_GOOD}`), `oooo|${OLD_FOR_GOOD}`];
    const { most, all, any } = read(patterns);
    assert.deepEqual([most.high, any.high], [13, 13]);
    assert.deepEqual(all, { low: 4_998, high: Infinity });
  });

  it('never: open to the right from where we stopped looking', () => {
    const { any, all, mixWindowMs } = read([`oooo|${OLD_FOR_GOOD}`]);
    assert.deepEqual(
      [any, all],
      [
        { low: 4_998, high: Infinity },
        { low: 4_998, high: Infinity },
      ],
    );
    assert.equal(mixWindowMs, 0);
  });

  it('one proxy that cannot be read makes the change invalid, and is named', () => {
    const outcome = readFlip(flipOf([`oooo|o${NEW_FOR_GOOD}`, '|']));
    assert.ok('invalid' in outcome);
    assert.match(outcome.invalid, /^c2: /);
  });
});
