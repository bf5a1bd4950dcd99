import assert from 'node:assert/strict';
import Mocha from 'mocha';
import type { VerdictName } from '../../../src/judge/verdict.js';
import { checkReporter, showInMocha } from '../../../src/run/mocha.js';
import { recordOf, resultOf } from './records.js';

const { EVENT_SUITE_BEGIN, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } = Mocha.Runner.constants;

/** What a reporter is told, as lines. */
function listeningReporter(heard: string[]): Mocha.ReporterConstructor {
  return class extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
      super(runner, options);
      runner.on(EVENT_SUITE_BEGIN, (suite) => suite.root || heard.push(`suite ${suite.title}`));
      runner.on(EVENT_TEST_PASS, (test) => heard.push(`pass ${test.title}`));
      runner.on(EVENT_TEST_PENDING, (test) => heard.push(`skip ${test.title}`));
      runner.on(EVENT_TEST_FAIL, (test, error: Error) =>
        heard.push(`fail ${test.title} (${error.message}${error.stack === undefined ? '' : ' with a stack'})`),
      );
    }
  };
}

describe('run/mocha', () => {
  const silent = { stage: () => undefined, started: () => undefined };

  it('shows an area as a suite and a case as a test, in the order of the plan, whatever ends first', async () => {
    const heard: string[] = [];
    const cases = [recordOf('ACC-01'), recordOf('SPL-01', 'split'), recordOf('ACC-02')];
    const visible = showInMocha(cases, { ...silent, reporter: listeningReporter(heard) });
    for (const record of cases.toReversed()) visible.events.caseEnded(resultOf(record, 'pass'));
    await visible.finish();
    assert.deepEqual(heard, [
      'suite access',
      'pass ACC-01 title of ACC-01',
      'pass ACC-02 title of ACC-02',
      'suite split',
      'pass SPL-01 title of SPL-01',
    ]);
  });

  it('passes, fails and skips as the verdicts say, with the reason and no stack', async () => {
    const heard: string[] = [];
    const verdicts: readonly VerdictName[] = [
      'pass',
      'recorded',
      'fail',
      'error',
      'inconclusive',
      'unsupported',
      'excluded',
    ];
    const cases = verdicts.map((_, index) => recordOf(`ACC-0${index + 1}`));
    const visible = showInMocha(cases, { ...silent, reporter: listeningReporter(heard) });
    cases.forEach((record, index) => visible.events.caseEnded(resultOf(record, verdicts[index] ?? 'error')));
    await visible.finish();
    assert.deepEqual(heard.slice(1), [
      'pass ACC-01 title of ACC-01',
      'pass ACC-02 title of ACC-02',
      'fail ACC-03 title of ACC-03 (fail: because)',
      'fail ACC-04 title of ACC-04 (error: because)',
      'fail ACC-05 title of ACC-05 (inconclusive: because)',
      'skip ACC-06 title of ACC-06',
      'skip ACC-07 title of ACC-07',
    ]);
  });

  it('skips what a run never came to, and ends', async () => {
    const heard: string[] = [];
    const cases = [recordOf('ACC-01'), recordOf('ACC-02')];
    const visible = showInMocha(cases, { ...silent, reporter: listeningReporter(heard) });
    visible.events.caseEnded(resultOf(cases[0] ?? recordOf('none'), 'pass'));
    await visible.finish();
    assert.deepEqual(heard.slice(1), ['pass ACC-01 title of ACC-01', 'skip ACC-02 title of ACC-02']);
  });

  it('knows the reporters of mocha and names them for one it does not know', () => {
    for (const name of ['spec', 'dot', 'json']) checkReporter(name);
    assert.throws(() => checkReporter('nosuch'), {
      code: 'E_UNKNOWN_REPORTER',
      exitCode: 4,
      message: /"nosuch"/,
      hint: /dot, .*spec/,
    });
  });
});
