/** What an Envoy sidecar says of itself, for any mesh whose proxy has its admin interface on the pod's loopback. */
import { z } from 'zod';
import type { ProxyInfo } from '../../src/mesh/driver.js';
import type { Kube } from '../../src/kube/kube.js';
import { getPage, type Connect } from './admin.js';
import { CERTIFICATES_PAGE, parseCertificates } from './certificates.js';
import { CONFIG_DUMP_PAGE, parseConfigDump, type ConfigDump } from './config-dump.js';
import { subscriptionType, TYPE } from './resource-type.js';
import { parseStats, STATS_PAGE, type EnvoyStats } from './stats.js';

export interface EnvoyProxyRef {
  readonly kube: Pick<Kube, 'connect'>;
  readonly namespace: string;
  readonly pod: string;
  readonly adminPort: number;
}

const MEMORY_PAGE = '/memory';
/** 64-bit numbers are strings in Envoy's JSON. */
const MEMORY = z.object({ total_physical_bytes: z.coerce.number() });
const byNumberWithin = new Intl.Collator('en', { numeric: true });

/** @throws Error naming the page that could not be had. */
export async function readEnvoyProxy({ kube, namespace, pod, adminPort }: EnvoyProxyRef): Promise<ProxyInfo> {
  const connect: Connect = () => kube.connect({ namespace, pod }, adminPort);
  const [dump, statistics, certificates, memory] = (await Promise.all(
    [CONFIG_DUMP_PAGE, STATS_PAGE, CERTIFICATES_PAGE, MEMORY_PAGE].map((page) => getPage(connect, page)),
  )) as [string, string, string, string];
  const config = parseConfigDump(dump);
  const stats = parseStats(statistics);
  const rejected = findRejected(config, stats, Date.now());
  const residentBytes = MEMORY.parse(JSON.parse(memory)).total_physical_bytes;
  return {
    pod,
    namespace,
    certificates: parseCertificates(certificates),
    stats: stats.numbers,
    acknowledged: findAcknowledged(config, stats, rejected),
    rejected,
    // Zero where Envoy was built without an allocator that counts.
    ...(residentBytes > 0 ? { residentBytes } : {}),
  };
}

/** Counters and gauges alone. @throws Error naming the page that could not be had. */
export async function readEnvoyStats({
  kube,
  namespace,
  pod,
  adminPort,
}: EnvoyProxyRef): Promise<EnvoyStats['numbers']> {
  return parseStats(await getPage(() => kube.connect({ namespace, pod }, adminPort), STATS_PAGE)).numbers;
}

/**
 * The statistic is what was acknowledged. The dump knows it where a mesh drops statistics to save memory, but it shows the
 * version of listeners and clusters even when some of them were refused.
 */
function findAcknowledged(
  config: ConfigDump,
  stats: EnvoyStats,
  rejected: ProxyInfo['rejected'],
): Record<string, string> {
  const misleading: readonly string[] = rejected
    .map(({ type }) => type)
    .filter((type) => type === TYPE.listener || type === TYPE.cluster);
  const acknowledged: Record<string, string> = {};
  for (const [type, versions] of Object.entries(config.versions)) {
    if (misleading.includes(type)) continue;
    for (const version of versions) acknowledged[type] = newest(acknowledged[type], version);
  }
  const counted: Record<string, string> = {};
  for (const [name, version] of Object.entries(stats.texts)) {
    const type = subscriptionType(name, 'version_text');
    if (type !== undefined && version !== '') counted[type] = newest(counted[type], version);
  }
  return { ...acknowledged, ...counted };
}

/** Versions of control planes grow: numbers, or times with a number behind. */
function newest(known: string | undefined, version: string): string {
  return known !== undefined && byNumberWithin.compare(known, version) > 0 ? known : version;
}

/** Envoy gives its reasons for listeners only; of the rest it counts the refusals. */
function findRejected({ refusals }: ConfigDump, stats: EnvoyStats, readAt: number): ProxyInfo['rejected'] {
  const explained = new Set(refusals.map(({ type }) => type));
  const counted = Object.entries(stats.numbers).flatMap(([name, count]) => {
    const type = subscriptionType(name, 'update_rejected');
    const isNews = type !== undefined && count > 0 && !explained.has(type);
    return isNews ? [{ type, message: `${name}: ${count}`, at: readAt }] : [];
  });
  return [...refusals.map(({ type, message, at = readAt }) => ({ type, message, at })), ...counted];
}
