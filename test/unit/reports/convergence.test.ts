import assert from 'node:assert/strict';
import pc from 'picocolors';
import type { ConvergenceResult } from '../../../reports/converge-model.js';
import { convergenceDetails, convergenceTable, describeQuantiles, describeTime } from '../../../reports/convergence.js';
import { renderHtml } from '../../../reports/html/page.js';
import { renderMarkdown } from '../../../reports/markdown.js';
import type { Report } from '../../../reports/model.js';
import { renderTerminal } from '../../../reports/terminal.js';
import { sampleReport } from './sample-report.js';

const MEASURED: ConvergenceResult = {
  change: 'deny',
  proxies: 4,
  flips: 3,
  anyMs: { median: -1.5, low: -3, high: 12, p90: 11, level: 0.75 },
  allMs: { median: 48.5, low: 20, level: 0.75 },
  mixWindowMs: 0,
  resolutionMs: 1.25,
  censored: 1,
  glitches: 3,
  nacks: 0,
  connections: 'new',
  glitchKinds: { back: 0, late: 1, errors: 2, traffic: 0 },
  invalid: 1,
  invalidReasons: ['s1: only 3 probes came back after the change'],
  outage: { durationMs: 3_000, probes: 600, answered: 599 },
  whiteBox: { compared: 8, flagged: 1, medianGapMs: 1.5 },
  survival: {
    method: 'turnbull',
    any: [
      { ms: -3, share: 1 },
      { ms: 12, share: 0 },
    ],
    all: [
      { ms: 20, share: 1 },
      { ms: 50, share: 0.333 },
    ],
  },
  raster: [
    { anyMs: -1, allMs: 48, endedMs: 900, proxies: [{ lastOldMs: -2, firstNewMs: 12, stableMs: 48, glitches: 0 }] },
    { anyMs: 2, endedMs: 60_000, proxies: [{ lastOldMs: 59_000, glitches: 0 }] },
  ],
};

const report = (): Report =>
  sampleReport({
    cases: [],
    overhead: [],
    convergence: [MEASURED],
    unmeasured: [{ change: 'burst', why: 'no such <kind>' }],
    exit: { code: 0, reason: 'measured' },
  });

describe('reports: convergence', () => {
  it('times below zero and times that never came', () => {
    assert.equal(describeTime(-1.504), '−1.5 ms');
    assert.equal(describeTime(-2_500), '−2.5 s');
    assert.equal(describeTime(-0.001), '0 ms');
    assert.equal(describeQuantiles(MEASURED.anyMs), '−1.5 ms (−3 ms … 12 ms at 75 %), p90 11 ms');
    assert.equal(describeQuantiles(MEASURED.allMs), '48.5 ms (20 ms … never at 75 %), p90 never');
    assert.equal(describeQuantiles(undefined), 'never');
  });

  it('the table says what was measured, the details what stands behind it', () => {
    assert.deepEqual(convergenceTable(report())?.rows[0]?.slice(0, 3), ['deny', '4', '3']);
    const found = Object.fromEntries(
      (convergenceDetails(report())?.rows ?? []).map(([, what = '', words]) => [what, words]),
    );
    assert.equal(found['Glitches'], '1 old after stable, 2 errors');
    assert.equal(found['Not readable'], '1: s1: only 3 probes came back after the change');
    assert.equal(found['Without the control plane'], '599 of 600 probes answered in 3.0 s');
    assert.match(found['Beside update_time'] ?? '', /1\.5 ms after it \(median of 8\), 1 flagged/);
    assert.match(found['Probes'] ?? '', /connection of its own/);
    assert.equal(found['Not measured'], 'no such <kind>');
  });

  it('a report without the details has none', () => {
    const { change, proxies, flips, mixWindowMs, resolutionMs, censored, glitches, nacks } = MEASURED;
    const bare = { change, proxies, flips, mixWindowMs, resolutionMs, censored, glitches, nacks };
    assert.equal(convergenceDetails(sampleReport({ convergence: [bare] })), undefined);
  });

  it('every format for people shows it, and markup in words stays words', () => {
    const html = renderHtml(report(), new Map());
    assert.equal(html.match(/<path [^>]*stroke="var\(--s[12]\)"/g)?.length, 2, 'to the first proxy, and to every one');
    assert.equal(html.match(/<g [^>]*stroke="var\(--s1\)"[^>]*><line /g)?.length, 1, 'one change was censored');
    assert.match(html, /aria-label="deny: 1 of 2 times a proxy became stable"/);
    assert.equal(html.match(/<g [^>]*stroke="var\(--fail\)"[^>]*><path /g)?.length, 1, 'the proxy that never had it');
    assert.match(html, /1 did not converge/);
    assert.ok(!html.includes('<kind>') && html.includes('&lt;kind&gt;'));
    assert.doesNotMatch(html, /NaN|Infinity/);
    assert.match(renderMarkdown(report()), /## Convergence: what stands behind it/);
    const terminal = renderTerminal(report(), { width: 100, colors: pc.createColors(false) });
    assert.match(terminal, /convergence: what stands behind it\n {2}deny\n {4}Glitches: 1 old after stable, 2 errors/);
  });
});
