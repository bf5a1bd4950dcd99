// How each load generator is asked to do the same, and how its own words are read. Latencies in milliseconds, as it prints them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from '../cli.mjs';

/**
 * @typedef {{ url: string, host: string, port: number, rate: number, seconds: number, connections: number }} Task
 * @typedef {{ p50?: number, p90?: number, p95?: number, p99?: number, p999?: number, max?: number,
 *   answered: number, failed: number, seconds: number, note?: string, cpuPercent?: number }} Reading
 */

/** @returns {{ name: string, program: string, open: boolean, run: (task: Task) => Promise<Reading> }[]} those whose program is here */
export function composeRunners(programs, dir) {
  const all = [
    { name: 'wrk, closed loop', program: 'wrk', open: false, run: (task) => runWrk(programs.wrk.path, task, dir) },
    { name: 'vegeta', program: 'vegeta', open: true, run: (task) => runVegeta(programs.vegeta.path, task) },
    { name: 'fortio', program: 'fortio', open: true, run: (task) => runFortio(programs.fortio.path, task, []) },
    {
      name: 'fortio -uniform -nocatchup',
      program: 'fortio',
      open: true,
      run: (task) => runFortio(programs.fortio.path, task, ['-uniform', '-nocatchup']),
    },
    {
      name: 'fortio -uniform',
      program: 'fortio',
      open: true,
      run: (task) => runFortio(programs.fortio.path, task, ['-uniform']),
    },
    {
      name: 'k6, 400 VUs',
      program: 'k6',
      open: true,
      run: (task) => runK6(programs.k6, { ...task, connections: 400 }, dir),
    },
    {
      name: 'k6, 50 VUs',
      program: 'k6',
      open: true,
      run: (task) => runK6(programs.k6, { ...task, connections: 50 }, dir),
    },
    {
      name: 'autocannon',
      program: 'autocannon',
      open: true,
      run: (task) => runAutocannon(programs.autocannon.path, task, []),
    },
    {
      name: 'autocannon --ignoreCoordinatedOmission',
      program: 'autocannon',
      open: true,
      run: (task) => runAutocannon(programs.autocannon.path, task, ['-C']),
    },
  ];
  return all.filter(({ program }) => programs[program] !== undefined);
}

/** Runs a command; bash tells how much processor time it took. */
async function timed(command, args, options = {}) {
  const script = 'TIMEFORMAT="@cpu %U %S %R"; time "$@"';
  const { code, stdout, stderr } = await call('bash', ['-c', script, 'timed', command, ...args], options);
  const [, user, system, real] = /@cpu (\S+) (\S+) (\S+)/.exec(stderr) ?? [];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
  return { stdout, cpuPercent: ((Number(user) + Number(system)) / Number(real)) * 100 };
}

const WRK_REPORT = `done = function(summary, latency)
  io.write(string.format('{"p50":%f,"p90":%f,"p95":%f,"p99":%f,"p999":%f,"max":%f,"requests":%d,"failed":%d,"us":%d}\\n',
    latency:percentile(50), latency:percentile(90), latency:percentile(95), latency:percentile(99), latency:percentile(99.9),
    latency.max, summary.requests,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, summary.duration))
end`;

async function runWrk(path, { url, seconds }, dir) {
  const script = join(dir, 'report.lua');
  writeFileSync(script, WRK_REPORT);
  const { stdout, cpuPercent } = await timed(path, ['-t1', '-c10', `-d${seconds}s`, '-s', script, url]);
  const { requests, failed, us, ...latency } = JSON.parse(stdout.trim().split('\n').at(-1));
  const ms = Object.fromEntries(Object.entries(latency).map(([name, value]) => [name, value / 1_000]));
  return { ...ms, answered: requests, failed, seconds: us / 1e6, cpuPercent };
}

