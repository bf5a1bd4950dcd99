/** k6 as the second engine: an open loop at a constant rate, read into the same model as load measured by agents. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { MeasuredWindow } from '../../fixtures/agent/protocol.js';
import type { FAILED, ScriptJob } from '../../fixtures/k6/script-job.js';
import { HarnessError } from '../errors/harness-error.js';
import { PACKAGE_ROOT } from '../package-root.js';
import type { K6Binary } from './k6-binary.js';
import { K6Samples } from './k6-samples.js';
import type { LoadLimits } from './limits.js';

/** k6's exit code for a run that went well, but crossed a threshold. */
const THRESHOLDS_CROSSED = 99;
/** From SIGINT, which k6 answers with an orderly end, until it is killed. */
const STOP_GRACE_MS = 5_000;
const TAIL_LINES = 10;

/** The script's name for it, which is no module of ours at run time. */
const FAILED_METRIC: typeof FAILED = 'meshgauge_failed';

export interface K6Job {
  readonly name: string;
  /** HTTP/2 goes over TLS, because k6 speaks it no other way. */
  readonly protocol: 'http/1.1' | 'h2' | 'grpc';
  /** `http://…` or `https://…`; `host:port` for gRPC. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Requests under way at once; should be at least the rate times the longest stall that is to be seen. */
  readonly connections: number;
  readonly timeoutMs: number;
  readonly limits?: LoadLimits;
  /** PEM file with the authorities to trust instead of those of this machine. */
  readonly caFile?: string;
}

export interface K6Run {
  readonly window: MeasuredWindow;
  readonly k6: string;
  /** Whether the numbers may be used at all: nothing dropped, the protocol that was asked for, all samples read. */
  readonly gates: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  /** Limits as k6 judged them. */
  readonly thresholds: readonly { readonly metric: string; readonly expression: string; readonly ok: boolean }[];
}

interface Summary {
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly values: Readonly<Record<string, number>>;
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
      }
    >
  >;
}

/** @throws HarnessError E_K6_RUN when k6 ends with an error; the signal's reason when it is aborted. */
export async function runK6(job: K6Job, k6: K6Binary, signal?: AbortSignal): Promise<K6Run> {
  const dir = await mkdtemp(join(tmpdir(), 'mg-k6-'));
  try {
    const summaryFile = join(dir, 'summary.json');
    const samples = new K6Samples(job.protocol === 'grpc' ? 'grpc' : 'http');
    await execute(k6, job, composeScriptJob(job, summaryFile), samples, signal);
    const summary = JSON.parse(await readFile(summaryFile, 'utf8')) as Summary;
    return { window: samples.toWindow(job), k6: k6.version, ...judge(samples, summary) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The limits in k6's words, with the gate that none may go without. */
export function composeThresholds(
  protocol: K6Job['protocol'],
  limits: LoadLimits = {},
): Readonly<Record<string, readonly string[]>> {
  const latency = (
    [
      ['p(50)', limits.p50Ms],
      ['p(95)', limits.p95Ms],
      ['p(99)', limits.p99Ms],
    ] as const
  ).flatMap(([quantile, ms]) => (ms === undefined ? [] : [`${quantile}<=${ms}`]));
  const { errorRatio } = limits;
  return {
    dropped_iterations: ['count==0'],
    ...(latency.length === 0 ? {} : { [protocol === 'grpc' ? 'grpc_req_duration' : 'http_req_duration']: latency }),
    ...(errorRatio === undefined ? {} : { [FAILED_METRIC]: [`rate<=${errorRatio}`] }),
  };
}

function composeScriptJob(job: K6Job, summaryFile: string): ScriptJob {
  return {
    target: job.target,
    httpVersion: job.protocol === 'h2' ? 'HTTP/2.0' : 'HTTP/1.1',
    ratePerSecond: job.ratePerSecond,
    durationMs: job.durationMs,
    maxVus: job.connections,
    timeoutMs: job.timeoutMs,
    headers: job.headers ?? {},
    thresholds: composeThresholds(job.protocol, job.limits),
    summaryFile,
  };
}

function judge(samples: K6Samples, { metrics }: Summary): Pick<K6Run, 'gates' | 'thresholds'> {
  const wrong = Object.entries(samples.failedChecks);
  const counted = metrics['iterations']?.values['count'] ?? 0;
  return {
    gates: [
      {
        name: 'dropped_iterations == 0',
        ok: samples.dropped === 0,
        detail: `${samples.dropped} requests were due and never sent, because all connections were busy`,
      },
      {
        name: 'the protocol asked for',
        ok: wrong.length === 0,
        detail: wrong.map(([check, times]) => `not "${check}": ${times} times`).join(', ') || 'every answer',
      },
      {
        name: 'every sample read',
        ok: counted === samples.iterations,
        detail: `k6 counted ${counted} iterations, ${samples.iterations} were read`,
      },
    ],
    thresholds: Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
      Object.entries(thresholds).map(([expression, { ok }]) => ({ metric, expression, ok })),
    ),
  };
}

async function execute(
  k6: K6Binary,
  job: K6Job,
  script: ScriptJob,
  samples: K6Samples,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = join(PACKAGE_ROOT, 'fixtures', 'k6', job.protocol === 'grpc' ? 'grpc.ts' : 'http.ts');
  const args = ['run', '--quiet', '--no-usage-report', '--no-color', '--address', '', '--out', 'json=-', file];
  signal?.throwIfAborted();
  const child = spawn(k6.path, args, { env: composeEnvironment(job, script), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const tail: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  });
  createInterface({ input: child.stdout }).on('line', (line) => samples.read(line));
  let impatience: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill('SIGINT');
    impatience = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  };
  const killAtExit = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  process.once('exit', killAtExit);
  try {
    const [code, killedBy] = await ended;
    signal?.throwIfAborted();
    if (code !== 0 && code !== THRESHOLDS_CROSSED) throw runFailed(code ?? killedBy ?? 'an error', tail);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw runFailed(error.message, tail);
    throw error;
  } finally {
    clearTimeout(impatience);
    signal?.removeEventListener('abort', stop);
    process.off('exit', killAtExit);
  }
}

/** Nothing of ours but what the run needs: K6_… variables would change the script's options, proxies the way of its requests. */
function composeEnvironment(job: K6Job, script: ScriptJob): Record<string, string> {
  const inherited = ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    ...(job.caFile === undefined ? {} : { SSL_CERT_FILE: job.caFile }),
    MESHGAUGE_JOB: JSON.stringify(script),
  };
}

function runFailed(how: string | number, tail: readonly string[]): HarnessError {
  return new HarnessError({
    code: 'E_K6_RUN',
    message: `k6 ended with ${how}\n${tail.join('\n')}`.trimEnd(),
    hint: "read k6's last lines above; the same script can be run by hand with `k6 run fixtures/k6/http.ts`",
  });
}
