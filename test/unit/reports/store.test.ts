import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { REPORT_SCHEMA_FILE, renderReportSchema } from '../../../reports/json-schema.js';
import { readReport, renderJson, writeReport } from '../../../reports/store.js';
import { EXIT, HarnessError } from '../../../src/errors/harness-error.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { SAMPLE_CASES, sampleReport, stoppedReport } from './sample-report.js';

describe('reports: store', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'meshgauge-report-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** Reads `text` as a report and hands back the one error that must come. */
  async function refusalOf(text: string): Promise<HarnessError> {
    const file = join(dir, 'report.json');
    await writeFile(file, text);
    const error: unknown = await readReport(file).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof HarnessError, 'must be refused');
    assert.equal(error.exitCode, EXIT.badInput);
    assert.ok(error.message.includes(file), error.message);
    return error;
  }

  it('reads back what it wrote, byte for byte, and leaves nothing else behind', async () => {
    const file = join(dir, 'deep/report.json');
    for (const report of [sampleReport(), stoppedReport()]) {
      await writeReport(file, report);
      const read = await readReport(file);
      assert.equal(renderJson(read), await readFile(file, 'utf8'));
    }
    assert.deepEqual(await readdir(join(dir, 'deep')), ['report.json']);
  });

  it('orders keys as the model does, however the report was put together', () => {
    const reversed = Object.fromEntries(Object.entries(sampleReport()).reverse()) as ReturnType<typeof sampleReport>;
    assert.equal(renderJson(reversed), renderJson(sampleReport()));
  });

  it('reads a report with keys it does not know', async () => {
    const file = join(dir, 'report.json');
    await writeFile(file, JSON.stringify({ ...sampleReport(), later: true }));
    assert.equal((await readReport(file)).run.seed, 42);
  });

  it('refuses another version', async () => {
    const error = await refusalOf(renderJson(sampleReport()).replace('meshgauge.dev/v1alpha1', 'meshgauge.dev/v2'));
    assert.equal(error.code, 'E_REPORT_VERSION');
    assert.match(error.message, /meshgauge\.dev\/v2/);
  });

  it('refuses a file that was cut off, at any length', async () => {
    const whole = renderJson(sampleReport());
    for (const length of [0, 1, 100, whole.length - 3])
      assert.equal((await refusalOf(whole.slice(0, length))).code, 'E_REPORT_INVALID');
  });

  it('refuses a wrong shape and names the place', async () => {
    const error = await refusalOf(renderJson(sampleReport()).replace('"verdict": "fail"', '"verdict": "maybe"'));
    assert.equal(error.code, 'E_REPORT_INVALID');
    assert.match(error.message, /cases\[1\]\.verdict/);
  });

  it('refuses a report that was edited, however well', async () => {
    const error = await refusalOf(renderJson(sampleReport()).replace('"seed": 42', '"seed": 43'));
    assert.equal(error.code, 'E_REPORT_EDITED');
    const file = join(dir, 'report.json');
    await writeFile(file, JSON.stringify(JSON.parse(renderJson(sampleReport()))));
    assert.equal((await readReport(file)).run.seed, 42, 'white space is nobody’s business');
  });

  it('refuses a summary that is not the sum of its cases, and an id that appears twice', async () => {
    const { summary } = sampleReport();
    const wrong = { ...sampleReport(), summary: { ...summary, fail: 0 }, cases: [...SAMPLE_CASES, SAMPLE_CASES[0]] };
    const { message } = await refusalOf(JSON.stringify(wrong));
    assert.match(message, /ACC-01 appears twice/);
    assert.match(message, /summary\.fail: says 0, but 2 cases/);
  });

  it('refuses a missing file and says where reports come from', async () => {
    const file = join(dir, 'nowhere.json');
    await assert.rejects(
      readReport(file),
      (error) => error instanceof HarnessError && error.code === 'E_REPORT_MISSING' && error.message.includes(file),
    );
  });

  it('does not write a report that breaks the schema', async () => {
    const broken = sampleReport({ timings: { install: -1 } });
    await assert.rejects(writeReport(join(dir, 'report.json'), broken), /timings\.install/);
    assert.deepEqual(await readdir(dir), []);
  });
});

describe('reports: JSON Schema', () => {
  it('is the one that scripts/generate-schema.ts writes today', async () => {
    assert.equal(await readFile(join(PACKAGE_ROOT, REPORT_SCHEMA_FILE), 'utf8'), renderReportSchema());
  });

  it('accepts what we write and refuses what we refuse', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, formats: { 'date-time': true } });
    const validate = ajv.compile(JSON.parse(renderReportSchema()) as object);
    assert.ok(validate(JSON.parse(renderJson(sampleReport()))), JSON.stringify(validate.errors));
    assert.ok(!validate({ ...sampleReport(), exit: { code: 7, reason: 'no such code' } }));
  });
});
