// Is every verdict the same whatever the seed? Usage: node scripts/seeds.mjs [N=20 | FIRST-LAST] [arguments of `meshgauge run`…]
// N runs with N seeds, or those of them from FIRST to LAST; a line for each, and exit code 1 when any verdict differs from the first run's.
import { join } from 'node:path';
import { callCli, countsOf, decisionsOf, differences, readReport, requireBuild, seconds, withTempDir } from './cli.mjs';

const [first = '', ...others] = process.argv.slice(2);
const range = /^(?:(\d+)-)?(\d+)$/.exec(first);
const [from, to] = range === null ? [1, 20] : [Number(range[1] ?? 1), Number(range[2])];
const runs = to - from + 1;
const args = range === null ? process.argv.slice(2) : others;
const seedOf = (number) => 1 + (number - 1) * 7_919;

async function runWith(seed, out) {
  const { code, stderr, ms } = await callCli(['run', ...args, '--seed', String(seed), '--out', out]);
  try {
    return { code, ms, report: readReport(out) };
  } catch {
    throw new Error(`the run with seed ${seed} wrote no report (exit code ${code}):\n${stderr}`);
  }
}

/** Of a mesh that conforms, on a machine in order. */
const EXPECTED = new Set(['pass', 'recorded', 'unsupported']);
let found = 0;

requireBuild();
const differing = await withTempDir(async (dir) => {
  let baseline;
  let count = 0;
  for (let number = from; number <= to; number += 1) {
    const seed = seedOf(number);
    const { code, ms, report } = await runWith(seed, join(dir, String(seed)));
    const decisions = decisionsOf(report);
    baseline ??= { code, decisions };
    const differs = differences(baseline.decisions, decisions);
    const undecided = report.cases.filter(({ verdict }) => !EXPECTED.has(verdict));
    const isSame = differs.length === 0 && code === baseline.code;
    if (!isSame) count += 1;
    console.log(
      `${String(number).padStart(3)}  seed ${String(seed).padEnd(7)} exit ${code}  ${countsOf(report)}  ${seconds(ms)}  ${isSame ? 'same' : `DIFFERS ${differs.join('; ')}`}`,
    );
    for (const { id, verdict, reason } of undecided) console.log(`     ${id} ${verdict}: ${reason}`);
    found += undecided.length;
  }
  return count;
});
console.log(
  differing === 0
    ? `${runs} runs, ${runs} seeds: every verdict identical`
    : `${differing} of ${runs} runs differ from the first`,
);
console.log(`${found} verdicts other than ${[...EXPECTED].join(', ')}`);
process.exitCode = differing === 0 ? 0 : 1;
