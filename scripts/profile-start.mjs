// What does `npm start` cost? Usage: node scripts/profile-start.mjs [arguments of `meshgauge run`…]
// Time from the command to the first case, time per case, and the peak memory of the whole process tree, sampled from /proc.
// RSS counts pages that processes share once for each of them; PSS divides them up, so it is what the machine really gives.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { allPids, callCli, countsOf, readProc, readReport, requireBuild, seconds, withTempDir } from './cli.mjs';

const RSS_EVERY_MS = 250;
const PSS_EVERY_MS = 1_000;
const MIB = 1024 * 1024;

/** Every descendant of this process. */
function findTree() {
  const parents = new Map(
    allPids().map((pid) => [
      pid,
      readProc(pid, 'stat')
        .replace(/^.*\) \S+ /s, '')
        .split(' ')[0],
    ]),
  );
  const isOurs = (pid) =>
    pid !== undefined && pid !== '0' && (parents.get(pid) === String(process.pid) || isOurs(parents.get(pid)));
  return [...parents.keys()].filter(isOurs);
}

const kib = (text, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
const sumOf = (pids, file, name) => pids.reduce((sum, pid) => sum + kib(readProc(pid, file), name), 0) * 1024;

/** Watches the tree until stopped; answers the peaks. */
function watchMemory() {
  const peak = { rss: 0, pss: 0, processes: 0 };
  const sampleRss = () => {
    const tree = findTree();
    peak.processes = Math.max(peak.processes, tree.length);
    peak.rss = Math.max(peak.rss, sumOf(tree, 'status', 'VmRSS'));
  };
  const samplePss = () => (peak.pss = Math.max(peak.pss, sumOf(findTree(), 'smaps_rollup', 'Pss')));
  const timers = [setInterval(sampleRss, RSS_EVERY_MS), setInterval(samplePss, PSS_EVERY_MS)];
  return () => {
    timers.forEach(clearInterval);
    return peak;
  };
}

/** When the first case did something, from the evidence. */
function firstActionAt(out) {
  const dir = join(out, 'evidence');
  const times = readdirSync(dir).flatMap((file) => {
    const lines = readFileSync(join(dir, file), 'utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line).t).filter((t) => typeof t === 'number');
  });
  return times.reduce((earliest, t) => Math.min(earliest, t), Infinity);
}

const printRows = (rows) =>
  rows.forEach(([what, value]) => console.log(`  ${what.padEnd(44)} ${String(value).padStart(12)}`));

requireBuild();
await withTempDir(async (dir) => {
  const out = join(dir, 'out');
  const args = [
    'run',
    '--mesh',
    'reference',
    '--env',
    'local',
    '--profile',
    'core',
    ...process.argv.slice(2),
    '--out',
    out,
  ];
  const stop = watchMemory();
  const startedAt = Date.now();
  const { code, ms, stderr } = await callCli(args);
  const peak = stop();
  if (code !== 0) console.error(stderr.trim().split('\n').slice(-5).join('\n'));
  const report = readReport(out);
  const { timings, run, cases } = report;
  console.log(`meshgauge ${args.slice(0, -2).join(' ')}: exit ${code}, ${countsOf(report)}`);
  console.log('\nfrom the command on');
  printRows([
    ['options read, everything imported', seconds(Date.parse(run.startedAt) - startedAt)],
    ['first case acts', seconds(firstActionAt(out) - startedAt)],
    ['report written', seconds(ms)],
  ]);
  console.log('\nphases');
  printRows(Object.entries(timings).map(([phase, phaseMs]) => [phase.replace(/Ms$/, ''), seconds(phaseMs)]));
  console.log('\nmemory of the whole process tree, at its peak');
  printRows([
    ['processes', peak.processes],
    ['resident (shared pages counted each time)', `${Math.round(peak.rss / MIB)} MiB`],
    ['proportional (shared pages counted once)', `${Math.round(peak.pss / MIB)} MiB`],
  ]);
  console.log('\ncases, slowest first');
  printRows(
    [...cases]
      .sort((a, b) => b.durationMs - a.durationMs)
      .map(({ id, title, durationMs }) => [`${id} ${title}`.slice(0, 44), seconds(durationMs)]),
  );
  process.exitCode = code;
});
