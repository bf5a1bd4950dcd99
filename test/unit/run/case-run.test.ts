import assert from 'node:assert/strict';
import type { EvidenceLine } from '../../../src/evidence/records.js';
import type { EvidenceWriter } from '../../../src/evidence/store.js';
import type { ControlPlaneSwitch } from '../../../src/mesh/driver.js';
import { CaseRun } from '../../../src/run/case-run.js';
import type { Lane } from '../../../src/run/lane.js';
import { patienceOf } from '../../../src/run/patience.js';
import { CASES } from '../../../suites/index.js';

describe('run/case-run restarts a control plane', () => {
  const [record] = CASES;
  assert.ok(record);
  const runWith = (controlPlane?: ControlPlaneSwitch) => {
    const lines: EvidenceLine[] = [];
    const run = new CaseRun({
      lane: { mesh: controlPlane === undefined ? {} : { controlPlane } } as unknown as Lane,
      record,
      writer: { append: (line: EvidenceLine) => lines.push(line) } as unknown as EvidenceWriter,
      patience: patienceOf(1_000),
      signal: new AbortController().signal,
    });
    return { run, lines };
  };

  it('takes it away, brings it back and writes that down', async () => {
    const calls: string[] = [];
    const { run, lines } = runWith({
      stop: async () => void calls.push('stop'),
      start: async () => void calls.push('start'),
    });
    assert.equal(await run.restartControlPlane('restarted'), true);
    assert.deepEqual(calls, ['stop', 'start']);
    assert.deepEqual(
      lines.map((line) => line.kind === 'change' && [line.phase, line.action]),
      [['restarted', 'restart']],
    );
  });

  it('brings it back even when it could not be taken away in time', async () => {
    let started = 0;
    const { run } = runWith({
      stop: () => Promise.reject(new Error('still there')),
      start: async () => void (started += 1),
    });
    await assert.rejects(run.restartControlPlane('restarted'), /still there/);
    assert.equal(started, 1);
  });

  it('says so when the mesh cannot be asked to', async () => {
    const { run, lines } = runWith();
    assert.deepEqual([await run.restartControlPlane('restarted'), lines.length], [false, 0]);
  });
});
