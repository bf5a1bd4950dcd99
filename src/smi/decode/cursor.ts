import { describeValue } from '../problem.js';
import type { FieldPath, FieldProblem } from '../problem.js';
import { parseQuantity, toNumber } from '../quantity.js';

/**
 * A place in an untrusted manifest. Reading never throws: a wrong value is noted as a problem and replaced by an empty one, so that one
 * pass finds everything. Paths are put together only when there is a problem, which keeps reading stored objects cheap.
 */
export class Cursor {
  readonly value: unknown;
  readonly #problems: FieldProblem[] | null;
  readonly #parent: Cursor | null;
  readonly #key: string | number;

  private constructor(value: unknown, problems: FieldProblem[] | null, parent: Cursor | null, key: string | number) {
    this.value = value;
    this.#problems = problems;
    this.#parent = parent;
    this.#key = key;
  }

  /** Starts at the root of a manifest; problems are appended to the given list. */
  static root(value: unknown, problems: FieldProblem[]): Cursor {
    return new Cursor(value, problems, null, '');
  }

  /** Null counts as absent, as it does for Kubernetes' own optional fields. */
  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  get path(): FieldPath {
    return this.#parent === null ? [] : [...this.#parent.path, this.#key];
  }

  /** The field of an object. Fields of something that is no object are absent and make no noise: their parent is the problem. */
  at(key: string): Cursor {
    const { value } = this;
    if (!isObject(value)) return new Cursor(undefined, null, this, key);
    return new Cursor(Object.hasOwn(value, key) ? value[key] : undefined, this.#problems, this, key);
  }

  /** This cursor, after noting a problem unless it is an object. */
  object(): this {
    if (!isObject(this.value)) this.expected('an object');
    return this;
  }

  string(): string {
    return typeof this.value === 'string' ? this.value : this.expected('a text', '');
  }

  optionalString(): string | undefined {
    return this.isAbsent ? undefined : this.string();
  }

  integer(): number {
    return typeof this.value === 'number' && Number.isInteger(this.value)
      ? this.value
      : this.expected('a whole number', 0);
  }

  optionalInteger(): number | undefined {
    return this.isAbsent ? undefined : this.integer();
  }

  /** A Kubernetes Quantity in units of 1: a number or a text such as `500m`. */
  quantity(): number {
    if (typeof this.value === 'number' && Number.isFinite(this.value)) return this.value;
    const quantity = typeof this.value === 'string' ? parseQuantity(this.value) : null;
    const amount = quantity === null ? Number.NaN : toNumber(quantity);
    return Number.isFinite(amount) ? amount : this.expected('a Quantity such as 1, 500m or 2k', 0);
  }

  list<T>(read: (item: Cursor) => T): T[] {
    if (!Array.isArray(this.value)) return this.expected('a list', []);
    return this.value.map((item: unknown, index) => read(new Cursor(item, this.#problems, this, index)));
  }

  optionalList<T>(read: (item: Cursor) => T): T[] | undefined {
    return this.isAbsent ? undefined : this.list(read);
  }

  /** The fields of an object whose keys are data, in the order written. */
  entries<T>(read: (key: string, value: Cursor) => T): T[] {
    return Object.keys(isObject(this.value) ? this.value : {}).map((key) => read(key, this.at(key)));
  }

  optionalStringMap(): Record<string, string> | undefined {
    if (this.isAbsent) return undefined;
    return Object.fromEntries(this.object().entries((key, value) => [key, value.string()]));
  }

  /** Notes that something else was expected here, and hands back the replacement. */
  expected<T>(what: string, replacement: T): T;
  expected(what: string): undefined;
  expected<T>(what: string, replacement?: T): T | undefined {
    const message = this.isAbsent
      ? `is missing: ${what} is required`
      : `must be ${what}, not ${describeValue(this.value)}`;
    this.#problems?.push({
      path: this.path,
      rule: `${what} is required`,
      message,
      hint: `give ${what}`,
      severity: 'error',
    });
    return replacement;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
