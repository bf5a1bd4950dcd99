import assert from 'node:assert/strict';
import picocolors from 'picocolors';
import { showInMocha } from '../../../src/run/mocha.js';
import { createProgress } from '../../../src/run/progress.js';
import { recordOf, resultOf } from './records.js';

const CLEAR_LINE = '\r\u001b[2K';

/** The progress of a run of two cases, all that is written. */
async function progressOf(options: { live: boolean; color: boolean; columns?: number }): Promise<string> {
  let text = '';
  const stream = { columns: options.columns ?? 80, write: (chunk: string) => (text += chunk) };
  const cases = [recordOf('ACC-01'), recordOf('ACC-02')];
  const progress = createProgress({
    stream,
    colors: picocolors.createColors(options.color),
    total: 2,
    live: options.live,
  });
  const visible = showInMocha(cases, { reporter: progress.reporter, stage: progress.stage, started: progress.started });
  visible.events.stage('starting workloads');
  for (const record of cases) visible.events.caseStarted(record);
  cases.forEach((record, index) => visible.events.caseEnded(resultOf(record, index === 0 ? 'pass' : 'fail')));
  await visible.finish();
  return text;
}

describe('run/progress', () => {
  it('is one plain line for each stage and case where nobody looks', async () => {
    assert.equal(
      await progressOf({ live: false, color: false }),
      'starting workloads\n✓ ACC-01 title of ACC-01\n✗ ACC-02 title of ACC-02\n    fail: because\n',
    );
  });

  it('has a live line on a terminal that says what runs, and takes it away at the end', async () => {
    const text = await progressOf({ live: true, color: false });
    const screens = text.split(CLEAR_LINE);
    assert.ok(screens.includes('starting workloads'));
    assert.ok(screens.includes('0/2  ACC-01 · ACC-02'));
    assert.ok(screens.includes('✓ ACC-01 title of ACC-01\n'));
    assert.ok(screens.includes('1/2  ACC-02'));
    assert.equal(screens.at(-1), '');
  });

  it('never fills the last column, or the line would break', async () => {
    const screens = (await progressOf({ live: true, color: false, columns: 12 })).split(CLEAR_LINE);
    assert.ok(screens.includes('0/2  ACC-01'));
  });

  it('is coloured only when asked to be', async () => {
    assert.doesNotMatch(await progressOf({ live: false, color: false }), /\u001b/);
    assert.match(await progressOf({ live: false, color: true }), /\u001b\[32m✓\u001b\[39m ACC-01/);
  });
});
