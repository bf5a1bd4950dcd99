/** A report with every verdict, every optional part and hostile words, for the renderers' tests. */
import { countVerdicts, type Report, type ReportCase } from '../../../reports/model.js';

/** Words that break a renderer which trusts what a mesh says. */
export const HOSTILE = `<script>alert("x")</script> ]]> & '|\` \u0000\u001b[31m \ud800`;

function sampleCase(
  id: string,
  area: string,
  part: Partial<ReportCase> & Pick<ReportCase, 'verdict' | 'title'>,
): ReportCase {
  return {
    id,
    class: 'M',
    area,
    spec: { ref: 'access v1alpha3', phrase: 'all traffic is denied by default' },
    reason: 'both ends agree: 200 of 200 requests were refused and none reached a server',
    fidelity: 'native',
    durationMs: 1234.5,
    expectation: 'c1 cannot reach srv, while the control can',
    evidence: { file: `evidence/${id}.ndjson`, sha256: 'ab'.repeat(32) },
    ...part,
  };
}

const SKIPPED = { fidelity: 'unsupported' } as const;

export const SAMPLE_CASES: readonly ReportCase[] = [
  sampleCase('ACC-01', 'access', {
    title: 'Without a TrafficTarget nothing is allowed',
    verdict: 'pass',
    catches: ['default-allow'],
    convergence: { firstMs: 12.25, stableMs: 48.5 },
    statistics: [
      {
        name: 'leaks',
        test: 'zero-hits',
        unit: 'request',
        n: 2995,
        alpha: 0,
        power: 0.95,
        observed: { leaks: 0 },
        expected: { leaks: 0 },
        interval: { leaks: [0, 0.00123] },
        rejected: false,
      },
    ],
  }),
  sampleCase('ACC-03', 'access', {
    title: 'A source that is not listed is denied',
    verdict: 'fail',
    expectation: 'c2 is refused by srv while c1 is answered in the same second',
    reason: 'c2 was answered 200 times out of 200, and srv logged every one of these requests',
    spec: { ref: 'access v1alpha1-v1alpha3', phrase: 'not in the defined list of sources will be denied' },
    convergence: { firstMs: 9, stableMs: 31 },
    catches: ['ignore-sources'],
  }),
  sampleCase('ACC-21', 'access', {
    title: 'A TrafficTarget in the namespace of the client',
    class: 'A',
    verdict: 'recorded',
    variant: 'honoured (flag self-grant)',
    reason: 'the object was accepted and c1 was answered 50 times out of 50',
  }),
  sampleCase('SPC-02', 'specs', { title: 'A path is anchored at its beginning', verdict: 'pass', class: 'X' }),
  sampleCase('SPC-10', 'specs', {
    title: 'An object that the controller cannot decode hurts nobody else',
    verdict: 'error',
    reason: 'the proxy of pod srv-1 ended with exit code 139 before the change was applied',
  }),
  sampleCase('SPL-02', 'split', {
    title: 'Weights 70 and 30 are kept',
    verdict: 'fail',
    expectation: 'v1 answers 70 % and v2 30 % of 1000 requests, within the planned range',
    reason: 'v1 answered 50.4 %, expected 70 %: outside the accepted 649 to 748 of 1000',
    spec: { ref: 'split v1alpha4', phrase: 'Weights must be whole numbers' },
    statistics: [
      {
        name: 'share of each leaf',
        test: 'exact-binomial',
        unit: 'request',
        n: 1000,
        alpha: 0.001,
        power: 0.99,
        observed: { v1: 0.504, v2: 0.496 },
        expected: { v1: 0.7, v2: 0.3 },
        pValue: 1.2e-37,
        accept: { v1: [649, 748], v2: [252, 351] },
        interval: { v1: [0.451, 0.557], v2: [0.443, 0.549] },
        rejected: true,
      },
    ],
  }),
  sampleCase('SPL-07', 'split', {
    title: 'A weight of zero takes no traffic',
    verdict: 'inconclusive',
    reason: 'only 12 of 600 requests were answered: too few to decide',
  }),
  {
    ...sampleCase('MET-01', 'metrics', { title: 'TrafficMetrics are served', verdict: 'unsupported', ...SKIPPED }),
    reason: 'no metrics API is served',
  },
  sampleCase('CRD-35', 'crd', { title: `Hostile words ${HOSTILE}`, verdict: 'excluded', reason: HOSTILE }),
];

export function sampleReport(part: Partial<Report> = {}): Report {
  const cases = part.cases ?? SAMPLE_CASES;
  return {
    apiVersion: 'meshgauge.dev/v1alpha1',
    kind: 'Report',
    run: {
      id: 'r-2026-0304',
      startedAt: '2026-03-04T05:06:07.000Z',
      durationMs: 93_400,
      seed: 42,
      command: 'meshgauge run --mesh sample --env local --profile full --seed 42',
      profile: 'full',
    },
    harness: { version: '0.1.0', commit: 'abc1234' },
    environment: { name: 'local', os: 'linux', kernel: '6.1.0', cpus: 2, memoryBytes: 8 * 2 ** 30, node: 'v22.0.0' },
    mesh: { name: 'sample', version: '1.2.3', driver: 'sample', faults: ['ignore-sources'] },
    cases,
    summary: countVerdicts(cases),
    features: [
      { name: 'TrafficTarget', supported: false, cases: ['ACC-01', 'ACC-03'] },
      { name: 'HTTPRouteGroup', supported: true, cases: ['SPC-02'] },
    ],
    convergence: [
      {
        change: 'split-shift',
        proxies: 4,
        flips: 30,
        anyMs: { median: 11.2, low: 9.8, high: 13, p90: 19 },
        allMs: { median: 34.5, low: 30, high: 41, p90: 70.25 },
        mixWindowMs: 23.3,
        resolutionMs: 5,
        censored: 1,
        glitches: 0,
        nacks: 0,
      },
    ],
    overhead: [
      {
        arm: 'sample',
        against: 'none',
        rate: 500,
        quantile: 'p99',
        deltaMs: 1.84,
        lowMs: 1.31,
        highMs: 2.4,
        floorMs: 0.22,
        n: 40,
        outcome: 'slower',
      },
    ],
    exit: { code: 1, reason: '2 cases failed: ACC-03, SPL-02.' },
    timings: { install: 4200, cases: 81_000, teardown: 900 },
    ...part,
  };
}

/** A run that stopped before its first case. */
export function stoppedReport(): Report {
  const whole = sampleReport({ cases: [], features: [], convergence: [], overhead: [], timings: {} });
  return {
    ...whole,
    run: {
      ...whole.run,
      error: {
        code: 'E_DRIVER_INSTALL_TIMEOUT',
        message: 'sample was not ready within 60000 ms; last seen: 1 of 2 pods <pending>',
        hint: 'Look at the log of the control plane, or give it longer with --install-timeout.',
      },
    },
    exit: { code: 3, reason: 'The mesh could not be installed.' },
  };
}
