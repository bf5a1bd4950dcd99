import assert from 'node:assert/strict';
import { parseDuration } from '../../../src/metrics/duration.js';

describe('durations', () => {
  for (const [text, ms] of [
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['2.25s', 2_250],
    ['250ms', 250],
    ['1h', 3_600_000],
    ['0s', 0],
  ] as const)
    it(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));

  for (const text of ['', '30', 's', '-1s', '30 s', '30seconds', '1s x'])
    it(`"${text}" is none`, () => assert.equal(parseDuration(text), null));
});
