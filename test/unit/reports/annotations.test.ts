import assert from 'node:assert/strict';
import { renderAnnotations } from '../../../reports/annotations.js';
import { HOSTILE, SAMPLE_CASES, sampleReport, stoppedReport } from './sample-report.js';

const linesOf = (...args: Parameters<typeof renderAnnotations>): readonly string[] =>
  renderAnnotations(...args)
    .split('\n')
    .filter(Boolean);

describe('reports: annotations', () => {
  it('say what failed, each on one line', () => {
    const lines = linesOf(sampleReport());
    assert.ok(
      lines.some((line) =>
        line.startsWith('::error title=ACC-03 A source that is not listed is denied::c2 was answered'),
      ),
    );
    assert.ok(
      lines.some((line) => line.startsWith('::warning')),
      'inconclusive',
    );
    assert.ok(
      lines.every((line) => /^::(?:error|warning) title=[^:,]+::/.test(line)),
      lines.join('\n'),
    );
  });

  it('let no words break out of their line', () => {
    const cases = SAMPLE_CASES.map((one) => ({
      ...one,
      title: `${HOSTILE}\n::error::x`,
      reason: `100 %\n::warning::y`,
    }));
    for (const line of linesOf(sampleReport({ cases })))
      assert.match(line, /^::(?:error|warning) title=[^:,\n]+::100 %25%0A::warning::y$/);
  });

  it('are silent about what is borne, and not about what is over', () => {
    const listed = ['ACC-03', 'ACC-01'].map((id) => ({
      ...{ case: id, verdict: 'fail' as const, what: 'lets everybody in', evidence: 'seen once', version: '1' },
      state: id === 'ACC-03' ? ('seen' as const) : ('gone' as const),
    }));
    const lines = linesOf(sampleReport({ deviations: { listed, unlisted: [], accepted: true } }));
    assert.ok(
      lines.every((line) => !line.includes('ACC-03')),
      lines.join('\n'),
    );
    assert.ok(lines.some((line) => line.startsWith('::warning title=ACC-01 passes::')));
  });

  it('name what stopped a run, and are never empty when it failed', () => {
    assert.match(renderAnnotations(stoppedReport()), /^::error title=E_DRIVER_INSTALL_TIMEOUT::.*How to fix/);
    const green = SAMPLE_CASES.filter(({ verdict }) => verdict === 'pass');
    assert.match(renderAnnotations(sampleReport({ cases: green })), /^::error title=/);
  });
});
