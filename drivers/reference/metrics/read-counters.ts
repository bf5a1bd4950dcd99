/** Reads what proxies were told to count. */
import type { Histogram } from '../../../src/metrics/histogram.js';
import { countOf } from '../../../src/metrics/histogram.js';
import type { Account, ClientCount, Counted, Named, TrafficReading } from '../../../src/metrics/traffic.js';
import { DETAILED, parseHistograms } from '../../envoy/histograms.js';
import { parseStats } from '../../envoy/stats.js';
import { escapeRegex } from '../resources/conditions.js';
import { COUNTER, HISTOGRAM, PREFIX, STATUS_TAG, TAGS } from './counters.js';

type Side = keyof typeof TAGS;

const FILTER = encodeURIComponent(`^(${Object.values(PREFIX).map(escapeRegex).join('|')})\\.`);
const PAGE = `/stats?format=json&usedonly&${DETAILED}&filter=${FILTER}`;
/** Histograms are added up when the page is asked for, and may be told without it. */
const MOST_LOOKS = 5;
const PER_SECOND = 1_000_000;
const STATUS_NAMES = Object.keys(STATUS_TAG);

export interface CounterOptions {
  readonly proxy: Named;
  readonly get: (page: string) => Promise<string>;
  /** The pod with this address. */
  readonly podAt: (address: string) => Named | undefined;
}

/** Looks again until the latencies of all that was counted at the first look are there. */
export async function readCounters(options: CounterOptions): Promise<TrafficReading> {
  const first = parseCounters(await options.get(PAGE), options);
  let last = first;
  for (let look = 1; look < MOST_LOOKS && latencies(last) < requests(first); look += 1)
    last = parseCounters(await options.get(PAGE), options);
  return last;
}

/** @throws ZodError when the page is not what Envoy answers */
export function parseCounters(page: string, { proxy, podAt }: Omit<CounterOptions, 'get'>): TrafficReading {
  const { numbers } = parseStats(page);
  const histograms = parseHistograms(page, PER_SECOND);
  const clients = collect('client', numbers, histograms).map(({ tags, ...counted }): ClientCount => {
    const [route = '', cluster = '', host = ''] = tags;
    const pod = podAt(host.replace(/:\d+$/, ''));
    const service = named(/^out\|http\|([^|]+)\|/.exec(cluster)?.[1]);
    const called = named(route.replace(/:\d+$/, ''));
    return {
      side: 'client',
      from: proxy,
      to: { ...(pod === undefined ? {} : { pod }), ...(service === undefined ? {} : { service }) },
      ...(called === undefined ? {} : { called }),
      ...counted,
    };
  });
  const servers = collect('server', numbers, histograms).map(({ tags: [peer = ''], ...counted }) => {
    const from = accountOf(peer);
    return { side: 'server' as const, to: proxy, ...(from === undefined ? {} : { from }), ...counted };
  });
  return { proxy, counts: [...clients, ...servers] };
}

interface Tagged extends Counted {
  readonly tags: readonly string[];
}

/** One for each combination of tags, the status left out. */
function collect(
  side: Side,
  numbers: Readonly<Record<string, number>>,
  histograms: ReadonlyMap<string, Histogram>,
): Tagged[] {
  const tags = Object.keys(TAGS[side]);
  const counter = pattern(`${PREFIX[side]}.${COUNTER}`, [...tags, ...STATUS_NAMES]);
  const histogram = pattern(`${PREFIX[side]}.${HISTOGRAM}`, tags);
  const found = new Map<string, { tags: readonly string[]; success: number; failure: number; latency: Histogram }>();
  const at = (values: readonly string[]) => {
    const key = JSON.stringify(values);
    const known = found.get(key) ?? { tags: values, success: 0, failure: 0, latency: [] };
    found.set(key, known);
    return known;
  };
  for (const [name, count] of Object.entries(numbers)) {
    const values = counter.exec(name)?.slice(1);
    if (values === undefined) continue;
    const known = at(values.slice(0, -1));
    if (isSuccess(Number(values.at(-1)))) known.success += count;
    else known.failure += count;
  }
  for (const [name, latency] of histograms) {
    const values = histogram.exec(name)?.slice(1);
    if (values !== undefined) at(values).latency = latency;
  }
  return [...found.values()];
}

/** 0 stands for no answer at all. */
function isSuccess(status: number): boolean {
  return status > 0 && status < 500;
}

/** Values may hold anything but the name of the tag after them. */
function pattern(name: string, tags: readonly string[]): RegExp {
  return new RegExp(`^${escapeRegex(name)}${tags.map((tag) => `\\.${escapeRegex(tag)}\\.(.*)`).join('')}$`);
}

/** `NAME.NAMESPACE`. */
function named(text: string | undefined): Named | undefined {
  const [, name, namespace] = /^([^.]+)\.([^.]+)$/.exec(text ?? '') ?? [];
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

function accountOf(identity: string): Account | undefined {
  const [, namespace, serviceAccount] = /\/ns\/([^/]+)\/sa\/([^/,]+)$/.exec(identity) ?? [];
  return namespace === undefined || serviceAccount === undefined ? undefined : { namespace, serviceAccount };
}

function requests({ counts }: TrafficReading): number {
  return counts.reduce((sum, { success, failure }) => sum + success + failure, 0);
}

function latencies({ counts }: TrafficReading): number {
  return counts.reduce((sum, { latency }) => sum + countOf(latency), 0);
}
