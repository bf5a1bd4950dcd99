/** Judges who answered: shares by exact test, zero weights by zero hits, small weights by presence. Counted at the server that answered. */
import type { Phase, Sample } from '../cases/case.js';
import { signatures, type Exchange, type Exchanges } from './exchanges.js';
import { invalid, unmet, type Finding } from './findings.js';
import {
  ALPHA,
  POWER,
  intraClassCorrelation,
  samplesForZeroHits,
  testPresence,
  testShare,
  testZeroHits,
} from './statistics.js';
import { isDecided, isWatched, PARTS, plansOf, testShareSequentially } from './sequential.js';
import type { Statistic } from './verdict.js';

/** More failed requests than this and the sample, not the split, is at fault. */
const MAX_ERROR_RATE = 0.005;
/** Above this a connection sticks to its first choice: requests are no independent draws. */
const STICKY = 0.2;

export interface ShareFindings {
  readonly findings: readonly Finding[];
  readonly statistics: readonly Statistic[];
}

export function judgeSamples(phase: Phase, exchanges: Exchanges): ShareFindings {
  const parts = (phase.samples ?? []).map((sample) => {
    const { findings, statistics } = judgeSample(phase, sample, exchanges);
    const unit = sample.protocol === 'tcp' ? 'connection' : 'request';
    return { findings, statistics: statistics.map((statistic) => ({ ...statistic, unit }) as const) };
  });
  return {
    findings: parts.flatMap(({ findings }) => findings),
    statistics: parts.flatMap(({ statistics }) => statistics),
  };
}

function judgeSample(phase: Phase, sample: Sample, exchanges: Exchanges): ShareFindings {
  const seen = exchanges.of(phase.name, sample.key);
  const where = `${phase.name}: ${describeSample(sample)}`;
  const answered = seen.filter(({ outcome }) => outcome === 'allow');
  const failed = seen.filter(({ outcome }) => outcome !== 'allow');
  if (seen.length < (isWatched(sample) ? 1 : sample.n))
    return { findings: [invalid(`${where}: ${seen.length} of ${sample.n} requests are on record`)], statistics: [] };
  if (failed.length > MAX_ERROR_RATE * seen.length) {
    const message = `${where}: ${failed.length} of ${seen.length} requests failed (${signatures(failed)}), no share can be told from such a sample`;
    return {
      findings: [
        sample.expect.kind === 'shares' || sample.expect.kind === 'not-shares'
          ? invalid(message)
          : unmet(phase, exchanges, message),
      ],
      statistics: [],
    };
  }
  const hits = countByGroup(sample, answered);
  const outside = hits.get(undefined) ?? 0;
  if (outside > 0)
    return {
      findings: [unmet(phase, exchanges, `${where}: ${outside} answers came from pods outside the backends`)],
      statistics: [],
    };
  // Once all were asked there is no more to come, though a few of them may have failed.
  const most = seen.length < sample.n ? sample.n : answered.length;
  const statistics = testsOf({ ...sample, n: most }, hits, answered.length);
  if (statistics === undefined) {
    const message = `${where}: ${seen.length} of ${sample.n} requests are on record, too few to decide`;
    return { findings: [invalid(message)], statistics: [] };
  }
  const sticky = stickiness(sample, answered);
  const message = messageOf(sample, statistics, where, answered.length);
  if (message === undefined) return { findings: [], statistics };
  // Independent draws are the ground of a share, not of a zero: one forbidden answer needs no statistics.
  if (sticky !== undefined && sample.expect.kind !== 'only') {
    return {
      findings: [
        invalid(
          `${where}: the choice sticks to the connection (correlation ${sticky.toFixed(2)}), ${sample.connections} connections are too few to judge the share`,
        ),
      ],
      statistics,
    };
  }
  return { findings: [unmet(phase, exchanges, message)], statistics };
}

/** Its key, which alone may not say who asks whom. */
function describeSample({ key, from, to }: Sample): string {
  const route = `${from} → ${to}`;
  return key.startsWith(route) ? key : `${route} (${key})`;
}

