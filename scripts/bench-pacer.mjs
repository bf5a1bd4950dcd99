// What does it cost to send on time? Usage: node scripts/bench-pacer.mjs [seconds] (after npm run build)
// Measured load of rising rate, and a closed loop, against a server in another process that answers at once; of the generator prints
// the share of one core it took and how late it sent. Figures of a machine that is busy otherwise are worth nothing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT, requireBuild } from './cli.mjs';

const SERVER = `
  const ok = 'HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok';
  const serve = (socket) => socket.on('error', () => undefined).on('data', () => socket.write(ok));
  const server = require('node:net').createServer({ noDelay: true }, serve);
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
  process.stdin.on('end', () => process.exit()).resume();`;
const LOOPS = [
  ...[100, 500, 1000, 2000, 4000].map((rate) => [`uniform ${rate}/s`, open(rate, 'uniform')]),
  ['poisson 1000/s', open(1000, 'poisson')],
  ['closed', { kind: 'closed' }],
];

function open(ratePerSecond, arrivals) {
  return { kind: 'open', ratePerSecond, arrivals, seed: 1 };
}

async function measureLoop(loop, port, seconds) {
  const window = (name, offsetMs, durationMs) => ({ name, offsetMs, durationMs });
  const before = process.cpuUsage();
  const start = performance.now();
  const { windows } = await measure(
    {
      idPrefix: 'bench',
      spec: { protocol: 'http', host: '127.0.0.1', port, timeoutMs: 5000 },
      connections: 16,
      loop,
      windows: [window('warm-up', 0, 500), window('measured', 500, seconds * 1000)],
    },
    new AbortController().signal,
  );
  const { user, system } = process.cpuUsage(before);
  const cpuShare = (user + system) / 1000 / (performance.now() - start);
  return { ...readRecording(windows[1]), cpuShare };
}

function format(name, { cpuShare, due, answered, sendLag, response }, seconds) {
  const tell = (histogram) => [0.5, 0.9, 0.99].map((q) => quantileMs(histogram, q)?.toFixed(3) ?? '–').join(' / ');
  const cells = [
    name,
    `${Math.round(answered / seconds)}/s`,
    `${due - answered}`,
    `${Math.round(cpuShare * 100)} %`,
    tell(sendLag),
    tell(response),
  ];
  return `| ${cells.join(' | ')} |`;
}

requireBuild();
const { measure } = await import(join(ROOT, 'dist/fixtures/agent/measure.js'));
const { quantileMs } = await import(join(ROOT, 'dist/src/load/histogram.js'));
const { readRecording } = await import(join(ROOT, 'dist/src/load/recording.js'));
const seconds = Number(process.argv[2] ?? 5);
const server = spawn(process.execPath, ['-e', SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
const [port] = await once(server.stdout, 'data');
console.log('| loop | answered | lost | of a core | send lag p50 / p90 / p99, ms | response p50 / p90 / p99, ms |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const [name, loop] of LOOPS) console.log(format(name, await measureLoop(loop, Number(port), seconds), seconds));
server.stdin.end();
