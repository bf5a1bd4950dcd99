/** Proxies that are named one by one, without a cluster: `shop/web-1@127.0.0.1:15000`, or a Unix socket instead of host and port. */
import { connect } from 'node:net';
import { AdminPages } from '../../drivers/envoy/admin.js';
import { readEnvoyTraffic } from '../../drivers/envoy/traffic.js';
import { badInput } from '../errors/harness-error.js';
import type { EnvoyStatistics } from '../mesh/driver.js';
import { readAll } from '../metrics/read-all.js';
import { createTopology } from '../metrics/topology.js';
import type { Named } from '../metrics/traffic.js';
import type { MetricsGround } from './metrics.js';

export interface GivenProxy {
  readonly pod: Named;
  /** At which other proxies reach the pod; absent: they are not known to. */
  readonly address?: string;
  readonly admin: { readonly path: string } | { readonly host: string; readonly port: number };
}

const FORM = /^(?:([^/,@]+)\/)?([^/,@]+)(?:,([^,@]+))?@(.+)$/;
const LOOPBACK = /^(127\.|localhost$|::1$)/;

/** @throws HarnessError E_PROXY_OPTION that names every one that is wrong */
export function parseProxies(texts: readonly string[]): readonly GivenProxy[] {
  const read = texts.map((text) => ({ text, proxy: parseProxy(text) }));
  const wrong = read.flatMap(({ text, proxy }) => (proxy === undefined ? [text] : []));
  if (wrong.length > 0)
    throw badInput(
      'E_PROXY_OPTION',
      `--proxy ${wrong.join(', ')} names no proxy`,
      'write it as --proxy NAMESPACE/POD@HOST:PORT, or NAMESPACE/POD,ADDRESS@/path/of/socket with the address of the pod',
    );
  return read.flatMap(({ proxy }) => (proxy === undefined ? [] : [proxy]));
}

function parseProxy(text: string): GivenProxy | undefined {
  const [, namespace = 'default', name, given, admin = ''] = FORM.exec(text) ?? [];
  const [, host, port] = /^(.+):(\d+)$/.exec(admin) ?? [];
  if (name === undefined || (!admin.startsWith('/') && host === undefined)) return undefined;
  const address = given ?? (host === undefined || LOOPBACK.test(host) ? undefined : host);
  return {
    pod: { namespace, name },
    ...(address === undefined ? {} : { address }),
    admin: admin.startsWith('/') ? { path: admin } : { host: host ?? '', port: Number(port) },
  };
}

/** Nothing is known of resources but the pods that were named. */
export function openGivenProxies(proxies: readonly GivenProxy[], statistics: EnvoyStatistics): MetricsGround {
  const pages = proxies.map(({ admin }) => new AdminPages(async () => connect(admin)));
  const podAt = (address: string) => proxies.find((proxy) => proxy.address === address)?.pod;
  const topology = createTopology({
    pods: proxies.map(({ pod }) => ({ ...pod, labels: {}, serviceAccount: pod.name, node: 'unknown', owners: [] })),
    services: [],
    splits: [],
  });
  return {
    read: () =>
      readAll(
        proxies.map(
          ({ pod }, index) =>
            () =>
              readEnvoyTraffic({
                proxy: pod,
                get: (page) => pages[index]!.get(page),
                readCluster: (name) => statistics.readCluster(name),
                podAt,
              }),
        ),
      ),
    topology: () => topology,
    what: `traffic metrics of ${proxies.map(({ pod }) => `${pod.namespace}/${pod.name}`).join(', ')}`,
    [Symbol.dispose]: () => pages.forEach((one) => one[Symbol.dispose]()),
  };
}
