/**
 * Which group each request belongs to, and whether a server has seen it, in four bytes a request: ids are a prefix that many share
 * and a sequence number.
 */
const REACHED = 2 ** 31;
const LEAST_CAPACITY = 64;
/** Beyond it a number is not counting anything, and an id is a name. */
const MOST_SEQUENCE = 2 ** 24;

export class RequestTable {
  /** Groups count from 1; 0: never heard of. */
  readonly #pages = new Map<string, Uint32Array>();

  set(id: string, group: number): void {
    const { prefix, sequence } = splitId(id);
    this.#pageFor(prefix, sequence)[sequence] = group + 1;
  }

  get(id: string): number | undefined {
    const { prefix, sequence } = splitId(id);
    const entry = (this.#pages.get(prefix)?.[sequence] ?? 0) % REACHED;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Whether this is the first time that a server tells of it. */
  reach(id: string): boolean {
    const { prefix, sequence } = splitId(id);
    const page = this.#pageFor(prefix, sequence);
    const entry = page[sequence] ?? 0;
    if (entry >= REACHED) return false;
    page[sequence] = entry + REACHED;
    return true;
  }

  #pageFor(prefix: string, sequence: number): Uint32Array {
    const page = this.#pages.get(prefix) ?? new Uint32Array(sequence === 0 ? 1 : LEAST_CAPACITY);
    const wide = sequence < page.length ? page : widen(page, sequence);
    this.#pages.set(prefix, wide);
    return wide;
  }
}

function widen(page: Uint32Array, sequence: number): Uint32Array {
  const wide = new Uint32Array(Math.max(page.length * 2, sequence + 1));
  wide.set(page);
  return wide;
}

function splitId(id: string): { readonly prefix: string; readonly sequence: number } {
  const digits = /(?:0|[1-9]\d*)$/.exec(id)?.[0] ?? '';
  const sequence = Number(digits);
  // `a/07` is not `a/` and 7.
  const isName = digits === '' || sequence > MOST_SEQUENCE || /\d$/.test(id.slice(0, -digits.length));
  return isName ? { prefix: `${id} `, sequence: 0 } : { prefix: id.slice(0, -digits.length), sequence };
}
