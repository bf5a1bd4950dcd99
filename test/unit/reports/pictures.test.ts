/** The pictures of a page: that they show what was measured, say it in words too, and stay pictures whatever words they are given. */
import assert from 'node:assert/strict';
import type { BenchReport } from '../../../reports/bench-model.js';
import { renderLatency } from '../../../reports/html/latency.js';
import { renderSlices } from '../../../reports/html/slices.js';
import { renderTopology } from '../../../reports/html/topology.js';
import { HOSTILE } from './sample-report.js';

const arm = (name: string, factor: number): BenchReport['arms'][number] => ({
  name,
  description: 'an arm',
  requests: 1000,
  failed: 0,
  slices: { total: 4, invalid: 0, causes: {} },
  quantilesMs: { p50: factor, p90: 2 * factor },
  curve: [
    { q: 0, ms: 0.5 * factor, lowMs: 0.4 * factor, highMs: 0.6 * factor },
    { q: 0.5, ms: factor, lowMs: 0.9 * factor, highMs: 1.1 * factor },
    { q: 0.9, ms: 2 * factor },
  ],
});

const slice = (
  atSeconds: number,
  causes: readonly string[],
  good = 250,
): NonNullable<BenchReport['timeline']>[number] => ({
  rep: 0,
  arm: 'direct',
  design: 'slices',
  atSeconds,
  seconds: 0.5,
  due: 250,
  good,
  p50Ms: 0.4,
  sendLagP50Ms: 0.01,
  sendLagP99Ms: 2,
  causes,
});

const BENCH: BenchReport = {
  ...{ mesh: 'sample', version: '1', rate: 500, rateReason: 'the usual rate', seconds: 6, reps: 1, connections: 16 },
  ...{ arrivals: 'uniform', payloadBytes: 1024, saturation: [], slo: [], withheld: [], notes: [], raw: [] },
  arms: [arm('direct', 0.3), arm('both', 1)],
  timeline: [slice(0, []), slice(1, ['foreign-cpu']), slice(2, ['send-lag p99'], 249)],
};

describe('reports: pictures', () => {
  it('every arm has its line, its ribbon as far as one repetition reaches, and its name', () => {
    const html = renderLatency(BENCH);
    assert.equal(html.match(/<path [^>]*stroke="var\(--s[12]\)"/g)?.length, 2);
    assert.equal(html.match(/<path [^>]*fill="var\(--s[12]\)"/g)?.length, 2);
    for (const words of ['>direct</text>', '>both</text>', '>p50</text>', '>p90</text>'])
      assert.ok(html.includes(words), words);
    assert.ok(!html.includes('>p99</text>'), 'no further than the requests reach');
    assert.match(html, /aria-label="latency by quantile: direct p50 0\.3 ms, p90 0\.6 ms; both p50 1 ms/);
  });

  it('a bench without curves, of an older version, has no such picture', () => {
    const { timeline: _timeline, ...old } = BENCH;
    assert.equal(renderLatency({ ...old, arms: old.arms.map(({ curve: _curve, ...rest }) => rest) }), '');
    assert.equal(renderSlices(old), '');
  });

  it('slices that say nothing are shaded apart from those that say nothing of the tail', () => {
    const html = renderSlices(BENCH);
    assert.match(html, /3 slices of direct; 1 say nothing, 1 nothing of some quantiles/);
    assert.equal(html.match(/<rect [^>]*fill="var\(--fail\)"/g)?.length, 1);
    assert.equal(html.match(/<rect [^>]*fill="var\(--inconclusive\)"/g)?.length, 1);
    assert.match(html, /1 have fewer good answers than requests that were due/);
    assert.match(html, /in 3 of 3 slices the generator was late by more than 1 ms at p99/);
  });

  it('clients, cells and ends are joined as requests went', () => {
    const html = renderTopology([
      { pod: 'c1', cell: 'c1 → srv', end: 'srv-1', ok: true, requests: 90 },
      { pod: 'c1', cell: 'c1 → srv', end: 'srv-2', ok: true, requests: 10 },
      { pod: 'c2', cell: 'c2 → srv', end: '403', ok: false, requests: 20 },
    ]);
    assert.match(html, /c1, c1 → srv: 90 requests answered by srv-1; .*c2, c2 → srv: 20 requests failed: 403/);
    assert.equal(html.match(/<path [^>]*stroke="var\(--s1\)"/g)?.length, 4);
    assert.equal(html.match(/<path [^>]*stroke="var\(--fail\)"/g)?.length, 1);
    assert.equal(renderTopology([]), '');
  });

  it('words that are markup stay words, in a picture as in its label', () => {
    const hostile = { ...BENCH, mesh: HOSTILE, arms: [arm(HOSTILE, 1)] };
    const flow = { pod: HOSTILE, cell: HOSTILE, end: HOSTILE, ok: true, requests: 1 };
    for (const html of [renderLatency(hostile), renderSlices(hostile), renderTopology([flow])]) {
      assert.doesNotMatch(html, /<script|[\u0000-\u0008\u001b]|\p{Surrogate}|NaN|https?:/u);
    }
  });

  it('the same figures give the same bytes', () => {
    assert.equal(renderSlices(BENCH), renderSlices(structuredClone(BENCH)));
    assert.equal(renderLatency(BENCH), renderLatency(structuredClone(BENCH)));
  });
});
