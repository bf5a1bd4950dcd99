/** Clients of a benchmark as indexed Jobs, where one agent cannot offer the load: every arm has a fleet of its own, that sends as one. */
import type { MeasureJob, MeasureResult, MeasuredWindow } from '../../fixtures/agent/protocol.js';
import { encodeHistogram } from '../load/histogram.js';
import { measureTogether, startFleet, type Fleet, type JobsResult } from '../load/jobs.js';
import type { Pod } from '../mesh/driver.js';
import type { MeshSession } from '../run/mesh-session.js';
import { clusterFor, podTemplate, type PodMaker } from './pod-template.js';

export interface JobsSetting {
  /** Of each arm. */
  readonly agents: number;
  readonly image: string;
}

export const JOBS: PodMaker = { code: 'E_LOAD_JOBS', needs: 'Jobs need' };
/** Longer than any benchmark; the fleet ends with it, and by itself when nobody is left to end it. */
const LIFETIME_MS = 4 * 3_600_000;

export class Fleets implements AsyncDisposable {
  readonly #fleets = new Map<string, Fleet>();

  private constructor() {}

  /** A fleet beside each of these pods, as its mesh would have it. @throws HarnessError E_LOAD_JOBS */
  static async start(
    { env, mesh }: MeshSession,
    clients: readonly Pod[],
    { agents, image }: JobsSetting,
    signal: AbortSignal,
  ): Promise<Fleets> {
    const { kube, labels } = clusterFor(JOBS, env);
    const fleets = new Fleets();
    try {
      for (const pod of clients) {
        const fleet = await startFleet({
          ...{ kube, agents, image, labels, signal, lifetimeMs: LIFETIME_MS },
          ...(await podTemplate(JOBS, mesh, pod)),
        });
        fleets.#fleets.set(keyOf(pod), fleet);
      }
      return fleets;
    } catch (error) {
      await fleets[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The pods that send for this one. */
  podsOf(pod: Pod): readonly Pod[] {
    return this.#fleetOf(pod).agents.map(({ pod: name, ip }) => ({ ...pod, name, ip, dir: '' }));
  }

  async measure(pod: Pod, job: MeasureJob, signal: AbortSignal): Promise<MeasureResult> {
    return asOne(await measureTogether(this.#fleetOf(pod).agents, job, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#fleets.values()].map((fleet) => fleet[Symbol.asyncDispose]()));
  }

  #fleetOf(pod: Pod): Fleet {
    const fleet = this.#fleets.get(keyOf(pod));
    if (fleet === undefined) throw new Error(`no fleet for ${keyOf(pod)}`);
    return fleet;
  }
}

const keyOf = ({ namespace, name }: Pod): string => `${namespace}/${name}`;

/** What one agent would have answered that had sent it all. */
export function asOne({ merged, perAgent }: JobsResult): MeasureResult {
  const starts = perAgent.map(({ result, clockAheadMs }) => result.startedAt - clockAheadMs);
  const windows = merged.map(({ recording, ...window }, index): MeasuredWindow => {
    const { response, service, sendLag, ...counts } = recording;
    const own = perAgent.flatMap(({ result, clockAheadMs }) => {
      const { startedAt = NaN, endedAt = NaN } = result.windows[index] ?? {};
      return [{ startedAt: startedAt - clockAheadMs, endedAt: endedAt - clockAheadMs }];
    });
    return {
      ...window,
      ...counts,
      startedAt: Math.min(...own.map(({ startedAt }) => startedAt)),
      endedAt: Math.max(...own.map(({ endedAt }) => endedAt)),
      response: encodeHistogram(response),
      service: encodeHistogram(service),
      sendLag: encodeHistogram(sendLag),
    };
  });
  const usages = perAgent.map(({ result }) => result.usage);
  return {
    windows,
    startedAt: Math.min(...starts),
    usage: {
      cpuUs: usages.reduce((sum, { cpuUs }) => sum + cpuUs, 0),
      residentBytes: usages.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
      at: Math.max(...usages.map(({ at }) => at)),
    },
  };
}
