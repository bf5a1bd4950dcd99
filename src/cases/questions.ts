/** Short builders for the questions of cases: allow, deny, observe, and samples of who answers. */
import { GRPC_METHOD } from '../../fixtures/agent/protocol.js';
import { planShares } from '../judge/sequential.js';
import { POWER, samplesForPresence, samplesForZeroHits } from '../judge/statistics.js';
import type { Cell, Expectation, Sample } from './case.js';

/** An allowed answer is asked for this often: one refusal among them is one too many. */
const ALLOW_COUNT = 5;
/** A denial is asked for this often: a leak of 21 % or more is found with probability 0.99. */
export const DENY_COUNT = 20;
/** Zero of 459 bounds a leak to 1 % at 99 % confidence. */
export const LEAK_COUNT = samplesForZeroHits(0.01);

type Ask = Partial<Pick<Cell, 'method' | 'path' | 'headers' | 'count' | 'way' | 'protocol' | 'over'>>;

export const allow = (from: string, to: string, ask: Ask = {}): Cell => cell('allow', from, to, ask, ALLOW_COUNT);
export const deny = (from: string, to: string, ask: Ask = {}): Cell => cell('deny', from, to, ask, DENY_COUNT);
export const observe = (from: string, to: string, ask: Ask = {}): Cell => cell('observe', from, to, ask, ALLOW_COUNT);

function cell(expect: Cell['expect'], from: string, to: string, ask: Ask, count: number): Cell {
  const protocol = ask.protocol ?? 'http';
  const request = protocol === 'tcp' || protocol === 'udp' ? protocol : `${ask.method ?? 'GET'} ${ask.path ?? '/'}`;
  const headers = (ask.headers ?? []).map(([name, value]) => ` ${name}=${value}`).join('');
  const dialect = ['http', 'tcp', 'udp'].includes(protocol) ? '' : ` (${protocol})`;
  const way = ask.way === undefined ? '' : ` by ${ask.way}`;
  const over = ask.over === undefined ? '' : ` over ${ask.over}`;
  return {
    key: `${from} → ${to} ${request}${headers}${dialect}${over}${way}`,
    from,
    to,
    count,
    expect,
    ...ask,
    protocol,
  };
}

/** Enough connections that no proxy-side pool decides the outcome, few enough for two cores. */
const CONNECTIONS = 16;

type Draw = Partial<Pick<Sample, 'from' | 'protocol' | 'connections' | 'authority' | 'path' | 'headers'>> & {
  readonly key?: string;
};

/** Test of shares; `weights` need not add up to anything. n is planned for a shift of `delta` on any of the shares, and is the most that is asked. */
export function shares(
  to: string,
  weights: Readonly<Record<string, number>>,
  options: Draw & { groups: Sample['groups']; delta?: number },
): Sample {
  return ratio('shares', to, weights, options);
}

/** The negative control of `shares`: the very same test on the very same n must reject. */
export function notShares(
  to: string,
  weights: Readonly<Record<string, number>>,
  options: Draw & { groups: Sample['groups']; delta?: number },
): Sample {
  return ratio('not-shares', to, weights, options);
}

function ratio(
  kind: 'shares' | 'not-shares',
  to: string,
  weights: Readonly<Record<string, number>>,
  options: Draw & { groups: Sample['groups']; delta?: number },
): Sample {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  const wanted = Object.fromEntries(Object.entries(weights).map(([backend, weight]) => [backend, weight / total]));
  const delta = options.delta ?? 0.05;
  const n = Math.max(...planShares(wanted, delta).map((plan) => plan.n));
  return draw(to, n, { kind, shares: wanted, delta, power: POWER }, options);
}

/** Only these backends may answer: zero hits on all others, a leak of 1 % is found with probability 0.99. */
export function only(
  to: string,
  backends: readonly string[],
  options: Draw & { groups: Sample['groups']; n?: number },
): Sample {
  return draw(to, options.n ?? LEAK_COUNT, { kind: 'only', backends }, options);
}

/** Each of these backends answers at least once; half an equal share would be missed with probability 1e-4 at most. */
export function all(to: string, backends: readonly string[], options: Draw & { groups: Sample['groups'] }): Sample {
  return draw(to, samplesForPresence(1 / (2 * backends.length)), { kind: 'all', backends }, options);
}

/** A small share is neither lost nor inflated. */
export function present(
  to: string,
  backend: string,
  share: number,
  options: Draw & { groups: Sample['groups'] },
): Sample {
  return draw(to, samplesForPresence(share), { kind: 'present', backend, share }, options);
}

function draw(to: string, n: number, expect: Expectation, options: Draw & { groups: Sample['groups'] }): Sample {
  const { from = 'c1', protocol, authority, groups, headers } = options;
  const path = options.path ?? (protocol === 'grpc' ? GRPC_METHOD : undefined);
  const dialect = protocol === undefined ? '' : ` (${protocol})`;
  const key = options.key ?? `${from} → ${to}${dialect}${authority === undefined ? '' : ` as ${authority}`}`;
  const connections = options.connections ?? (protocol === 'h2c' || protocol === 'grpc' ? 1 : CONNECTIONS);
  return {
    key,
    from,
    to,
    n,
    connections,
    groups,
    expect,
    ...(protocol === undefined ? {} : { protocol }),
    ...(authority === undefined ? {} : { authority }),
    ...(path === undefined ? {} : { path }),
    ...(headers === undefined ? {} : { headers }),
  };
}
