// docs/accuracy.md: what was read against what is true, and which goals that meets.
import { composeGoals } from './goals.mjs';

const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (heads, rows) => [
  row(heads),
  row(heads.map((_, index) => (index === 0 ? '---' : '--:'))),
  ...rows.map(row),
];
const ms = (value) => (Number.isFinite(value) ? value.toFixed(value < 10 ? 3 : 1) : '–');
const share = (value, decimals = 3) => (Number.isFinite(value) ? value.toFixed(decimals) : '–');
const percent = (value) => (Number.isFinite(value) ? `${value.toFixed(0)} %` : '–');
const QUANTILES = ['p50', 'p90', 'p95', 'p99', 'p999', 'max'];
const HEADS = ['generator', 'p50', 'p90', 'p95', 'p99', 'p99.9', 'max'];

export function renderDocument(run) {
  const { readings, selfTest, host, at, programs, missing, quick } = run;
  const versions = Object.entries(programs).map(([name, { version }]) => `${name} ${version}`);
  return `${[
    '# Accuracy of the instrument',
    '',
    'Our load engine and other load generators against the same servers, whose answers are known in closed form, one after the other',
    'in one run. Written by `npm run bench:peers`; every figure is of this one run.',
    '',
    `- Machine: ${host.cpuModel}, ${host.cpus} processors, ${(host.memoryBytes / 1024 ** 3).toFixed(0)} GiB, ${host.os} ${host.kernel}, Node ${host.node}; loopback only`,
    `- Date: ${at}`,
    `- Versions: ${versions.join(', ')}`,
    `- Not installed here, so not compared: ${missing.length === 0 ? 'none' : missing.join(', ')}; wrk2 has no package`,
    ...(quick ? ['- **Quick run: too short to be quoted.**'] : []),
    ...selfTest.flatMap(({ group, disturbances }) =>
      disturbances.map((words) => `- **Disturbed during ${group}:** ${words}`),
    ),
    '',
    '## Goals',
    '',
    'Targets were set before measuring. ✓ met · ✗ missed · – not measured in this run',
    '',
    ...table(['goal', 'best peer', 'meshgauge', 'target', ''], composeGoals(run)),
    '',
    ...(readings.stall === undefined ? [] : [...stallSection(run), '']),
    ...(readings.instant === undefined ? [] : [...instantSection(run), '']),
    ...(readings.delay === undefined ? [] : [...delaySection(run), '']),
    ...(readings.closing === undefined ? [] : [...closingSection(run), '']),
    ...(selfTest.length === 0 ? [] : selfTestSection(selfTest)),
  ]
    .join('\n')
    .trimEnd()}\n`;
}

const quantileCells = (reading) => QUANTILES.map((name) => ms(reading[name]));
const failureRow = ({ tool, failure }, width) => [tool, `failed: ${failure}`, ...Array(width - 2).fill('')];

function rowsOf(readings, width, cells) {
  return readings.map((reading) =>
    reading.failure === undefined ? [reading.tool, ...cells(reading)] : failureRow(reading, width),
  );
}

/** A duration is of the whole periods of the server, so that requests fall evenly into them. */
function stallSection({ readings, servers }) {
  const { truth, rate, seconds } = servers.stall;
  const heads = [...HEADS, 'answered of offered', 'told'];
  const known = ['**truth**', '0', '0', '100', '180', '198', '200', '1.000', ''];
  const cells = (one) => [
    ...quantileCells(one),
    one.open ? share(one.answered / (rate * seconds)) : 'closed loop',
    one.note ?? '',
  ];
  return [
    '## A server that freezes',
    '',
    `Answers at once, but freezes for ${truth.forMs} ms in every ${truth.everyMs} ms; ${rate} requests a second for ${seconds} s. A request at any instant waits`,
    'longer than x with probability (200 − x) / 2000. The queue of a freeze takes some 10 ms to be answered, which all readings hold.',
    'Milliseconds, as each generator prints them.',
    '',
    ...table(heads, [known, ...rowsOf(readings.stall, heads.length, cells)]),
  ];
}

function instantSection({ readings, servers }) {
  const { rate, seconds } = servers.instant;
  const heads = [...HEADS, 'arrivals: distance to uniform', 'processor, of one core', 'answered of offered'];
  const cells = (one) => [
    ...quantileCells(one),
    share(one.uniformity),
    percent(one.cpuPercent),
    one.open ? share(one.answered / (rate * seconds)) : `${Math.round(one.answered / one.seconds)} a second`,
  ];
  const { sendLag } = readings.instant.find(({ sendLag: lag }) => lag !== undefined) ?? {};
  return [
    '## A server that answers at once',
    '',
    `${rate} requests a second for ${seconds} s. The distance is Kolmogorov–Smirnov's, of arrivals within their second: 0 even, 1 one burst a second.`,
    ...(sendLag === undefined
      ? []
      : [`Our generator itself was late by p50 ${ms(sendLag.p50)}, p99 ${ms(sendLag.p99)} ms. No other prints this.`]),
    '',
    ...table(heads, rowsOf(readings.instant, heads.length, cells)),
  ];
}

function delaySection({ readings, servers }) {
  const { truth, rate, connections } = servers.delay;
  return [
    `## A server that takes ${truth.ms} ms`,
    '',
    `${rate} requests a second over ${connections} connections. Samples that a correction invents show as latencies below ${truth.ms} ms.`,
    '',
    ...table(
      [...HEADS, 'told'],
      rowsOf(readings.delay, HEADS.length + 1, (one) => [...quantileCells(one), one.note ?? '']),
    ),
  ];
}

function closingSection({ readings, servers }) {
  const { truth, rate } = servers.closing;
  const heads = ['generator', 'closed by the server', 'told as failed', 'slowest answer, ms'];
  const cells = (one) => [one.closed, one.failed, ms(one.max)];
  return [
    '## A server that closes connections instead of answering',
    '',
    `Every ${truth.every}th request, ${rate} requests a second. Each closed connection is one failed request, and no other answer is slower for it.`,
    'A generator that sends such a request again by itself (as Go programs do for GET) cannot tell: its caller would not know either.',
    '',
    ...table(heads, rowsOf(readings.closing, heads.length, cells)),
  ];
}

function selfTestSection(selfTest) {
  const rows = selfTest.flatMap(({ checks }) =>
    checks.map(({ name, unit, truth, reading, goal, ok }) => [
      name,
      `${tell(truth)} ${unit === 'verdict' ? '' : unit}`.trim(),
      tell(reading),
      goal,
      ok ? '✓' : '✗',
    ]),
  );
  return [
    '## Self-test',
    '',
    '`meshgauge bench --self-test`, in the same run.',
    '',
    ...table(['check', 'truth', 'reading', 'goal', ''], rows),
  ];
}

function tell(value) {
  if (value === null || !Number.isFinite(value)) return 'none';
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
