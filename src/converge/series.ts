/** One series of changes: settle, wait a random while, change, watch; the watch of one change ends where the next begins. */
import type { ProbeRecord } from '../../fixtures/agent/protocol.js';
import type { InstalledMesh, Pod } from '../mesh/driver.js';
import { now } from '../run/clock.js';
import { pause } from '../run/pause.js';
import { AcknowledgementWatch, compareWithProxy, readUpdates, type WhiteBox } from './cross-check.js';
import { readFlip, type FlipOutcome, type InvalidFlip } from './flip-outcome.js';
import type { MeasurementsFile } from './measurements.js';
import { nextStretch, Pace, PACE } from './pace.js';
import { ProbeSet } from './probe-set.js';
import type { Applied, Flip, Scenario } from './scenario.js';
import { midpoint } from '../statistics/survival.js';
import type { FlipTimeline } from './timeline.js';
import { Watcher } from './watcher.js';

export interface SeriesOptions {
  readonly scenario: Scenario;
  /** How often each of its changes is made. */
  readonly flips: number;
  readonly deadlineMs: number;
  /** The longest pause before a change; uniform from 0. */
  readonly phaseMs: number;
  readonly random: () => number;
  readonly mesh: InstalledMesh;
  /** The pods whose proxies are watched. */
  readonly pods: readonly Pod[];
  readonly file: MeasurementsFile;
  readonly signal: AbortSignal;
  onFlip(flip: MeasuredFlip): void;
}

export interface MeasuredFlip {
  readonly change: string;
  /** Absent: the change was not made, as what it begins from was not in force. */
  readonly applied?: Applied;
  readonly reading: FlipOutcome | InvalidFlip;
  /** All proxies had acknowledged something new, after acceptance. */
  readonly acknowledgedMs?: number;
  readonly whiteBox: readonly WhiteBox[];
  /** Of the traffic beside the probes. */
  readonly trafficErrors: number;
  /** While the control plane was away. */
  readonly outage?: { readonly durationMs: number; readonly probes: number; readonly answered: number };
}

/** After so many changes of one kind in a row that did not come, the rest is not tried. */
const GIVE_UP_AFTER = 3;
const POLL_MS = { fine: 20, coarse: 40 } as const;
/** Kept from before a change, so that it shows what the change began from, however slow the answers are. */
const LEAD_MS = 2_000;
/** The last change is watched on for so long. */
const TAIL_MS = 500;
/** So many changes of a series are compared with what proxies say of themselves. */
const WHITE_BOX_FLIPS = 10;
/** A proxy that shows a change has acknowledged it, but the answer may still be on its way. */
const LATE_ACKNOWLEDGEMENT_MS = 300;
const NOT_SETTLED = 'the state before the change was not in force on every proxy';

interface Watched {
  readonly flip: Flip & { readonly change: string };
  readonly applied: Applied;
  readonly whiteBox: ReadonlyMap<string, number>;
  readonly acknowledgedAt: number | undefined;
}

export class Series {
  readonly #options: SeriesOptions;
  readonly #probes: ProbeSet;
  readonly #traffic: ProbeSet | undefined;
  readonly #left: Map<string, number>;
  readonly #misses = new Map<string, number>();
  readonly #floors = new Map<string, number>();
  readonly #acknowledgements: AcknowledgementWatch;
  #stretch = 1;
  /** What was sent before belongs to the change before. */
  #settledAt = 0;
  #watched: Watched | undefined;
  #number = 0;

  private constructor(options: SeriesOptions, probes: ProbeSet, traffic: ProbeSet | undefined) {
    this.#options = options;
    this.#probes = probes;
    this.#traffic = traffic;
    this.#left = new Map(options.scenario.changes.map((change) => [change, options.flips]));
    this.#acknowledgements = new AcknowledgementWatch(options.mesh, probes.proxies);
  }

  /** Leaves the lane as it was found, whatever happens. */
  static async run(options: SeriesOptions): Promise<void> {
    const { scenario } = options;
    try {
      await scenario.begin();
      await using probes = await ProbeSet.open(scenario.streams, 'probe');
      await using traffic =
        scenario.traffic === undefined ? undefined : await ProbeSet.open(scenario.traffic, 'traffic');
      await new Series(options, probes, traffic).#run();
    } catch (error) {
      // What went wrong first is what to tell, whatever follows from it.
      await scenario.end().catch(() => undefined);
      throw error;
    }
    await scenario.end();
  }

