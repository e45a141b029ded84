/**
 * Answered commands on their way to the archive, found by their keys. Thousands wait there for seconds: as bytes and not
 * as objects, of which each would be several that every young collection meanwhile looks at and copies.
 *
 * | offset | bytes | |
 * |---|---|---|
 * | 0 | 16 | key |
 * | 16 | 16 | body's hash |
 * | 32 | 8 | time |
 * | 40 | 8 | position |
 * | 48 | 2 | length of the answer |
 * | 50 | | the answer, as in a row of the log |
 */
import type { Answer, Position, Remembered } from './entry.ts';
import { sameBytes } from './format.ts';
import { decodeAnswer, encodeAnswer } from './format-command.ts';
import { commandKey, firstBits, idBytes } from './keys.ts';

/** Such commands one behind the other, in memory of their own. */
export type PackedCommands = Uint8Array;
export const noCommands: PackedCommands = new Uint8Array(0);

export interface AnsweredCommand {
  readonly key: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly at: number;
  readonly position: Position;
  readonly answer: Answer;
}

const [hashAt, timeAt, positionAt, lengthAt, answerAt] = [idBytes, 2 * idBytes, 40, 48, 50] as const;
/** Room for this many to begin with, and for their answers. */
const firstCommands = 256;
const usualBytes = answerAt + 14;

export class AnsweredCommands {
  #bytes: Buffer = Buffer.allocUnsafeSlow(firstCommands * usualBytes);
  #end = 0;
  #size = 0;
  /** By the first bits of the key, or in the next free place behind: where a command begins, and one more; 0 = free. */
  #places = new Uint32Array(2 * firstCommands);

  static of(commands: Iterable<{ at: number; position: Position; command: Remembered }>): AnsweredCommands {
    const made = new AnsweredCommands();
    for (const { at, position, command } of commands)
      made.add(commandKey(command.person, command.id), at, position, command);
    return made;
  }

  get size(): number {
    return this.#size;
  }

  /** The one that was added first. */
  get oldest(): AnsweredCommand | null {
    return this.#size === 0 ? null : read(this.#bytes, 0);
  }

  /** `key`: of the command's person and id. One that is there already stays the one that is found. */
  add(
    key: Uint8Array,
    at: number,
    position: Position,
    { bodyHash, answer }: Pick<Remembered, 'bodyHash' | 'answer'>,
  ): void {
    const encoded = encodeAnswer(answer, at);
    const from = this.#end;
    this.#end += answerAt + encoded.length;
    if (this.#end > this.#bytes.length) this.#bytes = grown(this.#bytes, 2 * this.#end);
    this.#bytes.set(key, from);
    this.#bytes.set(bodyHash, from + hashAt);
    this.#bytes.writeDoubleBE(at, from + timeAt);
    this.#bytes.writeDoubleBE(position, from + positionAt);
    this.#bytes.writeUInt16BE(encoded.length, from + lengthAt);
    this.#bytes.set(encoded, from + answerAt);
    this.#size += 1;
    // At most half full: what is looked for is nearly never there, and has to meet a free place soon.
    if (2 * this.#size <= this.#places.length) this.#place(from);
    else this.#placeAll();
  }

  find(key: Uint8Array): AnsweredCommand | null {
    const mask = this.#places.length - 1;
    for (let slot = firstBits(key) & mask; ; slot = (slot + 1) & mask) {
      const place = this.#places[slot] as number;
      if (place === 0) return null;
      if (this.#isAt(place - 1, key)) return read(this.#bytes, place - 1);
    }
  }

  /** All of them in the order of adding. */
  packed(): PackedCommands {
    return new Uint8Array(this.#bytes.subarray(0, this.#end));
  }

  /** All of them in groups of at most `max`, those together whose keys begin alike. */
  *inOrder(max: number): Iterable<PackedCommands> {
    const shelves = Array.from({ length: 256 }, (): number[] => []);
    for (const from of placesIn(this.#bytes.subarray(0, this.#end))) shelves[this.#bytes[from] as number]?.push(from);
    const places = shelves.flat();
    for (let first = 0; first < places.length; first += max) {
      const those = places
        .slice(first, first + max)
        .map((from) => this.#bytes.subarray(from, endOf(this.#bytes, from)));
      yield new Uint8Array(Buffer.concat(those));
    }
  }

  #isAt(from: number, key: Uint8Array): boolean {
    return sameBytes(this.#bytes.subarray(from, from + idBytes), key);
  }

  #place(from: number): void {
    const mask = this.#places.length - 1;
    let slot = this.#bytes.readUInt32BE(from) & mask;
    while (this.#places[slot] !== 0) slot = (slot + 1) & mask;
    this.#places[slot] = from + 1;
  }

  #placeAll(): void {
    this.#places = new Uint32Array(2 * this.#places.length);
    for (const from of placesIn(this.#bytes.subarray(0, this.#end))) this.#place(from);
  }
}

export function* unpackCommands(packed: PackedCommands): Iterable<AnsweredCommand> {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  for (const from of placesIn(bytes)) yield read(bytes, from);
}

function* placesIn(bytes: Buffer): Iterable<number> {
  for (let from = 0; from < bytes.length; from = endOf(bytes, from)) yield from;
}

function endOf(bytes: Buffer, from: number): number {
  return from + answerAt + bytes.readUInt16BE(from + lengthAt);
}

function read(bytes: Buffer, from: number): AnsweredCommand {
  const at = bytes.readDoubleBE(from + timeAt);
  return {
    key: new Uint8Array(bytes.subarray(from, from + hashAt)),
    bodyHash: new Uint8Array(bytes.subarray(from + hashAt, from + timeAt)),
    at,
    position: bytes.readDoubleBE(from + positionAt),
    answer: decodeAnswer(bytes.subarray(from + answerAt, endOf(bytes, from)), at),
  };
}

function grown(bytes: Buffer, length: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(length);
  larger.set(bytes);
  return larger;
}
