// Writes the headline tables of README.md from reports/published, between their markers; with --check only says whether they are stale.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './cli.mjs';
import { publishedReports } from './published.mjs';

const README = join(ROOT, 'README.md');
const MARKERS = ['<!-- headline: scripts/headline.mjs -->', '<!-- /headline -->'];

const reports = await publishedReports();
const of = (profile) => reports.filter(({ run }) => run.profile === profile);
const link = ({ mesh, folder }) => `[${mesh.name} ${mesh.version}](reports/published/${folder}/report.md)`;
const place = ({ environment }) => environment.name;
const ms = (value) => (value === undefined ? '–' : `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`);
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const verdicts = table(
  ['mesh', 'where', 'cases', 'pass', 'fail', 'recorded', 'inconclusive', 'cannot be said'],
  [...of('core'), ...of('full')]
    .sort((a, b) => (a.folder < b.folder ? -1 : 1))
    .map((report) => {
      const { pass = 0, fail = 0, recorded = 0, inconclusive = 0, unsupported = 0 } = report.summary;
      return [link(report), place(report), report.cases.length, pass, fail, recorded, inconclusive, unsupported];
    }),
);

/** The outcome of the comparison and what it stands on; nothing where no number is one to stand behind. */
function difference(report, quantile) {
  const one = report.overhead.find((each) => each.arm.endsWith('both') && each.quantile === quantile);
  if (one === undefined) return 'withheld';
  const range = `${one.lowMs.toFixed(2)} … ${one.highMs.toFixed(2)}`;
  return `${one.outcome}: ${one.deltaMs.toFixed(2)} ms (${range}; floor ${one.floorMs.toFixed(2)}; n ${one.n})`;
}

const costs = table(
  [
    'proxy at either end',
    'where',
    'rate',
    'p50 more than none',
    'p99 more than none',
    'proxy CPU a request',
    'most a second',
  ],
  of('bench').flatMap((report) =>
    (report.bench ?? []).map((bench) => {
      const arm = bench.arms.find(({ name }) => name === 'both');
      const most = bench.saturation.find((each) => each.arm === 'both')?.maxPerSecond;
      return [
        link(report),
        place(report),
        `${bench.rate}/s`,
        difference(report, 'p50'),
        difference(report, 'p99'),
        arm?.cpuUsPerRequest === undefined ? '–' : `${arm.cpuUsPerRequest.toFixed(0)} µs`,
        most === undefined ? '–' : most.toFixed(0),
      ];
    }),
  ),
);

function effect(report, change) {
  const one = report.convergence.find((each) => each.change === change);
  if (one === undefined) return '–';
  const readable = one.flips - (one.invalid ?? 0);
  if (readable === 0) return 'never in force';
  if (one.allMs === undefined) return `${one.censored} of ${readable} never`;
  const { median, low, high } = one.allMs;
  return `${ms(median)} (${ms(low)} … ${high === undefined ? 'never' : ms(high)})`;
}

const speeds = table(
  ['until every proxy has it', 'where', 'allow', 'deny', 'split', 'n'],
  of('converge').map((report) => [
    link(report),
    place(report),
    ...['allow', 'deny', 'split-shift'].map((change) => effect(report, change)),
    Math.min(...report.convergence.map(({ flips }) => flips)),
  ]),
);

const KIB = 1024;
const grows = ({ growth }, of) => {
  const one = growth.find((each) => each.of === of);
  return one === undefined
    ? '–'
    : `${one.word}: N^${one.slope.toFixed(2)} (${one.low.toFixed(2)} … ${one.high.toFixed(2)})`;
};

const crowds = table(
  [
    'a change, to N simulated proxies',
    'where',
    'xDS',
    'N',
    'last of them',
    'control plane CPU',
    'time grows',
    'CPU grows',
    'a client takes',
  ],
  of('scale').flatMap((report) =>
    report.scale.map((one) => {
      const most = one.sizes.at(-1);
      const cpu = most?.controlPlane?.cpuUs;
      const bytes = one.simulatorBytesPerClient;
      return [
        link(report),
        place(report),
        one.xds,
        most?.clients ?? '–',
        ms(most?.received?.lastMs),
        cpu === undefined ? '–' : ms(cpu / 1000),
        grows(one, 'last'),
        grows(one, 'cpu'),
        bytes === undefined ? '–' : `${(bytes / KIB).toFixed(1)} KiB`,
      ];
    }),
  ),
);

const text = [verdicts, costs, speeds, crowds].join('\n\n');
const readme = await readFile(README, 'utf8');
const [start, end] = MARKERS.map((marker) => readme.indexOf(marker));
if (start < 0 || end < start) throw new Error(`README.md has no ${MARKERS.join(' … ')}`);
const fresh = `${readme.slice(0, start)}${MARKERS[0]}\n\n${text}\n\n${readme.slice(end)}`;
/** Prettier pads the cells of tables. */
const plain = (words) => words.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---');
if (plain(fresh) !== plain(readme)) {
  if (process.argv.includes('--check')) {
    console.error(
      'README.md is not what reports/published says: run node scripts/headline.mjs && npx prettier --write README.md',
    );
    process.exitCode = 1;
  } else await writeFile(README, fresh);
}