async function runVegeta(path, { url, rate, seconds }) {
  const attack = `echo "GET ${url}" | "$0" attack -rate=${rate} -duration=${seconds}s | "$0" report -type=json`;
  const { stdout, cpuPercent } = await timed('bash', ['-c', attack, path]);
  const { latencies, requests, success, duration } = JSON.parse(stdout);
  const ms = (key) => latencies[key] / 1e6;
  const answered = Math.round(requests * success);
  return {
    ...{ p50: ms('50th'), p90: ms('90th'), p95: ms('95th'), p99: ms('99th'), max: ms('max') },
    ...{ answered, failed: requests - answered, seconds: duration / 1e9, cpuPercent },
  };
}

async function runFortio(path, { url, rate, seconds, connections }, flags) {
  const fixed = ['-qps', rate, '-c', connections, '-t', `${seconds}s`, '-r', '1e-6', '-p', '50,90,95,99,99.9'];
  const quiet = ['-allow-initial-errors', '-loglevel', 'error', '-quiet', '-json', '-'];
  const { stdout, cpuPercent } = await timed(path, ['load', ...fixed.map(String), ...quiet, ...flags, url]);
  const {
    DurationHistogram: histogram,
    RetCodes: codes,
    ActualDuration: ns,
  } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  const ms = (percentile) => histogram.Percentiles?.find((one) => one.Percentile === percentile)?.Value * 1_000;
  return {
    ...{ p50: ms(50), p90: ms(90), p95: ms(95), p99: ms(99), p999: ms(99.9), max: histogram.Max * 1_000 },
    answered: codes['200'] ?? 0,
    failed: Object.entries(codes).reduce((sum, [code, times]) => (code === '200' ? sum : sum + times), 0),
    ...{ seconds: ns / 1e9, cpuPercent },
  };
}

async function runAutocannon(path, { url, rate, seconds, connections }, flags) {
  const args = [path, '-j', '-n', '-R', rate, '-c', connections, '-d', seconds, ...flags, url].map(String);
  const { stdout, cpuPercent } = await timed(process.execPath, args);
  const result = JSON.parse(stdout.trim().split('\n').at(-1));
  const { latency } = result;
  return {
    ...{ p50: latency.p50, p90: latency.p90, p99: latency.p99, p999: latency.p99_9, max: latency.max },
    ...{ answered: result['2xx'], failed: result.errors + result.timeouts, seconds: result.duration, cpuPercent },
    note: `${latency.totalCount ?? result.requests.total} latencies for ${result['2xx']} answers`,
  };
}

/** k6 is started by our own engine for it, so its processor time is told by a script in its place. */
function timedProgram(path, dir) {
  const [script, times] = [join(dir, 'k6'), join(dir, 'k6-times')];
  const body = `TIMEFORMAT="%U %S %R"; exec 3>&2; { time "${path}" "$@" 2>&3; } 2> "${times}"`;
  writeFileSync(script, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  return {
    path: script,
    cpuPercent: () => {
      const [user, system, real] = readFileSync(times, 'utf8').trim().split(' ').map(Number);
      return ((user + system) / real) * 100;
    },
  };
}

/** What k6 itself prints (http_req_duration); our own reading of the same samples is in `window.response`. */
async function runK6({ path, version }, { url, rate, seconds, connections }, dir) {
  const program = timedProgram(path, dir);
  const { runK6: run } = await import('../../dist/src/load/k6.js');
  const { decodeHistogram } = await import('../../dist/src/load/histogram.js');
  const { window } = await run(
    {
      ...{ name: 'peer', protocol: 'http/1.1', target: url, ratePerSecond: rate },
      ...{ durationMs: seconds * 1_000, connections, timeoutMs: 10_000 },
    },
    { path: program.path, version },
  );
  return {
    ...quantilesOf(decodeHistogram(window.service)),
    answered: window.answered,
    failed: Object.values(window.failed).reduce((sum, times) => sum + times, 0),
    seconds,
    cpuPercent: program.cpuPercent(),
    note: `${window.unsent} dropped`,
  };
}

/** @param histogram in microseconds */
export function quantilesOf(histogram) {
  if (histogram.totalCount === 0) return {};
  const ms = (percentile) => histogram.getValueAtPercentile(percentile) / 1_000;
  return { p50: ms(50), p90: ms(90), p95: ms(95), p99: ms(99), p999: ms(99.9), max: histogram.maxValue / 1_000 };
}
