// Does the package work where there is no repository? Usage: node scripts/check-package.mjs [REPORT_DIR] [arguments of `meshgauge run`…]
// Packs, installs the tarball into an empty folder, runs there with npx and compares every verdict with REPORT_DIR (or with a run
// from here); then runs a driver of one's own, written against the package's exports, and expects it to be found out.
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  ROOT,
  call,
  callCli,
  countsOf,
  decisionsOf,
  differences,
  readReport,
  requireBuild,
  seconds,
  withTempDir,
} from './cli.mjs';

const [first, ...others] = process.argv.slice(2);
const isReport = first !== undefined && existsSync(join(first, 'report.json'));
const runArgs = isReport ? others : process.argv.slice(2);
const RUN = ['run', '--profile', 'core', '--seed', '1', ...runArgs];

const MY_DRIVER = `import { createReferenceDriver } from 'meshgauge';

const ANYONE = { action: 'ALLOW', policies: { anyone: { permissions: [{ any: true }], principals: [{ any: true }] } } };

/** Puts rules that let everybody in wherever HTTP role-based access control has rules of its own. */
function open(value) {
  if (Array.isArray(value)) return value.map(open);
  if (typeof value !== 'object' || value === null) return value;
  const type = String(value['@type'] ?? '');
  if (type.endsWith('filters.http.rbac.v3.RBAC')) return { ...value, rules: ANYONE };
  if (type.endsWith('filters.http.rbac.v3.RBACPerRoute')) return { ...value, rbac: { rules: ANYONE } };
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, open(part)]));
}

export default createReferenceDriver({ name: 'open-doors', mutateResources: ({ resources }) => resources.map(open) });
`;

async function must(what, command, args, options) {
  const result = await call(command, args, options);
  if (result.code !== 0) throw new Error(`${what} failed (${result.code}):\n${result.stdout}${result.stderr}`);
  console.log(`${what}  ${seconds(result.ms)}`);
  return result;
}

async function installPackage(dir) {
  const { stdout } = await must('npm pack', 'npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', dir], {
    cwd: ROOT,
  });
  const [{ filename, files, size }] = JSON.parse(stdout);
  console.log(`  ${filename}: ${files.length} files, ${(size / 1024).toFixed(0)} KiB`);
  writeFileSync(join(dir, 'package.json'), '{ "private": true }\n');
  await must('npm install', 'npm', ['install', '--no-audit', '--no-fund', join(dir, filename)], { cwd: dir });
}

async function baselineRun(dir) {
  if (isReport) return readReport(first);
  const out = join(dir, 'from-repository');
  const { ms } = await callCli([...RUN, '--out', out]);
  const report = readReport(out);
  console.log(`run from the repository: ${countsOf(report)}  ${seconds(ms)}`);
  return report;
}

async function compareVerdicts(dir) {
  const expected = decisionsOf(await baselineRun(dir));
  const { code, stderr, ms } = await call('npx', ['--no-install', 'meshgauge', ...RUN, '--out', 'out'], { cwd: dir });
  if (!existsSync(join(dir, 'out/report.json')))
    throw new Error(`npx meshgauge run wrote no report (exit code ${code}):\n${stderr}`);
  const report = readReport(join(dir, 'out'));
  console.log(`run from the package: exit ${code}, ${countsOf(report)}  ${seconds(ms)}`);
  return differences(expected, decisionsOf(report)).map((difference) => `repository / package: ${difference}`);
}

async function tryOwnDriver(dir) {
  writeFileSync(join(dir, 'my-driver.mjs'), MY_DRIVER);
  const args = [
    '--no-install',
    'meshgauge',
    'run',
    '--driver',
    './my-driver.mjs',
    '--case',
    'ACC-02',
    'ACC-03',
    '--seed',
    '1',
    '--out',
    'own',
  ];
  const { code, stderr, ms } = await call('npx', args, { cwd: dir });
  if (code !== 1) return [`a driver of one's own that lets everybody in: exit code ${code} instead of 1\n${stderr}`];
  const verdict = decisionsOf(readReport(join(dir, 'own'))).get('ACC-03');
  console.log(`run with a driver of one's own that lets everybody in: exit ${code}, ACC-03 ${verdict}  ${seconds(ms)}`);
  return verdict === 'fail' ? [] : [`ACC-03 is ${verdict} where everybody is let in`];
}

requireBuild();
const problems = await withTempDir(async (dir) => {
  const folder = resolve(dir);
  await installPackage(folder);
  return [...(await compareVerdicts(folder)), ...(await tryOwnDriver(folder))];
});
for (const problem of problems) console.log(`PROBLEM ${problem}`);
console.log(problems.length === 0 ? 'the package gives the same verdicts' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
