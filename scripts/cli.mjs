// What the scripts share: starting the compiled command line and reading what it wrote.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = dirname(import.meta.dirname);
export const CLI = join(ROOT, 'dist/src/cli/main.js');

/** Ends the script when there is nothing to start. */
export function requireBuild() {
  if (existsSync(CLI)) return;
  console.error('dist/ is missing: run `npm run build` first');
  process.exit(1);
}

/** Runs a command to its end. */
export async function call(command, args, options = {}) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) child[stream]?.on('data', (chunk) => (said[stream] += chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  return { code, ...said, ms: performance.now() - started };
}

export const callCli = (args, options) => call(process.execPath, [CLI, ...args], options);

/** The JSON that a command prints. */
export async function askCli(args) {
  const { code, stdout, stderr } = await callCli([...args, '--json']);
  if (code !== 0) throw new Error(`meshgauge ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

export const readReport = (dir) => JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8'));

/**
 * What a run decided, by case: the verdict, and for class A the reading of the text. What the other classes tell beside their
 * verdict are measurements, such as milliseconds.
 */
export function decisionsOf({ cases }) {
  return new Map(
    cases.map(({ id, class: tier, verdict, variant }) => [
      id,
      tier === 'A' && variant !== undefined ? `${verdict} (${variant})` : verdict,
    ]),
  );
}

/** One line for each case on which two runs do not agree. */
export function differences(left, right) {
  const ids = [...new Set([...left.keys(), ...right.keys()])];
  return ids
    .filter((id) => left.get(id) !== right.get(id))
    .map((id) => `${id}: ${left.get(id) ?? 'absent'} / ${right.get(id) ?? 'absent'}`);
}

export function countsOf({ summary }) {
  const parts = Object.entries(summary).filter(([, count]) => count > 0);
  return parts.map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'no case';
}

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Runs `use` with a new folder (a short name: sockets may live in it) that is gone afterwards. */
export async function withTempDir(use) {
  const dir = mkdtempSync(join(tmpdir(), 'mgs-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Environment of a command that shares nothing with other runs of this user but the downloaded Envoy. */
export function privateHome(dir) {
  const shared = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'meshgauge/envoy');
  const [tmp, cache] = [join(dir, 't'), join(dir, 'cache')];
  for (const path of [shared, tmp, join(cache, 'meshgauge')]) mkdirSync(path, { recursive: true });
  symlinkSync(shared, join(cache, 'meshgauge/envoy'));
  return { tmp, runs: join(cache, 'meshgauge/runs'), env: { ...process.env, TMPDIR: tmp, XDG_CACHE_HOME: cache } };
}

/** Pids of everything that runs here. */
export const allPids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** A file of a process, or nothing when the process is gone. */
export function readProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
