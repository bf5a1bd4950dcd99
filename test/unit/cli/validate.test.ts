import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { PACKAGE_ROOT } from '../../../src/package-root.js';

const good = `apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: { name: rollout }
spec: { service: root, backends: [{ service: a, weight: 1 }] }
`;

describe('validating files', () => {
  let dir: string;
  before(async () => (dir = await mkdtemp(join(tmpdir(), 'meshgauge-validate-'))));
  after(() => rm(dir, { recursive: true }));

  /** In a process of its own, because what it prints is what is under test. */
  async function validate(names: string[], json = false): Promise<{ stdout: string; exitCode: number | undefined }> {
    const files = names.map((name) => join(dir, name));
    const module = join(PACKAGE_ROOT, 'src', 'cli', 'validate.ts');
    const code = `import { validateFiles } from ${JSON.stringify(module)};
      process.exitCode = await validateFiles(${JSON.stringify(files)}, { json: ${json} });`;
    const { stdout, exitCode } = await execa(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      cwd: PACKAGE_ROOT,
      reject: false,
    });
    return { stdout: stdout.replaceAll(`${dir}/`, ''), exitCode };
  }

  it('says that valid files are valid', async () => {
    await writeFile(join(dir, 'good.yaml'), good);
    assert.deepEqual(await validate(['good.yaml']), {
      stdout: '1 valid SMI object in 1 file: 0 errors, 0 warnings',
      exitCode: 0,
    });
  }).timeout(20_000);

  it('prints every problem of every file, a missing and an empty file included', async () => {
    await writeFile(join(dir, 'bad.yaml'), good.replace('weight: 1', 'weight: "1"'));
    await writeFile(join(dir, 'empty.yaml'), '# nothing\n');
    const { stdout, exitCode } = await validate(['bad.yaml', 'gone.yaml', 'empty.yaml']);
    assert.equal(exitCode, 4);
    const lines = stdout.split('\n');
    assert.equal(
      lines[0],
      'bad.yaml:4:57 spec.backends[0].weight — must be a whole number, not the text "1" (remove the quotes: 1)',
    );
    assert.match(lines[1] ?? '', /^gone\.yaml:1:1 — cannot be read: ENOENT/);
    assert.match(lines[2] ?? '', /^empty\.yaml:1:1 — holds no SMI object/);
    assert.equal(lines[3], '0 valid SMI objects in 3 files: 3 errors, 0 warnings');
  }).timeout(20_000);

  it('prints JSON, and warnings alone are no failure', async () => {
    await writeFile(join(dir, 'warn.yaml'), good.replace('weight: 1', 'weight: 0'));
    const { stdout, exitCode } = await validate(['warn.yaml'], true);
    assert.equal(exitCode, 0);
    const report = JSON.parse(stdout) as { objects: number; problems: { severity: string; line: number }[] };
    assert.equal(report.objects, 1);
    assert.deepEqual(
      report.problems.map(({ severity, line }) => [severity, line]),
      [['warning', 4]],
    );
  }).timeout(20_000);
});
