import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { countOf, decodeHistogram, quantileMs } from '../../../src/load/histogram.js';
import { findK6 } from '../../../src/load/k6-binary.js';
import { composeThresholds, runK6, type K6Job } from '../../../src/load/k6.js';
import { epochMs, K6Samples } from '../../../src/load/k6-samples.js';

const ORIGIN = Date.parse('2026-01-02T03:04:05.000Z');

/** As Go writes it: nine decimals, the zone spelt out. */
function goTime(ms: number): string {
  const whole = Math.floor(ms / 1_000) * 1_000;
  return new Date(whole)
    .toISOString()
    .replace(/\.000Z$/, `.${String(Math.round((ms - whole) * 1e6)).padStart(9, '0')}Z`);
}

function point(metric: string, at: number, value: number, more: object = {}): string {
  return JSON.stringify({ metric, type: 'Point', data: { time: goTime(at), value, ...more } });
}

interface Sample {
  readonly index: number;
  readonly startedAt: number;
  readonly ms: number;
  readonly status?: string;
  readonly code?: string;
}

function feed(samples: K6Samples, { index, startedAt, ms, status = '200', code }: Sample): void {
  const metadata = { iteration: String(index) };
  const tags = { status, ...(code === undefined ? {} : { error_code: code }) };
  samples.read(point('http_req_duration', startedAt + ms, ms, { tags, metadata }));
  samples.read(point('iteration_duration', startedAt + ms, ms, { tags: {}, metadata }));
}

const SCHEDULE = { name: 'load', ratePerSecond: 1_000, durationMs: 2_000 };

