/**
 * Who asked whom, as far as an Envoy tells it unasked: its statistics of each cluster, which stands for a service or for the app
 * beside it, and of each of the cluster's endpoints. Of endpoints it tells no latencies, so that those of their service stand in.
 */
import { z } from 'zod';
import type { Counted, Named, TrafficCount, TrafficReading } from '../../src/metrics/traffic.js';
import type { ClusterMeaning } from '../../src/mesh/driver.js';
import { DETAILED, parseHistograms } from './histograms.js';
import { parseStats } from './stats.js';

/** What is read of each cluster; an Envoy may have been told to keep none of it. */
export const CLUSTER_STATISTICS = ['2xx', '3xx', '4xx', '5xx', 'time'].map((what) => `upstream_rq_${what}`);

const NAMES = `(?:${CLUSTER_STATISTICS.join('|')})`;
const FILTER = encodeURIComponent(`^cluster\\..+\\.${NAMES}$`);
const TRAFFIC_PAGES = [`/stats?format=json&usedonly&${DETAILED}&filter=${FILTER}`, '/clusters?format=json'] as const;

/** Envoy writes times of requests in milliseconds. */
const PER_SECOND = 1_000;
const STAT = new RegExp(`^cluster\\.(.+)\\.${NAMES}$`);
/** Some of the statistics of a cluster stand once more below it, by origin. */
const COPY = /\.(?:external|internal|canary)$/;

/** Numbers that are zero are left out, and 64-bit ones are strings. */
const CLUSTERS = z.object({
  cluster_statuses: z
    .array(
      z.object({
        name: z.string(),
        /** Under which statistics of the cluster are kept. */
        observability_name: z.string().optional(),
        host_statuses: z
          .array(
            z.object({
              address: z.object({ socket_address: z.object({ address: z.string() }).optional() }).default({}),
              stats: z.array(z.object({ name: z.string(), value: z.coerce.number().default(0) })).default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

export interface EnvoyTrafficOptions {
  /** The pod that the proxy stands beside. */
  readonly proxy: Named;
  readonly get: (page: string) => Promise<string>;
  readonly readCluster: (name: string) => ClusterMeaning | undefined;
  /** The pod with this address. */
  readonly podAt: (address: string) => Named | undefined;
}

/** @throws Error naming the page that could not be had */
export async function readEnvoyTraffic(options: EnvoyTrafficOptions): Promise<TrafficReading> {
  const [stats = '', clusters = ''] = await Promise.all(TRAFFIC_PAGES.map((page) => options.get(page)));
  return parseEnvoyTraffic(stats, clusters, options);
}

/** @throws ZodError when the pages are not what Envoy answers */
export function parseEnvoyTraffic(
  stats: string,
  clusters: string,
  { proxy, readCluster, podAt }: Omit<EnvoyTrafficOptions, 'get'>,
): TrafficReading {
  const counted = countClusters(stats);
  const hosts = new Map(
    CLUSTERS.parse(JSON.parse(clusters)).cluster_statuses.map(
      ({ name, observability_name: observed = name, host_statuses }) => [statName(observed), host_statuses],
    ),
  );
  const counts = [...counted].flatMap(([name, total]): TrafficCount[] => {
    const meaning = readCluster(name);
    if (meaning === undefined) return [];
    if (meaning.kind === 'app') return [{ side: 'server', to: proxy, ...total }];
    const byPod = (hosts.get(name) ?? []).flatMap(({ address, stats: own }): TrafficCount[] => {
      const pod = podAt(address.socket_address?.address ?? '');
      const value = (stat: string): number => own.find((one) => one.name === stat)?.value ?? 0;
      if (pod === undefined) return [];
      const { latency } = total;
      return [
        { side: 'client', from: proxy, to: { pod }, success: value('rq_success'), failure: value('rq_error'), latency },
      ];
    });
    return [{ side: 'client', from: proxy, to: { service: meaning.service }, ...total }, ...byPod];
  });
  return { proxy, counts };
}

/** By name of the cluster, as statistics spell it. */
function countClusters(page: string): ReadonlyMap<string, Counted> {
  const { numbers } = parseStats(page);
  const histograms = parseHistograms(page, PER_SECOND);
  const names = new Set(
    [...Object.keys(numbers), ...histograms.keys()].flatMap((stat) => {
      const [, name = ''] = STAT.exec(stat) ?? [];
      return name === '' || COPY.test(name) ? [] : [name];
    }),
  );
  return new Map(
    [...names].map((name) => {
      const of = (statuses: string): number => numbers[`cluster.${name}.upstream_rq_${statuses}`] ?? 0;
      return [
        name,
        {
          success: of('2xx') + of('3xx') + of('4xx'),
          failure: of('5xx'),
          latency: histograms.get(`cluster.${name}.upstream_rq_time`) ?? [],
        },
      ];
    }),
  );
}

/** Statistics have no colons in their names. */
function statName(cluster: string): string {
  return cluster.replaceAll(':', '_');
}