  async #run(): Promise<void> {
    const { scenario, random, phaseMs, signal } = this.#options;
    while (this.#isWanted()) {
      signal.throwIfAborted();
      const flip = scenario.next();
      if (flip.change !== undefined && this.#hasGivenUp(flip.change)) break;
      const isSettled = await this.#settle(flip);
      await pause(random() * phaseMs, signal);
      await this.#finish();
      if (flip.change === undefined || (this.#left.get(flip.change) ?? 0) <= 0) {
        // Made for the sake of the next one.
        if (!(await this.#pass(flip))) break;
        continue;
      }
      this.#left.set(flip.change, (this.#left.get(flip.change) ?? 0) - 1);
      const isTaken = isSettled && (await this.#make({ ...flip, change: flip.change }));
      if (!isSettled)
        this.#options.onFlip({
          change: flip.change,
          reading: { invalid: NOT_SETTLED },
          whiteBox: [],
          trafficErrors: 0,
        });
      if (isTaken) flip.taken();
      else {
        await this.#finish();
        await flip.revert();
      }
      this.#misses.set(flip.change, isTaken ? 0 : (this.#misses.get(flip.change) ?? 0) + 1);
    }
    await this.#settleLast();
  }

  #isWanted(): boolean {
    return [...this.#left].some(([change, left]) => left > 0 && !this.#hasGivenUp(change));
  }

  #hasGivenUp(change: string): boolean {
    return (this.#misses.get(change) ?? 0) >= GIVE_UP_AFTER;
  }

  /** Waits until every proxy shows the state that the change begins from. */
  async #settle(flip: Flip): Promise<boolean> {
    const watcher = new Watcher(flip, this.#probes.proxies.length, 'old');
    const isSettled = await this.#follow(watcher, (fresh) =>
      fresh.forEach((records, stream) => flip.learn?.(stream, records)),
    );
    this.#settledAt = watcher.stableSince;
    return isSettled;
  }

  /** A change that is not measured. */
  async #pass(flip: Flip): Promise<boolean> {
    await flip.apply(async () => undefined);
    const isTaken = await this.#follow(new Watcher(flip, this.#probes.proxies.length, 'new'));
    if (isTaken) flip.taken();
    return isTaken;
  }

