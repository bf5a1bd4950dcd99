/** Convergence of the real reference mesh: what is on record, never how long it took. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { driver } from '../../drivers/reference/index.js';
import { convergenceSchema } from '../../reports/converge-model.js';
import { convergeWorkloads } from '../../src/converge/fixture.js';
import { headline } from '../../src/converge/headline.js';
import { measureConvergence, type ChangeName, type Findings } from '../../src/converge/run.js';
import type { ConvergenceSummary } from '../../src/converge/summary.js';
import { createLocalEnvironment } from '../../src/environments/local/local-environment.js';

const PROXIES = 2;
const FLIPS = 3;

describe('convergence of the reference mesh', function () {
  this.timeout(180_000);
  let out: string;
  beforeEach(() => (out = mkdtempSync(join(tmpdir(), 'mg-converge-'))));
  afterEach(() => rmSync(out, { recursive: true, force: true }));

  async function measure(
    changes: readonly ChangeName[],
    { faults = [] as readonly string[], deadlineMs = 30_000 } = {},
  ) {
    const runId = `converge${process.pid}`;
    const found: Findings[] = [];
    const { leftovers } = await measureConvergence({
      runId,
      out,
      seed: 1,
      driver,
      faults,
      driverOptions: {},
      proxies: PROXIES,
      flips: FLIPS,
      changes,
      deadlineMs,
      phaseMs: 50,
      signal: new AbortController().signal,
      createEnvironment: async () =>
        createLocalEnvironment({
          runId,
          seed: 1,
          keep: false,
          ports: (await convergeWorkloads(PROXIES)).ports,
          log: () => undefined,
        }),
      events: { stage: () => undefined, flip: () => undefined, measured: (findings) => found.push(findings) },
    });
    assert.deepEqual(leftovers, []);
    const convergence = found.flatMap((one) => one.convergence);
    for (const one of convergence) convergenceSchema.parse(one);
    return { convergence, left: found.flatMap((one) => one.left) };
  }

  function pick(convergence: readonly ConvergenceSummary[], change: string): ConvergenceSummary {
    return convergence.find((one) => one.change === change) ?? assert.fail(`no ${change}`);
  }

  it('shifts, grants and revocations: every change is accounted for, in figures and on disk', async () => {
    const { convergence, left } = await measure(['split-shift', 'allow', 'deny']);
    assert.deepEqual(left, []);
    assert.deepEqual(
      convergence.map(({ change }) => change),
      ['split-shift', 'allow', 'deny'],
    );
    for (const one of convergence) {
      assert.equal(one.flips, FLIPS);
      assert.equal(one.raster.length + one.invalid, FLIPS, one.invalidReasons.join());
      assert.deepEqual([one.proxies, one.censored, one.nacks], [PROXIES, 0, 0]);
      const { anyMs, allMs } = one;
      assert.ok(anyMs !== undefined && allMs !== undefined && anyMs.low <= (anyMs.high ?? NaN));
      for (const { proxies, anyMs: first, allMs: last } of one.raster) {
        assert.equal(proxies.length, PROXIES);
        assert.ok(first !== undefined && last !== undefined && first <= last);
        for (const { firstNewMs, stableMs } of proxies)
          assert.ok(firstNewMs !== undefined && firstNewMs <= (stableMs ?? NaN));
      }
      assert.ok((one.whiteBox?.compared ?? 0) > 0, 'Envoy says when it took the change over');
    }
    assert.equal(pick(convergence, 'split-shift').connections, 'reuse');
    assert.equal(pick(convergence, 'allow').connections, 'new');
    const lines = readFileSync(join(out, 'measurements', 'converge-access.ndjson'), 'utf8')
      .trimEnd()
      .split('\n');
    const raw = lines.map((line) => JSON.parse(line) as { kind: string; change?: string; proxy?: string });
    assert.equal(raw[0]?.kind, 'series');
    assert.equal(
      raw.filter(({ kind, change }) => kind === 'flip' && change === 'deny').length,
      FLIPS - pick(convergence, 'deny').invalid,
    );
    assert.deepEqual([...new Set(raw.flatMap(({ proxy }) => proxy ?? []))].sort(), ['s1', 's2']);
  });

  it('a mesh that keeps its first configuration never converges, and is said not to', async () => {
    const { convergence, left } = await measure(['split-shift', 'deny'], {
      faults: ['stale-config'],
      deadlineMs: 1_500,
    });
    const shift = pick(convergence, 'split-shift');
    assert.deepEqual([shift.flips, shift.censored], [FLIPS, FLIPS]);
    assert.deepEqual([shift.anyMs, shift.allMs], [undefined, undefined]);
    const [allow, deny] = [pick(convergence, 'allow'), pick(convergence, 'deny')];
    assert.deepEqual([allow.flips, allow.censored, deny.flips, deny.censored], [1, 0, FLIPS, FLIPS]);
    const { code, reason } = headline({ convergence, left, clockStepMs: 0 });
    assert.equal(code, 2);
    assert.match(reason, /split-shift: 3\/3 did not converge within 1\.5 s/);
  });

  it('traffic goes on without the control plane, and a change takes effect once it is back', async () => {
    const { convergence } = await measure(['control-plane-restart']);
    const { outage, censored, raster, invalid, invalidReasons } = pick(convergence, 'control-plane-restart');
    assert.ok(outage !== undefined && outage.probes > 0);
    assert.equal(outage.answered, outage.probes);
    assert.deepEqual([censored, raster.length, invalid], [0, FLIPS, 0], invalidReasons.join());
  });
});
