// Our engine and the load generators that are installed against the same servers, one after the other in one run; writes
// docs/accuracy.md. Usage: node scripts/bench-peers.mjs [--install] [--quick] [--long] [--out FILE] [--only SERVER,…] [--no-self-test]
// --long adds the self-tests that take minutes each (the design beside the usual one, twenty A/A trials).
// Servers whose answers are known run in processes of their own, a new one for each generator.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT, requireBuild, withTempDir } from './cli.mjs';
import { renderDocument } from './peers/document.mjs';
import { findPrograms, installPrograms } from './peers/programs.mjs';
import { composeRunners, quantilesOf } from './peers/runners.mjs';

const { values: flags } = parseArgs({
  options: {
    install: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    'no-self-test': { type: 'boolean', default: false },
    only: { type: 'string' },
    out: { type: 'string', default: join(ROOT, 'docs/accuracy.md') },
  },
});
requireBuild();
if (flags.install) await installPrograms();

const { Stand } = await import('../dist/src/self-test/stand.js');
const { distanceToUniform } = await import('../dist/src/self-test/truths.js');
const { GROUPS, runSelfTest } = await import('../dist/src/self-test/run.js');
const { registerRun } = await import('../dist/src/environments/local/run-state.js');
const { hostFacts } = await import('../dist/src/environments/local/host.js');
const { totalOf } = await import('../dist/src/load/recording.js');
const { resolveEnvoy } = await import('../dist/drivers/reference/envoy/binary.js');

const LONG = flags.quick ? 4 : 10;
const SHORT = flags.quick ? 2 : 5;
/** The same load for all; connections are those of an open loop. */
const SERVERS = {
  stall: { truth: { kind: 'stall', everyMs: 2_000, forMs: 200 }, rate: 1_000, seconds: LONG, connections: 50 },
  instant: { truth: { kind: 'arrivals' }, rate: 1_000, seconds: LONG, connections: 16 },
  delay: { truth: { kind: 'delay', ms: 20 }, rate: 100, seconds: SHORT, connections: 10 },
  closing: { truth: { kind: 'closing', every: 50 }, rate: 200, seconds: SHORT, connections: 10 },
};
const OURS = 'meshgauge';

const { found, missing } = await findPrograms();
const registration = await registerRun(`peers-${randomBytes(3).toString('hex')}`);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('interrupted')));
try {
  await withTempDir(async (dir) => {
    const runners = [{ name: OURS, program: OURS, open: true, run: runOurs }, ...composeRunners(found, dir)];
    const readings = {};
    for (const [turn, [name, server]] of Object.entries(SERVERS).entries()) {
      if (flags.only !== undefined && !flags.only.split(',').includes(name)) continue;
      readings[name] = [];
      // Nobody is always first: what a machine does changes with time.
      const first = (2 * turn) % runners.length;
      for (const runner of [...runners.slice(first), ...runners.slice(0, first)])
        readings[name].push(await tryOne(name, server, runner));
    }
    const selfTest = flags['no-self-test'] ? [] : await runOwnSelfTest();
    const document = renderDocument({
      ...{ readings, selfTest, servers: SERVERS, ours: OURS, programs: found, missing, quick: flags.quick },
      host: hostFacts('local'),
      at: new Date().toISOString(),
    });
    writeFileSync(flags.out, document);
    console.error(`wrote ${flags.out}`);
  });
} finally {
  await registration.unregister({ keepDir: false });
}

async function tryOne(name, { truth, ...load }, { name: tool, open, run }) {
  stop.signal.throwIfAborted();
  const dir = join(registration.runDir, randomBytes(3).toString('hex'));
  mkdirSync(dir);
  const stand = new Stand({ runId: registration.runId, runDir: dir }, stop.signal);
  try {
    const server = await stand.serve(truth);
    const { host, port } = server;
    const reading = await run({ url: `http://${host}:${port}/`, host, port, ...load }, stand);
    const report = await server.report();
    const uniformity = report.arrivals.length > 0 && open ? distanceToUniform(report.arrivals) : undefined;
    console.error(`${name}: ${tool}: p50 ${reading.p50?.toFixed(3)} p99 ${reading.p99?.toFixed(3)} ms`);
    return { tool, open, ...reading, uniformity, closed: report.closed, served: report.requests };
  } catch (error) {
    stop.signal.throwIfAborted();
    console.error(`${name}: ${tool}: ${error.message}`);
    return { tool, open, failure: error.message.split('\n')[0] };
  } finally {
    await stand[Symbol.asyncDispose]();
  }
}

async function runOurs({ host, port, rate, seconds, connections }, stand) {
  const { agent } = await stand.pod();
  const before = await agent.usage();
  const recording = await stand.load({ host, port }, { ratePerSecond: rate, durationMs: seconds * 1_000, connections });
  const after = await agent.usage();
  return {
    ...quantilesOf(recording.response),
    answered: recording.answered,
    failed: totalOf(recording.failed),
    seconds,
    cpuPercent: (after.cpuUs - before.cpuUs) / 10 / (after.at - before.at),
    sendLag: quantilesOf(recording.sendLag),
    note: `${recording.unsent} not sent`,
  };
}

async function runOwnSelfTest() {
  const envoyPath = async () => {
    const { path } = await resolveEnvoy({
      env: process.env,
      cacheDir: process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    });
    return path;
  };
  const done = [];
  const onResult = (result) => {
    const { group, checks } = result;
    done.push(result);
    console.error(`self-test ${group}: ${checks.filter(({ ok }) => ok).length} of ${checks.length} goals met`);
  };
  const only = flags.long ? { only: GROUPS } : {};
  // What was measured before a defect is still worth its page.
  await runSelfTest(registration, { envoyPath, onResult, ...only }, stop.signal).catch((error) => {
    if (stop.signal.aborted) throw error;
    console.error(`the self-test stopped: ${error.message}`);
    process.exitCode = 1;
  });
  return done;
}
