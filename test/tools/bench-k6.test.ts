/** `meshgauge bench --engine k6`: the real k6 through real Envoys. Needs k6 as the test of k6 itself does. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Report } from '../../reports/model.js';
import type { SliceRecord } from '../../src/bench/records.js';
import { findK6 } from '../../src/load/k6-binary.js';
import { assertNoStack, CliHome, type EndedCli } from '../e2e/cli-fixture.js';

const REPS = 2;
const RATE = 100;

describe('meshgauge bench --engine k6', function () {
  this.timeout(300_000);
  let home: CliHome;
  let ended: EndedCli;
  let report: Report;
  before(async () => {
    home = await CliHome.create();
    const size = ['--rate', String(RATE), '--duration', '2', '--reps', String(REPS), '--no-ladder'];
    // The command has a cache folder of its own, in which there is no k6.
    const env = { K6_PATH: (await findK6()).path };
    ended = await home.call(['bench', '--mesh', 'reference', '--engine', 'k6', ...size, '--out', 'out'], { env });
    report = await home.report('out');
  });
  after(() => home[Symbol.asyncDispose]());

  it('accounts for every request that was due, in slices of one arm each', async () => {
    assertNoStack(ended);
    const file = await readFile(home.path('out', 'measurements/reference-00.json'), 'utf8');
    const { slices } = JSON.parse(file) as { slices: readonly SliceRecord[] };
    // A/A, server-only and both, four slices each.
    assert.equal(slices.length, 12, ended.stderr);
    for (const { window, slot, good } of slices) {
      assert.equal(slot.arms.length, 1);
      assert.equal(window.sent + window.unsent, window.due);
      assert.ok(window.due > 1.8 * RATE && window.due < 2.2 * RATE, `${window.due} due in two seconds`);
      assert.ok(good > 0.9 * window.sent, `${good} of ${window.sent} answered`);
    }
  });

  it('says what sent, ends with numbers or with reasons, and leaves nothing running', async () => {
    const [bench] = report.bench ?? [];
    assert.ok(
      bench?.notes.some((note) => /came from k6 1\.\d+\.\d+/.test(note)),
      ended.stderr,
    );
    assert.equal(ended.exitCode, report.overhead.length > 0 ? 0 : 2, ended.stderr);
    assert.ok(report.overhead.every(({ quantile }) => quantile === 'p50' || quantile === 'p90'));
    await home.assertNothingLeft();
  });
});
