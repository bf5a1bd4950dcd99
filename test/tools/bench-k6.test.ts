/** `meshgauge bench --engine k6`: the real k6 through real Envoys. Needs k6 as the test of k6 itself does. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
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
    await writeFile(home.path('meshgauge.yaml'), 'limits: { p50Ms: 0.001, errorRatio: 0.9 }\n');
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

  it('says what sent, and leaves nothing running', async () => {
    const [bench] = report.bench ?? [];
    assert.ok(
      bench?.notes.some((note) => /came from k6 1\.\d+\.\d+/.test(note)),
      ended.stderr,
    );
    assert.ok(report.overhead.every(({ quantile }) => quantile === 'p50' || quantile === 'p90'));
    await home.assertNothingLeft();
  });

  it('holds the limits of the configuration against it, as k6 does itself', () => {
    const [{ limits = [], notes = [] } = {}] = report.bench ?? [];
    // Where most slices are spoilt by other work on this machine, there is no p50 to speak of.
    const [latency, errors] = limits.map(({ outcome }) => outcome);
    assert.ok(latency === 'crossed' || latency === 'unknown', latency);
    assert.equal(errors, 'kept');
    assert.equal(ended.exitCode, latency === 'crossed' ? 1 : 2, ended.stderr);
    assert.ok(notes.includes('k6 found http_req_duration p(50)<=0.001 crossed in 4 of its runs'), notes.join('\n'));
  });
});
