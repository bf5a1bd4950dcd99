// Do the unit tests pass on every Node we name? Usage: node scripts/test-node-versions.mjs [major…]   (default: 22 24)
// Each is installed from npm (node-linux-*, about 185 MB) into the cache folder once; the current Node has `npm test`.
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, call, seconds } from './cli.mjs';

const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'meshgauge/node');
const PACKAGE = `node-linux-${process.arch}`;
const MOCHA = join(dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
const wanted = process.argv.slice(2);
const current = process.versions.node.split('.')[0];
const majors = wanted.length > 0 ? wanted : ['22', '24'].filter((major) => major !== current);

async function installNode(major) {
  const prefix = join(CACHE, major);
  const binary = join(prefix, 'node_modules', PACKAGE, 'bin/node');
  if (existsSync(binary)) return binary;
  await mkdir(prefix, { recursive: true });
  const { code, stderr } = await call('npm', [
    'install',
    '--prefix',
    prefix,
    '--no-save',
    '--no-audit',
    '--no-fund',
    `${PACKAGE}@${major}`,
  ]);
  if (code !== 0) throw new Error(`npm could not install ${PACKAGE}@${major}: ${stderr.trim().split('\n').at(-1)}`);
  return binary;
}

/** One line; the failures below it. */
async function testWith(binary) {
  const version = (await call(binary, ['--version'])).stdout.trim();
  // Tests that start Node themselves must find this one first.
  const env = { ...process.env, PATH: `${dirname(binary)}:${process.env.PATH}` };
  const { code, stdout, stderr, ms } = await call(binary, [MOCHA, '--config', 'test/unit.mocharc.yaml'], {
    cwd: ROOT,
    env,
  });
  const counts = ['passing', 'failing', 'pending']
    .map((word) => new RegExp(`(\\d+) ${word}`).exec(stdout)?.[0])
    .filter(Boolean);
  console.log(
    `${code === 0 ? 'ok    ' : 'FAILED'} ${version.padEnd(10)} ${counts.join(', ') || `exit code ${code}`}  ${seconds(ms)}`,
  );
  if (code !== 0) console.log(`${stdout.slice(stdout.search(/\d+ failing/))}\n${stderr}`.trim());
  return code === 0;
}

const passed = [];
for (const major of majors) passed.push(await testWith(await installNode(major)));
process.exitCode = passed.every(Boolean) ? 0 : 1;
