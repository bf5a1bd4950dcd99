// Does `meshgauge clean` find everything? Usage: node scripts/kill-and-clean.mjs [N=10] [SEED=1]
// Kills the command line with SIGKILL at N random (seeded) moments of a run, cleans, and looks for processes, folders,
// registrations and sockets. Exit code 1 when anything is left.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLI, allPids, callCli, privateHome, readProc, requireBuild, withTempDir } from './cli.mjs';

const [rounds = 10, seed = 1] = process.argv.slice(2).map(Number);
const EARLIEST_MS = 300;
const LATEST_MS = 12_000;

/** Mulberry32: the moments can be had again. */
function createRandom(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Starts a run and kills it; answers the last thing it said. */
async function killRun(home, out, afterMs) {
  const child = spawn(process.execPath, [CLI, 'run', '--profile', 'core', '--seed', '1', '--out', out], {
    env: home.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await Promise.race([delay(afterMs), ended]);
  child.kill('SIGKILL');
  await ended;
  return said.trim().split('\n').at(-1) ?? '';
}

const listDir = (dir) => (existsSync(dir) ? readdirSync(dir) : []);

/** Programs of runs pass the home's temporary folder on. */
const findProcesses = ({ tmp }) =>
  allPids().filter((pid) => {
    const environment = readProc(pid, 'environ').split('\0');
    return environment.includes(`TMPDIR=${tmp}`) && environment.some((entry) => entry.startsWith('MESHGAUGE_RUN='));
  });

function findLeftovers(home) {
  return {
    processes: findProcesses(home).length,
    folders: listDir(home.tmp).length,
    registrations: listDir(home.runs).length,
    sockets: readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .filter((line) => line.includes(home.tmp)).length,
  };
}

const row = (cells) =>
  console.log(cells.map((cell, index) => String(cell).padEnd([4, 8, 16, 28, 20, 0][index])).join(' '));

requireBuild();
const random = createRandom(seed);
let dirty = 0;
await withTempDir(async (dir) => {
  const home = privateHome(dir);
  row(['#', 'killed', 'left by it', 'removed by clean', 'left after clean', 'when']);
  for (let round = 1; round <= rounds; round += 1) {
    const afterMs = Math.round(EARLIEST_MS + random() * (LATEST_MS - EARLIEST_MS));
    const lastWords = await killRun(home, join(dir, `out-${round}`), afterMs);
    const orphans = findProcesses(home).length;
    const { stdout, stderr } = await callCli(['clean', '--json'], { env: home.env });
    const removed = stdout === '' ? undefined : JSON.parse(stdout);
    const left = Object.entries(findLeftovers(home)).filter(([, count]) => count > 0);
    if (left.length > 0 || removed === undefined) dirty += 1;
    row([
      round,
      `${(afterMs / 1000).toFixed(2)} s`,
      `${orphans} processes`,
      removed === undefined
        ? stderr.trim()
        : `${removed.processes.length} proc, ${removed.sockets} sock, ${removed.directories.length} dir`,
      left.map(([what, count]) => `${count} ${what}`).join(', ') || 'nothing',
      lastWords.replace(/ \(.*/, '').slice(0, 60),
    ]);
  }
  await callCli(['clean'], { env: home.env });
});
console.log(dirty === 0 ? `${rounds} kills, nothing left` : `something was left after ${dirty} of ${rounds} kills`);
process.exitCode = dirty === 0 ? 0 : 1;
