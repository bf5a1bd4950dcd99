import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeReport } from '../../../reports/store.js';
import { describeLastSeen, findLastSeen } from '../../../src/cli/last-run.js';
import { sampleReport } from '../reports/sample-report.js';

describe('what was last seen of a case', () => {
  let folder: string;
  const write = (name: string, startedAt: string): Promise<void> => {
    const report = sampleReport();
    return writeReport(join(folder, name, 'report.json'), { ...report, run: { ...report.run, startedAt } });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mg-last-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is what the newest report says that has it', async () => {
    await write('20260301-000000-a', '2026-03-01T00:00:00.000Z');
    await write('20260302-000000-b', '2026-03-02T10:20:30.000Z');
    const last = await findLastSeen('ACC-03', folder);
    assert.ok(last);
    assert.equal(last.report.run.startedAt, '2026-03-02T10:20:30.000Z');
    assert.match(
      describeLastSeen(last),
      /^fail of .*, 2026-03-02 10:20 UTC: c2 was answered 200 times .*20260302-000000-b\)$/,
    );
    assert.equal(await findLastSeen('ACC-99', folder), undefined);
  });

  it('passes over what is no report, and is nothing where there is no folder', async () => {
    await write('20260301-000000-a', '2026-03-01T00:00:00.000Z');
    mkdirSync(join(folder, '20260303-000000-empty'));
    mkdirSync(join(folder, '20260304-000000-torn'));
    writeFileSync(join(folder, '20260304-000000-torn', 'report.json'), '{');
    assert.match((await findLastSeen('ACC-03', folder))?.dir ?? '', /20260301/);
    assert.equal(await findLastSeen('ACC-03', join(folder, 'nowhere')), undefined);
  });
});