  async #follow(
    watcher: Watcher,
    see: (fresh: readonly (readonly ProbeRecord[])[]) => void = () => undefined,
  ): Promise<boolean> {
    const { deadlineMs, signal } = this.#options;
    for (const end = now() + deadlineMs; ;) {
      const fresh = await this.#probes.poll();
      see(fresh);
      watcher.see(fresh);
      if (watcher.isStable) return true;
      if (now() > end) return false;
      await pause(POLL_MS.coarse, signal);
    }
  }

  /** Makes the change and watches until every proxy shows it, or the deadline passes. */
  async #make(flip: Watched['flip']): Promise<boolean> {
    const { mesh, pods, scenario, signal } = this.#options;
    const streams = this.#probes.proxies.length;
    const floorMs = this.#floors.get(flip.change);
    const connections = scenario.streams[0]?.connections ?? 'reuse';
    const stretch = this.#stretch;
    const pace = new Pace({ streams, connections, stretch, ...(floorMs === undefined ? {} : { floorMs }) });
    const watcher = new Watcher(flip, streams, 'new');
    const over = new AbortController();
    const acknowledgement =
      scenario.isDisturbed === true
        ? { done: undefined }
        : await this.#acknowledgements.begin(AbortSignal.any([signal, over.signal]));
    const applied = await flip.apply(() => this.#probes.retime(pace.firstGapMs));
    const isTaken = await this.#watch(watcher, pace, applied.acceptedAt);
    await this.#probes.retime(PACE.coarseGapMs);
    await Promise.race([acknowledgement.done, pause(LATE_ACKNOWLEDGEMENT_MS, signal)]);
    over.abort();
    const isLooked = isTaken && scenario.isDisturbed !== true && this.#number < WHITE_BOX_FLIPS;
    this.#watched = {
      flip,
      applied,
      whiteBox: isLooked ? await readUpdates(mesh, pods) : new Map(),
      acknowledgedAt: await acknowledgement.done,
    };
    return isTaken;
  }

  async #watch(watcher: Watcher, pace: Pace, acceptedAt: number): Promise<boolean> {
    const { deadlineMs, signal } = this.#options;
    for (;;) {
      watcher.see(await this.#probes.poll());
      if (watcher.isStable) return true;
      const sinceMs = now() - acceptedAt;
      if (sinceMs > deadlineMs) return false;
      const { seenAt } = watcher;
      await this.#probes.retime(pace.gapAt(sinceMs, seenAt === undefined ? undefined : seenAt - acceptedAt));
      await pause(this.#probes.gapMs < PACE.coarseGapMs ? POLL_MS.fine : POLL_MS.coarse, signal);
    }
  }

  /** The last change is watched for as long as any other: until the one after it could begin. */
  async #settleLast(): Promise<void> {
    if (this.#watched === undefined) return;
    await pause(TAIL_MS, this.#options.signal);
    await this.#finish();
  }

  /** Ends the watch of the last change, and tells what came of it. */
  async #finish(): Promise<void> {
    await Promise.all([this.#probes.poll(), this.#traffic?.poll()]);
    const endedAt = now();
    const watched = this.#watched;
    this.#watched = undefined;
    if (watched !== undefined) this.#report(watched, endedAt);
    for (const set of [this.#probes, this.#traffic]) set?.forget(Math.max(endedAt - LEAD_MS, this.#settledAt));
  }

  #report({ flip, applied, whiteBox, acknowledgedAt }: Watched, endedAt: number): void {
    const { requestedAt, acceptedAt, downSince } = applied;
    const timeline = this.#timeline(flip, applied, endedAt);
    const reading = readFlip(timeline);
    this.#number += 1;
    this.#stretch = nextStretch(this.#stretch, medianAnswer(timeline, 'fine'), medianAnswer(timeline, 'coarse'));
    this.#options.file.write({ kind: 'flip', flip: this.#number, change: flip.change, ...applied, endedAt }, timeline);
    const traffic = (this.#traffic?.records() ?? []).flat();
    const outage = downSince === undefined ? {} : { outage: availability(timeline, downSince, requestedAt) };
    if ('any' in reading && reading.any.high !== Infinity) {
      const seenMs = midpoint(reading.any);
      this.#floors.set(flip.change, Math.min(seenMs, this.#floors.get(flip.change) ?? Infinity));
    }
    this.#options.onFlip({
      change: flip.change,
      applied,
      reading,
      ...(acknowledgedAt === undefined ? {} : { acknowledgedMs: acknowledgedAt - acceptedAt }),
      whiteBox:
        'any' in reading
          ? reading.proxies.flatMap((events) => compareWithProxy(events, whiteBox.get(events.proxy), requestedAt) ?? [])
          : [],
      trafficErrors: traffic.filter(({ t, ok }) => !ok && t >= requestedAt && t <= endedAt).length,
      ...outage,
    });
  }

  #timeline(flip: Flip, { requestedAt, acceptedAt }: Applied, endedAt: number): FlipTimeline {
    const { proxies } = this.#probes;
    const records = this.#probes.records();
    return {
      requestedAt,
      acceptedAt,
      endedAt,
      proxies: records.map((own, stream) => ({
        proxy: proxies[stream] ?? '',
        probes: own.map((record) => ({
          t: record.t,
          ms: record.ms,
          look: flip.look(stream, record),
          gapMs: record.gapMs,
        })),
      })),
    };
  }
}

/** How much of the traffic was answered while the control plane was away. */
function availability({ proxies }: FlipTimeline, from: number, to: number): NonNullable<MeasuredFlip['outage']> {
  const probes = proxies.flatMap((one) => one.probes).filter(({ t }) => t >= from && t < to);
  return {
    durationMs: to - from,
    probes: probes.length,
    answered: probes.filter(({ look }) => look !== 'error').length,
  };
}

function medianAnswer({ proxies }: FlipTimeline, pace: 'fine' | 'coarse'): number | undefined {
  const probes = proxies
    .flatMap((one) => one.probes)
    .filter(({ gapMs }) => gapMs < PACE.coarseGapMs === (pace === 'fine'));
  const sorted = probes.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
