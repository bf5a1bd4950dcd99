/** How often to ask while a change is awaited: seldom until it may come, often while it comes, and never more than the machine bears. */

export interface PaceOptions {
  /** Streams that share the budget. */
  readonly streams: number;
  readonly connections: 'new' | 'reuse';
  /** The fine gap is so many times as wide as the budget allows, where the machine bears no more. */
  readonly stretch: number;
  /** The fastest effect seen so far, in milliseconds after acceptance; unknown before the first. */
  readonly floorMs?: number;
}

export const PACE = {
  coarseGapMs: 20,
  /** The finest gap of one stream. */
  finestGapMs: 1,
  /** Over all streams; a connection costs more than a request. */
  probesPerSecond: { reuse: 2_000, new: 1_000 },
  fineForMs: 2_000,
  /** Share of the floor after which the change may come. */
  floorShare: 0.8,
  /** It takes the agents so long to hear of another gap: what comes sooner is awaited in fine steps from the start. */
  reachMs: 60,
} as const;

export class Pace {
  readonly fineGapMs: number;
  readonly #fineFromMs: number | undefined;

  constructor({ streams, connections, stretch, floorMs }: PaceOptions) {
    const gapMs = Math.max(PACE.finestGapMs, (streams * 1_000) / PACE.probesPerSecond[connections]);
    this.fineGapMs = Math.min(PACE.coarseGapMs, stretch * gapMs);
    this.#fineFromMs = floorMs === undefined ? undefined : PACE.floorShare * floorMs - PACE.reachMs;
  }

  /** The gap before the change is asked for. */
  get firstGapMs(): number {
    return this.#fineFromMs !== undefined && this.#fineFromMs <= 0 ? this.fineGapMs : PACE.coarseGapMs;
  }

  /** The gap `sinceMs` after acceptance, when a first new answer was seen `seenMs` after it (undefined: not yet). */
  gapAt(sinceMs: number, seenMs: number | undefined): number {
    const isFine = (fromMs: number | undefined): boolean =>
      fromMs !== undefined && sinceMs >= fromMs && sinceMs <= Math.max(0, fromMs) + PACE.fineForMs;
    return isFine(this.#fineFromMs) || isFine(seenMs) ? this.fineGapMs : PACE.coarseGapMs;
  }
}

/** Fine probing that makes answers slower measures itself: the gap is widened before the next change, and narrowed again. */
const SLOWER = { widenAt: 2, narrowAt: 1.3, graceMs: 0.5, most: 16 } as const;

/** From how long answers took at the fine gap and at the coarse one, both as medians; undefined: there were none. */
export function nextStretch(stretch: number, fineMs: number | undefined, coarseMs: number | undefined): number {
  if (fineMs === undefined || coarseMs === undefined) return stretch;
  if (fineMs > SLOWER.widenAt * coarseMs + SLOWER.graceMs) return Math.min(SLOWER.most, stretch * 2);
  return fineMs < SLOWER.narrowAt * coarseMs + SLOWER.graceMs ? Math.max(1, stretch / 2) : stretch;
}
