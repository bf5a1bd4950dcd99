import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { renderHtml } from '../../../reports/html/page.js';
import { SAMPLE_CASES, sampleReport, stoppedReport } from './sample-report.js';
import { sampleEvidence } from './sample-evidence.js';

const page = (): string => renderHtml(sampleReport(), sampleEvidence());

describe('reports: html', () => {
  it('refers to nothing outside itself', () => {
    for (const html of [page(), renderHtml(stoppedReport(), new Map())]) {
      const references = [...html.matchAll(/(?:src|href|action|data|poster)="([^"]*)"/g)].map(
        (match) => match[1] ?? '',
      );
      assert.deepEqual(
        references.filter((reference) => !reference.startsWith('#')),
        [],
      );
      assert.doesNotMatch(html, /url\(|@import|https?:\/\//i);
    }
  });

  it('links only to places that exist, each id once', () => {
    const html = page();
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1] ?? '');
    assert.equal(new Set(ids).size, ids.length);
    for (const [, target = ''] of html.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.includes(target), target);
  });

  it('allows exactly its own script, which hostile words cannot join', () => {
    const html = page();
    const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '');
    assert.equal(scripts.length, 1);
    const hash = createHash('sha256')
      .update(scripts[0] ?? '')
      .digest('base64');
    assert.ok(html.includes(`script-src 'sha256-${hash}'`));
    assert.ok(html.includes('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; ]]&gt;'));
    assert.doesNotMatch(html, /[\u0000-\u0008\u001b]/u);
  });

  it('shows every case with its expectation, and both ends of its evidence', () => {
    const html = page();
    for (const one of SAMPLE_CASES)
      assert.ok(html.includes(`id="case-${one.id}" data-verdict="${one.verdict}"`), one.id);
    assert.match(html, /<td>v1-1 × 504, v2-1 × 496<\/td>/);
    assert.match(html, /<td>403 × 20, ECONNRESET × 10<\/td><td>0<\/td><td>–<\/td>/);
    assert.match(html, /c2→srv: c2 sent leak-0, answered 200 by srv-1/);
    assert.match(html, /srv-1:8080 logged leak-0 GET \/a/);
  });

  it('draws planned counts and seen shares on one scale', () => {
    assert.match(
      page(),
      /aria-label="v1: seen 50.4 %, expected 70 %, accepted 64.9 % to 74.8 %, interval 45.1 % to 55.7 %; v2: /,
    );
  });

  it('keeps the page small however much was sent', () => {
    const rows = page().match(/<tr class="tone-/g) ?? [];
    assert.ok(rows.length > 10 && rows.length < 60, String(rows.length));
  });
});
