/**
 * Regular expressions that need no regular expression: those that mean a few texts, beginnings or endings, which is all that an
 * AuthorizationPolicy can compare with. Expressions are anchored at both ends.
 */

/** A set of texts in the words of an AuthorizationPolicy. */
export type Wildcard =
  { readonly kind: 'any' } | { readonly kind: 'exact' | 'prefix' | 'suffix'; readonly text: string };

/** More alternatives than this are better said as the expression they are. */
const MAX_ALTERNATIVES = 32;
/** Stands for `.*`; no character that `read` takes as a literal. */
const ANYTHING = '\0';

/** Thrown inside the parser for everything it leaves to a real expression engine, broken expressions among them. */
class Beyond extends Error {}

/** The wildcards whose union is exactly what the expression matches in full, or undefined when there are none. */
export function toWildcards(regex: string): readonly Wildcard[] | undefined {
  try {
    const alternatives = new Reader(withoutOuterAnchors(regex)).read();
    return alternatives.map(toWildcard);
  } catch (error) {
    if (error instanceof Beyond) return undefined;
    throw error;
  }
}

/** In a match of the whole text the outer anchors say nothing. */
function withoutOuterAnchors(regex: string): string {
  const start = regex.startsWith('^') ? 1 : 0;
  const backslashes = /\\*(?=\$$)/.exec(regex)?.[0].length;
  return regex.slice(start, backslashes !== undefined && backslashes % 2 === 0 ? -1 : undefined);
}

function toWildcard(sequence: string): Wildcard {
  if (sequence === ANYTHING) return { kind: 'any' };
  const places = sequence.split(ANYTHING);
  const [before = '', after = ''] = places;
  if (places.length === 1) return { kind: 'exact', text: before };
  if (places.length === 2 && after === '') return { kind: 'prefix', text: before };
  if (places.length === 2 && before === '') return { kind: 'suffix', text: after };
  throw new Beyond();
}

/** Recursive descent; every part is the list of sequences it can stand for. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): readonly string[] {
    const alternatives = this.#alternation();
    if (this.#at < this.#text.length) throw new Beyond();
    return [...new Set(alternatives)];
  }

  #alternation(): string[] {
    const alternatives = this.#sequence();
    while (this.#take('|')) alternatives.push(...this.#sequence());
    return bounded(alternatives);
  }

  #sequence(): string[] {
    let sequences = [''];
    while (this.#at < this.#text.length && !'|)'.includes(this.#next)) {
      const parts = this.#repeated();
      sequences = bounded(
        sequences.flatMap((left) => parts.map((right) => (left + right).replaceAll(ANYTHING + ANYTHING, ANYTHING))),
      );
    }
    return sequences;
  }

  #repeated(): string[] {
    const parts = this.#atom();
    const all = this.#take('?') ? ['', ...parts] : parts;
    if ('?*+{'.includes(this.#next)) throw new Beyond();
    return all;
  }

  #atom(): string[] {
    const character = this.#take();
    switch (character) {
      case '.':
        if (!this.#take('*')) throw new Beyond();
        if (this.#next === '?') throw new Beyond();
        return [ANYTHING];
      case '(':
        return this.#group();
      case '[':
        return this.#characterClass();
      case '\\':
        return [this.#escaped()];
      default:
        if ('^$*+?{})]'.includes(character)) throw new Beyond();
        return [literal(character)];
    }
  }

  #group(): string[] {
    if (this.#take('?') && !this.#take(':')) throw new Beyond();
    const alternatives = this.#alternation();
    if (!this.#take(')')) throw new Beyond();
    return alternatives;
  }

  /** Letters and digits, and ranges of them; whatever could mean something else is left alone. */
  #characterClass(): string[] {
    const body = /^((?:[0-9A-Za-z]-[0-9A-Za-z]|[0-9A-Za-z_./])+)\]/.exec(this.#text.slice(this.#at))?.[1];
    if (body === undefined) throw new Beyond();
    this.#at += body.length + 1;
    const members = [...body.matchAll(/(.)-(.)|(.)/g)].flatMap(([, from, to, single]) =>
      single === undefined ? range(from ?? '', to ?? '') : [single],
    );
    return bounded([...new Set(members)]);
  }

  #escaped(): string {
    const character = this.#take();
    if (!/^[!-/:-@[-`{-~]$/.test(character)) throw new Beyond();
    return character;
  }

  get #next(): string {
    // A character that is never looked for, where the text has ended.
    return this.#text[this.#at] ?? '\n';
  }

  #take(): string;
  #take(wanted: string): boolean;
  #take(wanted?: string): string | boolean {
    if (wanted !== undefined && this.#next !== wanted) return false;
    const character = this.#next;
    this.#at += 1;
    return wanted === undefined ? character : true;
  }
}

function literal(character: string): string {
  if (!/^[ -~]$/.test(character)) throw new Beyond();
  return character;
}

function range(from: string, to: string): string[] {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)];
  if (first > last) throw new Beyond();
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCharCode(first + index)).map((one) => {
    if (!/^[0-9A-Za-z]$/.test(one)) throw new Beyond();
    return one;
  });
}

function bounded(alternatives: string[]): string[] {
  if (alternatives.length > MAX_ALTERNATIVES) throw new Beyond();
  return alternatives;
}
