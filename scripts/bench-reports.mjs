// What reports cost: 200 runs beside each other, and the pages of runs with more and more evidence. Time and peak memory of each command.
// Usage: node scripts/bench-reports.mjs [--runs N] [--lines N]
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CLI, ROOT, call, requireBuild, withTempDir } from './cli.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, lines: { type: 'string', default: '1000000' } },
});
const [RUNS, LINES] = [Number(values.runs), Number(values.lines)];
/** Any report that a run has made will do: its cases are what is repeated. */
const MODEL = join(ROOT, 'reports/published/reference/0.1.0/report.json');

requireBuild();
const { EvidenceWriter } = await import('../dist/src/evidence/store.js');
const { EVIDENCE_VERSION } = await import('../dist/src/evidence/records.js');
const model = JSON.parse(readFileSync(MODEL, 'utf8'));
await withTempDir(async (dir) => {
  console.log('command                                       seconds   peak MiB');
  const each = Math.floor(LINES / RUNS);
  const dirs = Array.from({ length: RUNS }, (_, index) => writeRun(join(dir, `run-${index}`), `bench-${index}`, each));
  await measure(`compare ${RUNS} runs, ${each * RUNS} lines of evidence`, ['compare', ...dirs, '--format', 'html']);
  for (const lines of [LINES / 100, LINES / 10, LINES]) {
    const run = writeRun(join(dir, `lines-${lines}`), `lines-${lines}`, lines);
    for (const format of ['html', 'allure'])
      await measure(`render ${format}, ${lines} lines`, [
        'render',
        run,
        '--format',
        format,
        '--out',
        join(dir, `${lines}-${format}`),
      ]);
  }
});

async function measure(name, args) {
  const { code, stderr, ms } = await call(process.execPath, ['--import', peakReporter(), CLI, ...args]);
  const peak = Number(/^@peak (\d+)$/m.exec(stderr)?.[1]);
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}: ${stderr}`);
  console.log(`${name.padEnd(44)} ${(ms / 1_000).toFixed(1).padStart(8)} ${(peak / 1_024).toFixed(0).padStart(10)}`);
}

/** The kernel's own word of the most that the process ever had. */
function peakReporter() {
  const source = "process.on('exit', () => process.stderr.write('@peak ' + process.resourceUsage().maxRSS + '\\n'))";
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** A run as the model, with an id and evidence of its own. */
function writeRun(dir, id, lines) {
  const perCase = Math.ceil(lines / model.cases.length);
  const cases = model.cases.map((one) => {
    const { evidence: _none, ...rest } = one;
    return { ...rest, evidence: writeEvidence(dir, one.id, id, perCase) };
  });
  const { digest: _old, ...report } = model;
  const whole = { ...report, run: { ...report.run, id }, cases };
  writeFileSync(join(dir, 'report.json'), JSON.stringify(whole));
  return dir;
}

/** Half of the lines are of the client, half of the server. */
function writeEvidence(dir, caseId, run, lines) {
  const header = { kind: 'case', apiVersion: EVIDENCE_VERSION, id: caseId, run, seed: 1, mesh: 'reference' };
  const writer = new EvidenceWriter(dir, header);
  for (let index = 0; index < lines / 2; index++) {
    const request = { id: `${caseId}/1/c1/${index}`, phase: 'observe', t: 1_790_000_000_000 + index };
    const client = {
      cell: 'c1 → root:8080',
      pod: 'c1',
      ms: 1.234567,
      conn: index % 8,
      ok: true,
      status: 200,
      server: 'p1',
    };
    const server = {
      seq: index,
      pod: index % 2 === 0 ? 'p1' : 'p2',
      port: 8080,
      protocol: 'http/1.1',
      method: 'GET',
      path: '/',
      conn: 4,
    };
    writer.append({ kind: 'client', ...request, ...client });
    writer.append({ kind: 'server', ...request, ...server });
  }
  return writer.seal();
}
