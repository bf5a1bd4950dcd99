import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import pc from 'picocolors';
import { FORMATS, renderFormat } from '../../../reports/index.js';
import { renderTerminal } from '../../../reports/terminal.js';
import { EXIT, HarnessError } from '../../../src/errors/harness-error.js';
import { PACKAGE_ROOT } from '../../../src/package-root.js';
import { HOSTILE, SAMPLE_CASES, sampleReport, stoppedReport } from './sample-report.js';
import { sampleEvidence } from './sample-evidence.js';
import { readXml } from './strict-xml.js';

const plainColors = pc.createColors(false);

/** Set `UPDATE_GOLDEN=1` to write what the renderers say today, and read the diff. */
function assertGolden(name: string, actual: string): void {
  const file = join(PACKAGE_ROOT, 'fixtures/golden', name);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, actual);
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

async function only(format: string, report = sampleReport()): Promise<string> {
  const [file, ...rest] = await renderFormat(format, report, sampleEvidence());
  assert.ok(file !== undefined && rest.length === 0);
  return file.content;
}

describe('reports: renderers', () => {
  for (const [name, file] of [
    ['markdown', 'report.md'],
    ['junit', 'junit.xml'],
    ['conformance', 'conformance.yaml'],
    ['smp', 'smp.json'],
    ['openmetrics', 'metrics.txt'],
  ] as const) {
    it(`${name} is what its golden file says`, async () => assertGolden(file, await only(name)));
    it(`${name} of a run that stopped is what its golden file says`, async () =>
      assertGolden(`stopped-${file}`, await only(name, stoppedReport())));
  }

  it('terminal is what its golden files say, wide, narrow and stopped', () => {
    const options = { colors: plainColors, outDir: 'out' };
    assertGolden('terminal.txt', renderTerminal(sampleReport(), { ...options, width: 100 }));
    assertGolden('terminal-narrow.txt', renderTerminal(sampleReport(), { ...options, width: 60 }));
    assertGolden('stopped-terminal.txt', renderTerminal(stoppedReport(), { ...options, width: 80 }));
  });

  it('gives the same bytes for the same report, in every format', async () => {
    for (const name of Object.keys(FORMATS)) {
      assert.deepEqual(
        await renderFormat(name, sampleReport(), sampleEvidence()),
        await renderFormat(name, structuredClone(sampleReport()), sampleEvidence()),
        name,
      );
    }
  });

  it('openmetrics keeps to its grammar, whatever words it is given', async () => {
    const lines = (await only('openmetrics', sampleReport({ mesh: { ...sampleReport().mesh, name: HOSTILE } })))
      .trimEnd()
      .split('\n');
    assert.equal(lines.at(-1), '# EOF');
    const sample = /^[a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\} -?\d+(?:\.\d+)?(?:e[+-]\d+)?$/;
    for (const line of lines) assert.ok(/^# (?:TYPE|UNIT|HELP|EOF)/.test(line) || sample.test(line), line);
    const families = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
    assert.equal(new Set(families).size, families.length, 'each family once');
  });

  it('calls no run conformant in which a case failed, however well known that is', async () => {
    const listed = ['ACC-03', 'SPL-02'].map((id) => ({
      ...{ case: id, verdict: 'fail' as const, what: 'known of it', evidence: 'seen before', version: '1.2.3' },
      state: 'seen' as const,
    }));
    const deviations = { listed, unlisted: [], accepted: true };
    const accepted = sampleReport({ deviations, exit: { code: 0, reason: 'as listed' } });
    for (const text of [
      await only('markdown', accepted),
      renderTerminal(accepted, { width: 200, colors: plainColors }),
    ]) {
      assert.match(text, /known deviations/i);
      assert.match(
        text,
        /differs from the specification as it is known to, and in no other way: \d+ of \d+ cases passed, 2 failed/,
      );
      assert.doesNotMatch(text, /none failed|conformant:/i);
    }
  });

  it('names the set-up error and its way out in every format', async () => {
    const outputs = await Promise.all(
      Object.keys(FORMATS).map((name) => renderFormat(name, stoppedReport(), new Map())),
    );
    const texts = [
      ...outputs.map((files) => files.map((file) => file.content).join('\n')),
      renderTerminal(stoppedReport(), { width: 500, colors: plainColors }),
    ];
    for (const text of texts) {
      assert.match(text, /E\\?_DRIVER\\?_INSTALL\\?_TIMEOUT/);
      assert.match(text, /Look at the log of the control plane/);
    }
  });

  it('refuses an unknown format as bad input and lists the known ones', async () => {
    await assert.rejects(
      () => renderFormat('toString', sampleReport(), new Map()),
      (error) =>
        error instanceof HarnessError &&
        error.exitCode === EXIT.badInput &&
        error.hint.includes('html, junit, allure, markdown, json, conformance'),
    );
  });

  it('says one cause once, and every failure for itself', () => {
    const cases = Array.from({ length: 12 }, (_, index) => ({
      ...SAMPLE_CASES[0]!,
      id: `ACC-${index + 10}`,
      verdict: index < 2 ? ('fail' as const) : ('error' as const),
      reason: 'the control plane ended',
    }));
    const text = renderTerminal(sampleReport({ cases }), { width: 100, colors: plainColors });
    assert.equal(text.match(/the control plane ended/g)?.length, 3);
    assert.match(text, /ERROR 10 cases/);
  });
});

describe('reports: terminal', () => {
  it('colours only when told to, and lets no message drive the terminal', () => {
    const failing = SAMPLE_CASES.map((one) =>
      one.verdict === 'excluded' ? { ...one, verdict: 'fail' as const } : one,
    );
    const report = sampleReport({ cases: failing });
    assert.doesNotMatch(renderTerminal(report, { width: 80, colors: plainColors }), /\u001b/);
    assert.match(renderTerminal(report, { width: 80, colors: pc.createColors(true) }), /\u001b\[31m/);
  });

  it('keeps prose within the width', () => {
    const lines = renderTerminal(sampleReport(), { width: 60, colors: plainColors }).split('\n');
    const tooLong = lines.filter((line) => line.length > 60 && !/^ {2}(rerun|evidence) /.test(line));
    assert.deepEqual(tooLong, []);
  });
});

describe('reports: junit', () => {
  it('is well-formed and counts what CI servers count', async () => {
    const root = readXml(await only('junit'));
    const { attributes } = root;
    assert.deepEqual([attributes['tests'], attributes['failures'], attributes['errors']], ['9', '2', '2']);
    const testcases = root.children.flatMap((suite) => suite.children.filter((child) => child.name === 'testcase'));
    assert.equal(testcases.length, 9);
    const outcomes = testcases
      .flatMap((one) => one.children.map((child) => child.name))
      .filter((name) => name !== 'system-out');
    assert.deepEqual(outcomes.sort(), ['error', 'error', 'failure', 'failure', 'skipped', 'skipped']);
    assert.match(
      testcases.find((one) => one.attributes['name']?.startsWith('ACC-21'))?.text ?? '',
      /variant: honoured/,
    );
  });

  it('is never green when nothing was judged', async () => {
    const root = readXml(
      await only(
        'junit',
        sampleReport({ cases: [], overhead: [], convergence: [], exit: { code: 2, reason: 'No case was run.' } }),
      ),
    );
    assert.equal(root.attributes['errors'], '1');
  });
});

describe('reports: allure', () => {
  interface Result {
    readonly uuid: string;
    readonly historyId: string;
    readonly name: string;
    readonly status: string;
    readonly attachments: readonly { readonly source: string }[];
  }
  const resultsOf = async (report = sampleReport()): Promise<readonly Result[]> =>
    (await renderFormat('allure', report, sampleEvidence()))
      .filter((file) => file.name.endsWith('-result.json'))
      .map((file) => JSON.parse(file.content) as Result);

  it('maps verdicts to statuses', async () => {
    const statuses = Object.fromEntries((await resultsOf()).map((one) => [one.name.slice(0, 6), one.status]));
    assert.deepEqual(statuses, {
      'ACC-01': 'passed',
      'ACC-03': 'failed',
      'ACC-21': 'passed',
      'SPC-02': 'passed',
      'SPC-10': 'broken',
      'SPL-02': 'failed',
      'SPL-07': 'broken',
      'MET-01': 'skipped',
      'CRD-35': 'skipped',
    });
  });

  it('attaches files that are in the folder', async () => {
    const names = (await renderFormat('allure', sampleReport(), sampleEvidence())).map((file) => file.name);
    for (const { source } of (await resultsOf()).flatMap((one) => one.attachments)) assert.ok(names.includes(source));
  });

  it('keeps history across versions of a mesh but not across meshes, and ids per run', async () => {
    const first = await resultsOf();
    const { mesh, run } = sampleReport();
    const later = await resultsOf(
      sampleReport({ mesh: { ...mesh, version: '2.0.0' }, run: { ...run, id: 'r-other' } }),
    );
    const other = await resultsOf(sampleReport({ mesh: { ...mesh, name: 'another' } }));
    assert.deepEqual(
      later.map((one) => one.historyId),
      first.map((one) => one.historyId),
    );
    assert.ok(
      first.every((one, index) => one.historyId !== other[index]?.historyId && one.uuid !== later[index]?.uuid),
    );
    assert.match(first[0]?.uuid ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('reports: conformance', () => {
  it('never counts an undecided or skipped test as passed', async () => {
    const document = parse(await only('conformance')) as {
      profiles: { name: string; core?: { result: string; statistics: Record<string, number> } }[];
    };
    const specs = document.profiles.find((profile) => profile.name === 'SMI-SPECS');
    assert.deepEqual(specs?.core, {
      result: 'partial',
      statistics: { Passed: 0, Failed: 0, Skipped: 0, Undecided: 1 },
      undecidedTests: ['SPC-10'],
    });
  });
});
