/** A small world for the metrics API: two clients, two pods of one deployment behind a service, one pod in another namespace. */
import { createTopology, type Topology, type TopologyPod } from '../../../src/metrics/topology.js';
import type { ClientCount, Counted, Named, ServerCount, TrafficCount } from '../../../src/metrics/traffic.js';
import type { Picture } from '../../../src/metrics/aggregate.js';
import type { TrafficSplit } from '../../../src/smi/model.js';

const NOW = Date.parse('2026-11-23T12:00:30.000Z');
const WINDOW_MS = 30_000;

const pod = (namespace: string, name: string, rest: Partial<TopologyPod> = {}): TopologyPod => ({
  ...{ namespace, name, serviceAccount: name, labels: { app: name }, node: 'node-1', owners: [] },
  ...rest,
});

const WEB: Partial<TopologyPod> = {
  serviceAccount: 'web',
  labels: { app: 'web' },
  owners: [
    { type: 'replicasets', name: 'web-1' },
    { type: 'deployments', name: 'web' },
  ],
};

export const SPLIT: TrafficSplit = {
  kind: 'TrafficSplit',
  metadata: { name: 'canary', namespace: 'shop' },
  service: 'root.shop',
  backends: [
    { service: 'stable', weight: 90 },
    { service: 'fresh', weight: 10 },
  ],
};

export const TOPOLOGY: Topology = createTopology({
  pods: [
    pod('shop', 'c1'),
    pod('shop', 'c2'),
    pod('shop', 'web-a', WEB),
    pod('shop', 'web-b', { ...WEB, node: 'node-2' }),
    pod('bank', 'c1'),
  ],
  services: [{ namespace: 'shop', name: 'web', labels: { team: 'shop' }, selector: { app: 'web' } }],
  others: [{ type: 'jobs', namespace: 'shop', name: 'nightly', labels: {} }],
  splits: [SPLIT],
});

export const name = (text: string): Named => {
  const [namespace = '', rest = ''] = text.split('/');
  return { namespace, name: rest };
};

/** So many successes of so many milliseconds, and failures beside them. */
export const counted = (success: number, failure = 0, ms = 10): Counted => ({
  ...{ success, failure },
  latency: [{ low: ms / 1_000, high: (ms * 1.1) / 1_000, count: success + failure }],
});

export const client = (from: string, to: string, of: Counted, rest: Partial<ClientCount> = {}): ClientCount => ({
  ...{ side: 'client', from: name(from), to: { pod: name(to) } },
  ...of,
  ...rest,
});

/** @param from a service account, or nobody in particular */
export const server = (to: string, of: Counted, from?: string): ServerCount => {
  const { namespace, name: serviceAccount } = name(from ?? '');
  return {
    side: 'server',
    to: name(to),
    ...(from === undefined ? {} : { from: { namespace, serviceAccount } }),
    ...of,
  };
};

export const picture = (...counts: readonly TrafficCount[]): Picture => ({
  window: { from: NOW - WINDOW_MS, to: NOW, counts },
  topology: TOPOLOGY,
});
