/** The highest rate at which a mesh keeps a promise, by halving, and confirmed. */

/** `pX` of all requests answered within `limitMs`. */
export interface Slo {
  readonly quantile: string;
  readonly q: number;
  readonly limitMs: number;
}

/** `p99=20ms`, `p99.9=0.5s`; undefined for anything else. */
export function parseSlo(text: string): Slo | undefined {
  const [, percent, amount, unit] = /^p(\d{1,2}(?:\.\d+)?)=(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  if (percent === undefined || amount === undefined) return undefined;
  const limitMs = Number(amount) * (unit === 's' ? 1000 : 1);
  const q = Number((Number(percent) / 100).toFixed(6));
  return q > 0 && limitMs > 0 ? { quantile: `p${percent}`, q, limitMs } : undefined;
}

/** What one look at a rate said; `unknown`: the machine was disturbed, which says nothing about the mesh. */
export type Probe = 'met' | 'missed' | 'unknown';

export interface SearchOptions {
  readonly low: number;
  readonly high: number;
  readonly probe: (perSecond: number) => Promise<Probe>;
  readonly confirmations?: number;
  /** The search ends when what is left is this share of the rate. */
  readonly resolution?: number;
}

export type SearchResult =
  | { readonly kind: 'found'; readonly perSecond: number }
  | { readonly kind: 'none'; readonly lowest: number }
  | { readonly kind: 'unknown'; readonly perSecond: number };

/** A disturbed look is taken again, so often. */
const LOOKS = 3;

/** Whole rates. A rate counts only once it has been met again `confirmations` times in a row. */
export async function searchRate(options: SearchOptions): Promise<SearchResult> {
  const { confirmations = 3, resolution = 0.05 } = options;
  const lowest = Math.max(1, Math.floor(options.low));
  const first = await lookAt(options.probe, lowest);
  if (first !== 'met') return first === 'missed' ? { kind: 'none', lowest } : { kind: 'unknown', perSecond: lowest };
  let top = Math.max(lowest, Math.ceil(options.high));
  for (;;) {
    let bottom = lowest;
    while (top - bottom > Math.max(1, resolution * top)) {
      const middle = Math.floor((bottom + top) / 2);
      const seen = await lookAt(options.probe, middle);
      if (seen === 'unknown') return { kind: 'unknown', perSecond: middle };
      if (seen === 'met') bottom = middle;
      else top = middle;
    }
    const confirmed = await confirm(options.probe, bottom, confirmations);
    if (confirmed === 'met') return { kind: 'found', perSecond: bottom };
    if (confirmed === 'unknown') return { kind: 'unknown', perSecond: bottom };
    if (bottom === lowest) return { kind: 'none', lowest };
    // Met once and then missed: the promise is kept below.
    top = bottom;
  }
}

async function confirm(probe: SearchOptions['probe'], perSecond: number, times: number): Promise<Probe> {
  for (let count = 0; count < times; count += 1) {
    const seen = await lookAt(probe, perSecond);
    if (seen !== 'met') return seen;
  }
  return 'met';
}

async function lookAt(probe: SearchOptions['probe'], perSecond: number): Promise<Probe> {
  let seen: Probe = 'unknown';
  for (let look = 0; look < LOOKS && seen === 'unknown'; look += 1) seen = await probe(perSecond);
  return seen;
}
