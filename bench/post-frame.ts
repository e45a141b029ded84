/**
 * The frame of a post, laid out once for each author; only its number changes. The number stands in the text and in the
 * id of the command as eight digits behind a mark, so that who receives it needs no decoder.
 */
import { textBytes } from './workload.ts';

const tilde = 0x7e;
const message = 0x4d;
const command = 0x49;
const digits = 8;
const blank = '0'.repeat(digits);
const filler =
  ' The quick brown fox jumps over the lazy dog; the five boxing wizards jump quickly, and then they do it again.';

export class PostFrame {
  readonly bytes: Buffer;
  readonly #text: number;
  readonly #id: number;

  /** `lay`: the whole frame, from a text and the id of a command. */
  constructor(lay: (text: string, id: string) => Buffer) {
    this.bytes = lay(`~M${blank}${filler}`.padEnd(textBytes, '.').slice(0, textBytes), `~I${blank}`);
    this.#text = this.bytes.indexOf('~M') + 2;
    this.#id = this.bytes.indexOf('~I') + 2;
  }

  numbered(number: number): Buffer {
    let rest = number;
    for (let place = digits - 1; place >= 0; place -= 1) {
      const digit = 48 + (rest % 10);
      this.bytes[this.#text + place] = digit;
      this.bytes[this.#id + place] = digit;
      rest = Math.floor(rest / 10);
    }
    return this.bytes;
  }
}

/** The number of the message in a frame from the server; -1 where there is none. */
export function numberOf(bytes: Buffer, start: number, end: number): number {
  return numberAfter(bytes, start, end, message);
}

/** The number of the post that an `ok` answers; -1 for any other frame. */
export function acknowledged(bytes: Buffer, start: number, end: number): number {
  const isOk = bytes[start + 3] === 0xa2 && bytes[start + 4] === 0x6f && bytes[start + 5] === 0x6b;
  return isOk ? numberAfter(bytes, start, end, command) : -1;
}

/** The number of the post that an `error` refuses; -1 for any other frame. */
export function refused(bytes: Buffer, start: number, end: number): number {
  const isError = bytes[start + 3] === 0xa5 && bytes[start + 4] === 0x65 && bytes[start + 5] === 0x72;
  return isError ? numberAfter(bytes, start, end, command) : -1;
}

/** By kind. Frames of one workload are alike, so the mark is nearly always where it was in the last one of its kind. */
const lastOffsets: Record<number, number> = { [message]: 0, [command]: 0 };

function numberAfter(bytes: Buffer, start: number, end: number, kind: number): number {
  const guess = numberAt(bytes, start + (lastOffsets[kind] as number), end, kind);
  if (guess !== -1) return guess;
  for (let at = start; at + 2 + digits <= end; at += 1) {
    const number = numberAt(bytes, at, end, kind);
    if (number === -1) continue;
    lastOffsets[kind] = at - start;
    return number;
  }
  return -1;
}

/** -1 unless a mark with its digits stands there: a time or a position may hold the two bytes of a mark by chance. */
function numberAt(bytes: Buffer, at: number, end: number, kind: number): number {
  if (bytes[at] !== tilde || bytes[at + 1] !== kind || at + 2 + digits > end) return -1;
  let number = 0;
  for (let place = at + 2; place < at + 2 + digits; place += 1) {
    const digit = (bytes[place] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}