describe('samples of k6', () => {
  it('reads instants to the microsecond, in any zone', () => {
    assert.equal(epochMs('2026-01-02T03:04:05.0005Z') - ORIGIN, 0.5);
    assert.equal(epochMs('2026-01-02T04:04:05.25+01:00') - ORIGIN, 250);
    assert.equal(epochMs('2026-01-02T03:04:05Z') - ORIGIN, 0);
  });

  it('counts a wait for the schedule into the response, which k6 does not: a stall of 200 ms in 2 s has its p95 at 100 ms', () => {
    const samples = new K6Samples('http');
    for (let index = 0; index < 2_000; index++) {
      // The first 200 start only when the stall is over, as when all virtual users were taken.
      feed(samples, { index, startedAt: ORIGIN + Math.max(index, index < 200 ? 200 : 0), ms: 0.05 });
    }
    const window = samples.toWindow(SCHEDULE);
    const [response, service] = [decodeHistogram(window.response), decodeHistogram(window.service)];
    assert.equal(window.due, 2_000);
    assert.equal(window.sent, 2_000);
    assert.ok(Math.abs((quantileMs(response, 0.95) ?? NaN) - 100) < 1.1, `p95 ${quantileMs(response, 0.95)}`);
    assert.ok(Math.abs((quantileMs(response, 0.99) ?? NaN) - 180) < 1.1, `p99 ${quantileMs(response, 0.99)}`);
    assert.equal(quantileMs(service, 0.99), 0.05);
  });

  it('names what failed, and keeps it out of the histograms', () => {
    const samples = new K6Samples('http');
    feed(samples, { index: 0, startedAt: ORIGIN, ms: 1 });
    feed(samples, { index: 1, startedAt: ORIGIN + 1, ms: 1, status: '503', code: '1503' });
    feed(samples, { index: 2, startedAt: ORIGIN + 2, ms: 0.1, status: '0', code: '1212' });
    feed(samples, { index: 3, startedAt: ORIGIN + 3, ms: 9, status: '0', code: '1050' });
    const window = samples.toWindow(SCHEDULE);
    assert.deepEqual(window.statuses, { '200': 1, '503': 1 });
    assert.deepEqual(window.failed, { ECONNREFUSED: 1, ETIMEDOUT: 1 });
    assert.equal(window.answered, 2);
    assert.equal(countOf(decodeHistogram(window.response)), 1);
  });

  it('has no response times when iterations were dropped: nothing tells when the others were due', () => {
    const samples = new K6Samples('http');
    for (let index = 0; index < 100; index++) feed(samples, { index, startedAt: ORIGIN + index, ms: 1 });
    samples.read(point('dropped_iterations', ORIGIN, 7, { tags: {} }));
    const window = samples.toWindow(SCHEDULE);
    assert.equal(window.unsent, 7);
    assert.equal(window.due, 107);
    assert.equal(countOf(decodeHistogram(window.response)), 0);
    assert.equal(countOf(decodeHistogram(window.sendLag)), 0);
    assert.equal(countOf(decodeHistogram(window.service)), 100);
  });

  it('tells gRPC statuses and pods', () => {
    const samples = new K6Samples('grpc');
    for (const [index, status] of ['0', '7', '14'].entries()) {
      const more = { tags: { status }, metadata: { iteration: String(index) } };
      samples.read(point('grpc_req_duration', ORIGIN + index + 1, 1, more));
      samples.read(point('iteration_duration', ORIGIN + index + 1, 1, more));
    }
    samples.read(point('meshgauge_answered_by', ORIGIN, 1, { tags: { pod: 'server-1' } }));
    const window = samples.toWindow(SCHEDULE);
    assert.deepEqual(window.statuses, { '0': 1, '7': 1 });
    assert.deepEqual(window.failed, { GRPC_14: 1 });
    assert.deepEqual(window.servers, { 'server-1': 1 });
    assert.equal(countOf(decodeHistogram(window.response)), 1);
  });

  it('accounts for every request, whatever came of it', () => {
    const outcomes = fc.array(
      fc.record({
        status: fc.constantFrom('200', '204', '404', '503', '0'),
        ms: fc.double({ min: 0.01, max: 500, noNaN: true }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(outcomes, fc.nat(5), (requests, dropped) => {
        const samples = new K6Samples('http');
        for (const [index, { status, ms }] of requests.entries())
          feed(samples, { index, startedAt: ORIGIN + index, ms, status, ...(status === '0' ? { code: '1220' } : {}) });
        if (dropped > 0) samples.read(point('dropped_iterations', ORIGIN, dropped));
        const { due, answered, failed, unsent, statuses } = samples.toWindow(SCHEDULE);
        const lost = Object.values(failed).reduce((sum, times) => sum + times, 0);
        assert.equal(due, requests.length + dropped);
        assert.equal(answered + lost + unsent, due);
        assert.equal(
          Object.values(statuses).reduce((sum, times) => sum + times, 0),
          answered,
        );
      }),
    );
  });
});

describe('thresholds for k6', () => {
  it('always hold the gate of dropped iterations', () => {
    assert.deepEqual(composeThresholds('http/1.1'), { dropped_iterations: ['count==0'] });
  });

  it('say the limits of the configuration in the words of the protocol', () => {
    const limits = { p95Ms: 10, p99Ms: 20, errorRatio: 0.001 };
    assert.deepEqual(composeThresholds('h2', limits), {
      dropped_iterations: ['count==0'],
      http_req_duration: ['p(95)<=10', 'p(99)<=20'],
      meshgauge_failed: ['rate<=0.001'],
    });
    assert.deepEqual(composeThresholds('grpc', { p50Ms: 1 }), {
      dropped_iterations: ['count==0'],
      grpc_req_duration: ['p(50)<=1'],
    });
  });
});

describe('the k6 that is found', () => {
  let dir: string;
  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'mg-k6-test-'))));
  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function install(body: string): Promise<string> {
    const file = join(dir, 'k6');
    await writeFile(file, `#!/bin/sh\n${body}\n`);
    await chmod(file, 0o755);
    return file;
  }
  const hint = /go install go\.k6\.io\/k6@v1\.8\.1/;

  it('is the one of K6_PATH, or of PATH', async () => {
    const path = await install('echo "k6 v1.8.1 (go1.26.8, linux/amd64)"');
    assert.deepEqual(await findK6({ K6_PATH: path, PATH: '' }), { path, version: '1.8.1' });
    assert.deepEqual(await findK6({ PATH: `/nowhere:${dir}` }), { path, version: '1.8.1' });
  });

  it('is missing: E_NO_K6 with the line that installs it', async () => {
    const before = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = dir;
    try {
      await assert.rejects(findK6({ PATH: dir }), { code: 'E_NO_K6', hint, exitCode: 3 });
      await assert.rejects(findK6({ K6_PATH: join(dir, 'nothing') }), { code: 'E_NO_K6', message: /K6_PATH names/ });
    } finally {
      if (before === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = before;
    }
  });

  it('is of another major: E_K6_VERSION', async () => {
    const path = await install('echo "k6 v2.3.0 (go1.26.8, linux/amd64)"');
    await assert.rejects(findK6({ K6_PATH: path }), { code: 'E_K6_VERSION', message: /is k6 2\.3\.0/, hint });
  });

  it('is no k6, or one that cannot start: E_K6_VERSION', async () => {
    await assert.rejects(findK6({ K6_PATH: await install('echo hello') }), { code: 'E_K6_VERSION', hint });
    await assert.rejects(findK6({ K6_PATH: await install('exit 7') }), {
      code: 'E_K6_VERSION',
      message: /exit code 7/,
    });
  });

  it('fails: E_K6_RUN with its last words', async () => {
    const path = await install('echo "unknown option" >&2; exit 107');
    const job: K6Job = {
      name: 'load',
      protocol: 'http/1.1',
      target: 'http://127.0.0.1:1/',
      ratePerSecond: 1,
      durationMs: 1_000,
      connections: 1,
      timeoutMs: 100,
    };
    await assert.rejects(runK6(job, { path, version: '1.8.1' }), {
      code: 'E_K6_RUN',
      message: /k6 ended with 107\nunknown option/,
    });
    await assert.rejects(runK6(job, { path: join(dir, 'gone'), version: '1.8.1' }), { code: 'E_K6_RUN' });
  });

  it('is stopped when the run is', async () => {
    const path = await install('exec sleep 60');
    const job: K6Job = {
      ...{ name: 'load', protocol: 'grpc', target: '127.0.0.1:1', ratePerSecond: 1 },
      ...{ durationMs: 60_000, connections: 1, timeoutMs: 100 },
    };
    const reason = new Error('enough');
    const running = runK6(job, { path, version: '1.8.1' }, AbortSignal.abort(reason));
    await assert.rejects(running, reason);
    const controller = new AbortController();
    const later = runK6(job, { path, version: '1.8.1' }, controller.signal);
    setTimeout(() => controller.abort(reason), 200);
    await assert.rejects(later, reason);
  });
});
