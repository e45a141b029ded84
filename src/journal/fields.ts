/**
 * Reads the members of a decoded array in order. Checksums say that bytes are as they were written; this says that they
 * mean something, so that a forged snapshot or a bug ends in `Damaged` and not in a half-made state.
 */
import { describe, type Place, unpack } from './format.ts';
import { Damaged } from './journal.ts';

export class Fields {
  readonly place: Place;
  readonly #values: readonly unknown[];
  #at = 0;

  constructor(value: unknown, place: Place) {
    this.place = place;
    if (!Array.isArray(value)) throw new Damaged(`${describe(place)}: not an array`);
    this.#values = value;
  }

  static of(payload: Uint8Array, place: Place): Fields {
    return new Fields(unpack(payload, place), place);
  }

  /** Are there more? */
  get more(): boolean {
    return this.#at < this.#values.length;
  }

  /** An integer from 0 to 2^53 - 1. */
  count(): number {
    const value = this.#values[this.#at++];
    if (!Number.isSafeInteger(value) || (value as number) < 0) this.#wrong('a count');
    return value as number;
  }

  countOrNull(): number | null {
    return this.#isNull() ? null : this.count();
  }

  text(): string {
    const value = this.#values[this.#at++];
    if (typeof value !== 'string') this.#wrong('a text');
    return value as string;
  }

  textOrNull(): string | null {
    return this.#isNull() ? null : this.text();
  }

  flag(): boolean {
    const value = this.#values[this.#at++];
    if (typeof value !== 'boolean') this.#wrong('a flag');
    return value as boolean;
  }

  /** A copy. */
  bytes(length: number): Uint8Array {
    const value = this.#values[this.#at++];
    if (!(value instanceof Uint8Array) || value.length !== length) this.#wrong(`${length} bytes`);
    return new Uint8Array(value as Uint8Array);
  }

  /** A copy, of any length. */
  anyBytes(): Uint8Array {
    const value = this.#values[this.#at++];
    if (!(value instanceof Uint8Array)) this.#wrong('bytes');
    return new Uint8Array(value as Uint8Array);
  }

  bytesOrNull(length: number): Uint8Array | null {
    return this.#isNull() ? null : this.bytes(length);
  }

  fields(): Fields {
    return new Fields(this.#values[this.#at++], this.place);
  }

  fieldsOrNull(): Fields | null {
    return this.#isNull() ? null : this.fields();
  }

  /** A nested array of counts. */
  counts(): number[] {
    const inner = this.fields();
    const all: number[] = [];
    while (inner.more) all.push(inner.count());
    return all;
  }

  /** Every member of a nested array. */
  each<T>(read: (fields: Fields) => T): T[] {
    const inner = this.fields();
    const all: T[] = [];
    while (inner.more) all.push(read(inner));
    return all;
  }

  /** A plain map, as `msgpackr` makes it. */
  map(): Readonly<Record<string, unknown>> {
    const value = this.#values[this.#at++];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#wrong('a map');
    return value as Record<string, unknown>;
  }

  /** Is the next one a text? */
  get isText(): boolean {
    return typeof this.#values[this.#at] === 'string';
  }

  /** Is the next one a number? */
  get isCount(): boolean {
    return typeof this.#values[this.#at] === 'number';
  }

  get isArray(): boolean {
    return Array.isArray(this.#values[this.#at]);
  }

  /** One of `names`, stored by its number. */
  oneOf<T>(names: readonly T[]): T {
    const number = this.count();
    if (number >= names.length) this.#wrong('a known code');
    return names[number] as T;
  }

  end(): void {
    if (this.more) throw new Damaged(`${describe(this.place)}: more members than expected`);
  }

  #isNull(): boolean {
    if (this.#values[this.#at] !== null) return false;
    this.#at += 1;
    return true;
  }

  #wrong(expected: string): never {
    throw new Damaged(`${describe(this.place)}: member ${this.#at - 1} is not ${expected}`);
  }
}
