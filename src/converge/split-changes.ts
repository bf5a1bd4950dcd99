/** Changes of a split: all traffic to one leaf, then all to the other; the pod that answers shows which one is in force. */
import type { ProbeRecord } from '../../fixtures/agent/protocol.js';
import { split } from '../cases/objects.js';
import { now } from '../run/clock.js';
import type { Lane } from '../run/lane.js';
import { applyChange } from './changes.js';
import { leafService, type Leaf } from './fixture.js';
import type { StreamSpec } from './probe-set.js';
import type { Applied, Flip, Scenario } from './scenario.js';
import type { Look } from './timeline.js';

const SPLIT = 'shift';
const PATH = '/converge';
const BRIEF = [['x-meshgauge-echo', 'brief']] as const;
const BURST = 10;

const other = (leaf: Leaf): Leaf => (leaf === 'a' ? 'b' : 'a');

/** Every client asks the root, through its own proxy, on connections that stay. */
export function splitStreams(lane: Lane, proxies: number): readonly StreamSpec[] {
  return Array.from({ length: proxies }, (_, index) => {
    const from = `c${index + 1}`;
    const request = lane.requestOf({ from, to: 'root:8080', protocol: 'http', path: PATH, headers: BRIEF });
    return { proxy: from, agent: lane.pod(from).agent, request, connections: 'reuse' };
  });
}

/** Pods of a leaf are called after it: `a`, and `a-…` for those that come and go. */
function answeredBy({ ok, server }: ProbeRecord, leaf: Leaf): boolean {
  return ok && (server === leaf || server?.startsWith(`${leaf}-`) === true);
}

export function lookAtSplit(record: ProbeRecord, to: Leaf): Look {
  if (answeredBy(record, to)) return 'new';
  return answeredBy(record, other(to)) ? 'old' : 'error';
}

/** How a split to one leaf is brought about; `weight` makes a change of it that nobody sees. */
export function splitTo(lane: Lane, leaf: Leaf, weight = 1): Promise<Applied> {
  return applyChange(lane, { put: [split(SPLIT, 'root', { [leafService(leaf)]: weight })] });
}

export async function unsplit(lane: Lane): Promise<void> {
  await applyChange(lane, { remove: [SPLIT] });
}

export interface ShiftOptions {
  readonly change: string;
  /** Brings the split to a leaf; default: one plain change. */
  readonly apply?: (to: Leaf, ready: () => Promise<void>) => Promise<Applied>;
  readonly begin?: () => Promise<void>;
  readonly end?: () => Promise<void>;
}

/** A→B and B→A by turns. */
export function shiftScenario(lane: Lane, proxies: number, options: ShiftOptions): Scenario {
  const { change } = options;
  const apply =
    options.apply ??
    (async (to: Leaf, ready: () => Promise<void>) => {
      await ready();
      return splitTo(lane, to);
    });
  let at: Leaf = 'a';
  return {
    changes: [change],
    streams: splitStreams(lane, proxies),
    begin: async () => {
      await splitTo(lane, at);
      await options.begin?.();
    },
    next: (): Flip => {
      const to = other(at);
      return {
        change,
        look: (_, record) => lookAtSplit(record, to),
        apply: (ready) => apply(to, ready),
        taken: () => {
          at = to;
        },
        revert: async () => void (await splitTo(lane, at)),
      };
    },
    end: async () => {
      await options.end?.();
      await unsplit(lane);
    },
  };
}

/** Ten changes at once, of which only the last can be seen: a control plane that waits for silence waits longest here. */
export function burstScenario(lane: Lane, proxies: number): Scenario {
  const apply = async (to: Leaf, ready: () => Promise<void>): Promise<Applied> => {
    await ready();
    let first: Applied | undefined;
    for (let weight = 2; weight <= BURST; weight += 1) {
      const applied = await splitTo(lane, other(to), weight);
      first ??= applied;
    }
    const last = await splitTo(lane, to);
    return {
      requestedAt: first?.requestedAt ?? last.requestedAt,
      acceptedAt: last.acceptedAt,
      ...(first === undefined ? {} : { firstAcceptedAt: first.acceptedAt }),
    };
  };
  return shiftScenario(lane, proxies, { change: 'burst', apply });
}

/** A service that did not exist, and the split to it: told apart from the leaf that answered before by its pod. */
export function newServiceScenario(lane: Lane, proxies: number): Scenario {
  const change = 'new-service';
  let made = 0;
  let current: string | undefined;
  const name = (): string => `late-${made}`;
  const service = (): Parameters<Lane['serviceSpec']>[0] => ({
    name: name(),
    selector: { leaf: 'b' },
    ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'http' }],
  });
  const backToOld = async (): Promise<Applied> => {
    const applied = await splitTo(lane, 'a');
    if (current !== undefined) await lane.env.api.deleteService(lane.namespace('ns1'), current);
    current = undefined;
    return applied;
  };
  return {
    changes: [change],
    streams: splitStreams(lane, proxies),
    begin: async () => void (await splitTo(lane, 'a')),
    next: (): Flip => {
      if (current !== undefined)
        return {
          change: undefined,
          look: (_, record) => lookAtSplit(record, 'a'),
          apply: backToOld,
          taken: () => undefined,
          revert: async () => undefined,
        };
      return {
        change,
        look: (_, record) => lookAtSplit(record, 'b'),
        apply: async (ready) => {
          made += 1;
          current = name();
          await ready();
          const requestedAt = now();
          await lane.env.api.applyService(lane.serviceSpec(service()));
          const { acceptedAt } = await applyChange(lane, { put: [split(SPLIT, 'root', { [name()]: 1 })] });
          return { requestedAt, acceptedAt };
        },
        taken: () => undefined,
        revert: async () => void (await backToOld()),
      };
    },
    end: async () => {
      await unsplit(lane);
      if (current !== undefined) await lane.env.api.deleteService(lane.namespace('ns1'), current);
    },
  };
}
