/** Granting access and taking it away: each server proxy is asked by a client of its own, on connections of their own. */
import type { ProbeRecord } from '../../fixtures/agent/protocol.js';
import { CannotExpress } from '../cases/context.js';
import { http, target } from '../cases/objects.js';
import type { Lane } from '../run/lane.js';
import { applyChange } from './changes.js';
import { CLIENT_ACCOUNT, SERVER_ACCOUNT } from './fixture.js';
import type { StreamSpec } from './probe-set.js';
import type { Flip, Scenario } from './scenario.js';
import type { Look } from './timeline.js';

const GRANT = 'granted';
const PATH = '/converge';
const BRIEF = [['x-meshgauge-echo', 'brief']] as const;
type Answer = Pick<ProbeRecord, 'ok' | 'status' | 'error'>;

const REFUSED_IN_WORDS = [401, 403];

function accessStreams(lane: Lane, proxies: number): readonly StreamSpec[] {
  return Array.from({ length: proxies }, (_, index) => {
    const [from, to] = [`c${index + 1}`, `s${index + 1}`];
    const request = lane.requestOf({ from, to: `${to}:8080`, protocol: 'http', path: PATH, headers: BRIEF });
    return { proxy: to, agent: lane.pod(from).agent, request, connections: 'new' };
  });
}

/**
 * What a refusal looks like differs between meshes: a status, a connection that is reset. Learned from the state in which nothing
 * is granted, so that a server that is merely down is not taken for one that refuses in words.
 */
export class Refusals {
  readonly #known = new Set<string>();

  learn(answers: readonly Answer[]): void {
    for (const answer of answers) if (!answer.ok) this.#known.add(signature(answer));
  }

  look(record: Answer, to: 'allow' | 'deny'): Look {
    if (record.ok) return to === 'allow' ? 'new' : 'old';
    const refused = REFUSED_IN_WORDS.includes(record.status ?? 0) || this.#known.has(signature(record));
    if (!refused) return 'error';
    return to === 'deny' ? 'new' : 'old';
  }
}

const signature = ({ status, error }: Answer): string => (status === undefined ? (error ?? '') : `status ${status}`);

/** deny→allow and allow→deny by turns, beginning with nothing granted. */
export function accessScenario(lane: Lane, proxies: number): Scenario {
  const refusals = new Refusals();
  const streams = accessStreams(lane, proxies);
  let granted = false;
  const grant = target(GRANT, { to: SERVER_ACCOUNT, from: [CLIENT_ACCOUNT], rules: [http('any', 'any')] });
  const become = (allow: boolean) => applyChange(lane, allow ? { put: [grant] } : { remove: [GRANT] });
  return {
    changes: ['allow', 'deny'],
    streams,
    begin: async () => {
      const asked = streams.map(({ agent, request, proxy }) =>
        agent.batch({
          idPrefix: `refusal/${proxy}/`,
          items: [{ cell: 'refusal', count: 5, spec: request }],
          concurrency: 1,
          connections: 'new',
        }),
      );
      const answers = (await Promise.all(asked)).flat();
      if (answers.every(({ ok }) => ok)) throw new CannotExpress('nothing is refused where nothing is granted');
      refusals.learn(
        answers.map(({ ok, status, error }) => ({
          ok,
          ...(status === undefined ? {} : { status }),
          ...(error === undefined ? {} : { error: error.code }),
        })),
      );
    },
    next: (): Flip => {
      const change = granted ? 'deny' : 'allow';
      return {
        change,
        look: (_, record) => refusals.look(record, change),
        apply: async (ready) => {
          await ready();
          return become(!granted);
        },
        taken: () => {
          granted = !granted;
        },
        revert: async () => void (await become(granted)),
      };
    },
    end: async () => void (await become(false)),
  };
}