/** Undefined when a sample that is judged while it is drawn ended before it had decided. */
function testsOf(sample: Sample, hits: Map<string | undefined, number>, n: number): Statistic[] | undefined {
  const count = (backend: string): number => hits.get(backend) ?? 0;
  const { expect } = sample;
  if (!isDecided(sample, { n, hits: count })) return undefined;
  switch (expect.kind) {
    case 'shares':
    case 'not-shares': {
      // Once one share is rejected the others need not have decided.
      const tests = plansOf(sample).flatMap(
        (plan) => testShareSequentially(plan.backend, { hits: count(plan.backend), n }, plan) ?? [],
      );
      const silent = Object.keys(expect.shares).filter((backend) => expect.shares[backend] === 0);
      return [...tests, ...silent.map((backend) => testNothing(backend, count(backend), n))];
    }
    case 'only':
      return Object.keys(sample.groups)
        .filter((backend) => !expect.backends.includes(backend))
        .map((backend) => testNothing(backend, count(backend), n));
    case 'all':
      return expect.backends.map((backend) =>
        testPresence(
          backend,
          { hits: count(backend), n },
          { p: 1 / (2 * expect.backends.length), alpha: ALPHA, power: POWER },
        ),
      );
    case 'present': {
      const counts = { hits: count(expect.backend), n };
      return [
        testPresence(expect.backend, counts, { p: expect.share, alpha: ALPHA, power: POWER }),
        // It may have ended after any of its parts.
        testShare(expect.backend, counts, { p0: expect.share, alpha: ALPHA / PARTS, power: POWER }),
      ];
    }
  }
}

function messageOf(sample: Sample, statistics: readonly Statistic[], where: string, n: number): string | undefined {
  const rejected = statistics.filter((statistic) => statistic.rejected);
  if (sample.expect.kind === 'not-shares') {
    return rejected.length > 0
      ? undefined
      : `${where}: ${words(statistics)} still fits ${JSON.stringify(sample.expect.shares)}, which nothing asks for any more`;
  }
  if (rejected.length === 0) return undefined;
  return `${where}: ${words(rejected)} of ${n} answers`;
}

function words(statistics: readonly Statistic[]): string {
  return statistics
    .map(({ observed, expected, test, pValue }) =>
      Object.keys(observed)
        .map((key) =>
          `${key} answered ${percent(observed[key])}, expected ${test === 'presence' ? 'some of' : ''} ${percent(expected[key])}`.replace(
            '  ',
            ' ',
          ),
        )
        .join(', ')
        .concat(pValue === undefined || test === 'presence' ? '' : ` (p = ${pValue.toExponential(1)})`),
    )
    .join('; ');
}

const percent = (share: number | undefined): string => `${((share ?? 0) * 100).toFixed(2)} %`;

const testNothing = (backend: string, hits: number, n: number): Statistic =>
  testZeroHits(backend, { hits, n }, { rate: leakBound(n), power: POWER });

/** The leak rate that n samples without a hit exclude with the usual power. */
function leakBound(n: number): number {
  let rate = 0.05;
  while (samplesForZeroHits(rate) < n && rate > 1e-5) rate *= 0.9;
  return rate;
}

function countByGroup(sample: Sample, answered: readonly Exchange[]): Map<string | undefined, number> {
  const { expect } = sample;
  // A share is tested among the backends it names: an answer from any other group is as foreign as one from nowhere.
  const counted = Object.entries(sample.groups).filter(
    ([backend]) => expect.kind !== 'shares' || backend in expect.shares,
  );
  const groupOf = new Map(counted.flatMap(([backend, pods]) => pods.map((pod) => [pod, backend] as const)));
  const hits = new Map<string | undefined, number>();
  for (const exchange of answered) {
    // Where nothing may arrive, a copy of a request counts as much as the request.
    const pods = expect.kind === 'only' ? new Set(exchange.servers.map(({ pod }) => pod)) : [answeringPod(exchange)];
    for (const pod of pods) {
      const backend = groupOf.get(pod);
      hits.set(backend, (hits.get(backend) ?? 0) + 1);
    }
  }
  return hits;
}

/** The server that answered: the one the client heard of, among those that logged the request. */
function answeringPod({ client, servers }: Exchange): string {
  return (servers.find(({ pod }) => pod === client.server) ?? servers[0])?.pod ?? '';
}

/** Set when the answers cluster by connection. */
function stickiness(sample: Sample, answered: readonly Exchange[]): number | undefined {
  const byConnection = new Map<string, string[]>();
  for (const exchange of answered) {
    // Each part of a sample opens its connections anew; what comes before the number of a request names the part.
    const { id, conn = 0 } = exchange.client;
    const connection = `${id.slice(0, id.lastIndexOf('/'))}#${conn}`;
    const pods = byConnection.get(connection) ?? [];
    pods.push(answeringPod(exchange));
    byConnection.set(connection, pods);
  }
  const [first] = Object.values(sample.groups);
  const correlation = intraClassCorrelation(
    [...byConnection.values()].map((pods) => pods.map((pod) => first?.includes(pod) ?? false)),
  );
  return correlation !== undefined && correlation > STICKY ? correlation : undefined;
}
