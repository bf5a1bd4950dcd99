import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { assertExplained, assertNoStack, CliHome } from './cli-fixture.js';

/** The whole way of a pipeline: a good run is kept, the same again passes, and a mesh that became worse does not. */
describe('meshgauge gate', function () {
  this.timeout(240_000);
  let home: CliHome;
  before(async () => (home = await CliHome.create()));
  after(() => home[Symbol.asyncDispose]());

  const CASES = 'cases: [ACC-01, ACC-03, SPC-01]\nseed: 5\n';
  const configure = (text: string): Promise<void> => writeFile(home.path('meshgauge.yaml'), `${CASES}${text}`);
  const summary = (out: string): Promise<string> => readFile(home.path(out, 'summary.md'), 'utf8');

  it('judges every mesh it is told of, and keeps a report of each', async () => {
    await configure('meshes: [reference]\n');
    const ended = await home.call(['gate', '--out', 'good']);
    assert.equal(ended.exitCode, 0, ended.stderr);
    assertNoStack(ended);
    assert.equal((await home.report('good/reference')).summary.pass, 3);
    assert.match(await summary('good'), /\| reference \| 0 \|.*no baseline/);
  });

  it('passes when nothing became worse', async () => {
    await configure('meshes: [reference]\nbaselines: { reference: good/reference }\n');
    const ended = await home.call(['gate', '--out', 'again']);
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.match(await summary('again'), /nothing is worse than the baseline/);
  });

  it('fails on a regression, annotates the change and fills the summary of the step', async () => {
    await configure('meshes: [reference]\nfaults: [ignore-method]\nbaselines: { reference: good/reference }\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: home.path('step.md') };
    const ended = await home.call(['gate', '--out', 'worse'], { env });
    assert.equal(ended.exitCode, 1, ended.stderr);
    assert.match(ended.stdout, /^::error title=SPC-01 /m);
    assert.match(await readFile(home.path('worse/reference/comparison.md'), 'utf8'), /Worse than[\s\S]*SPC-01/);
    assert.match(await readFile(home.path('step.md'), 'utf8'), /1 worse than the baseline/);
  });

  it('bears what is expected, until it is no more', async () => {
    const expected = (until: string): string =>
      `meshes: [reference]\nfaults: [ignore-method]\ndeviations:\n  - { case: SPC-01, reason: borne for this test, until: ${until} }\n`;
    await configure(expected('2999-12-31'));
    const borne = await home.call(['gate', '--out', 'borne']);
    assert.equal(borne.exitCode, 0, borne.stderr);
    await configure(expected('2020-01-01'));
    assertExplained(await home.call(['gate']), { code: 'E_CONFIG', exitCode: 4, what: /SPC-01 expired on 2020-01-01/ });
  });

  it('never passes without having judged, nor without the baseline it was promised', async () => {
    await configure('');
    assertExplained(await home.call(['gate']), { code: 'E_NO_MESHES', exitCode: 4, what: /names no mesh/ });
    await configure('meshes: [reference]\nbaselines: { referense: good/reference }\n');
    assertExplained(await home.call(['gate']), { code: 'E_UNKNOWN_MESH', exitCode: 4, what: /referense/ });
    await configure('meshes: [reference, nobody]\n');
    assertExplained(await home.call(['gate']), { code: 'E_UNKNOWN_MESH', exitCode: 4, what: /nobody/ });
    await configure('meshes: [reference]\nbaselines: { reference: nowhere }\n');
    assertExplained(await home.call(['gate']), { code: 'E_BASELINE_MISSING', exitCode: 4, what: /nowhere/ });
  });

  it('compares the runs it made', async () => {
    const shown = await home.call(['compare', 'good/reference', 'worse/reference']);
    assert.equal(shown.exitCode, 0, shown.stderr);
    assert.match(shown.stdout, /VERDICTS THAT DIFFER[\s\S]*SPC-01 .*pass +fail/);
    const gated = ['compare', 'worse/reference', '--baseline', 'good/reference', '--fail-on', 'regression'];
    assert.equal((await home.call(gated)).exitCode, 1);
    assert.equal((await home.call([...gated.slice(0, 1), 'again/reference', ...gated.slice(2)])).exitCode, 0);
    assertExplained(await home.call(['compare', 'good/reference', 'good/reference']), {
      code: 'E_RUN_TWICE',
      exitCode: 4,
      what: /given twice/,
    });
    assertExplained(await home.call(['compare', 'good/reference', 'good']), {
      code: 'E_REPORT_MISSING',
      exitCode: 4,
      what: /good/,
    });
    assertExplained(await home.call(['compare', 'again/reference', '--baseline', 'nowhere']), {
      code: 'E_BASELINE_MISSING',
      exitCode: 4,
      what: /nowhere/,
    });
    assertExplained(await home.call(['compare', 'again/reference', '--fail-on', 'regression']), {
      code: 'E_FAIL_ON',
      exitCode: 4,
      what: /--fail-on/,
    });
    await writeFile(
      home.path('good/reference/report.json'),
      (await readFile(home.path('good/reference/report.json'), 'utf8')).replace('"seed": 5', '"seed": 6'),
    );
    assertExplained(await home.call(['compare', 'good/reference', 'again/reference']), {
      code: 'E_REPORT_EDITED',
      exitCode: 4,
      what: /was changed after/,
    });
  });
});
