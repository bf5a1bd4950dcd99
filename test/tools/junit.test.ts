/** JUnit files against the schema that Jenkins' xUnit plugin checks them with; GitHub's and GitLab's readers take what it takes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateXML } from 'xmllint-wasm';
import { renderJunit } from '../../reports/junit.js';
import { PACKAGE_ROOT } from '../../src/package-root.js';
import { HOSTILE, sampleReport, stoppedReport } from '../unit/reports/sample-report.js';

describe('JUnit', () => {
  let schema: string;

  before(() => {
    const script = join(PACKAGE_ROOT, 'scripts/get-junit-schema.mjs');
    schema = readFileSync(execFileSync(process.execPath, [script], { encoding: 'utf8' }).trim(), 'utf8');
  });

  const problemsOf = async (contents: string): Promise<readonly string[]> => {
    const { errors } = await validateXML({ xml: { fileName: 'junit.xml', contents }, schema });
    return errors.map(({ rawMessage }) => rawMessage);
  };

  for (const [name, report] of [
    ['of a run', sampleReport()],
    ['of a run that stopped', stoppedReport()],
    ['with hostile words', sampleReport({ mesh: { ...sampleReport().mesh, name: HOSTILE } })],
    ['of a run without cases', sampleReport({ cases: [] })],
  ] as const) {
    it(`a file ${name} is what the schema says`, async () => {
      assert.deepEqual(await problemsOf(renderJunit(report)), []);
    });
  }

  it('the schema does find what is wrong', async () => {
    assert.notDeepEqual(
      await problemsOf(renderJunit(sampleReport()).replace('<testcase ', '<testcase colour="red" ')),
      [],
    );
    assert.notDeepEqual(await problemsOf(renderJunit(sampleReport()).replaceAll('testcase', 'case')), []);
  });
});
