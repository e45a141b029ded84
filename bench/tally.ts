/**
 * Who got what: every message exactly once, and everyone of a conversation in one and the same order. The order is that
 * of whoever was first to get a message at a place; a server may choose it, but only once.
 */
import { Failure } from '../src/admin/exit-codes.ts';

export interface Faults {
  lost: number;
  doubled: number;
  misordered: number;
}

/** A byte each. */
const marksMax = 2 ** 31;

export class Tally {
  readonly #people: number;
  readonly #room: number;
  /** Of each conversation, the number of the message at each place. */
  readonly #order: Int32Array;
  /** Of each connection, how many it got. */
  readonly #got: Int32Array;
  readonly #seen: Uint8Array;
  readonly #gone = new Set<number>();
  #doubled = 0;
  #misordered = 0;

  /** `room`: messages a conversation may have; their numbers are below it. */
  constructor(conversations: number, people: number, room: number) {
    if (conversations * people * room > marksMax) {
      throw new Failure(
        'usage',
        `${room} messages to each of ${conversations * people} people are too many to tick off`,
      );
    }
    this.#people = people;
    this.#room = room;
    this.#order = new Int32Array(conversations * room).fill(-1);
    this.#got = new Int32Array(conversations * people);
    this.#seen = new Uint8Array(conversations * people * room);
  }

  /**
   * The `index`-th person of the conversation got its message `number`. False where they had it already. A number that
   * nobody sent is a fault of the one who counts, not of the server: throws RangeError.
   */
  received(conversation: number, index: number, number: number): boolean {
    if (!(number >= 0 && number < this.#room)) throw new RangeError(`nobody sent a message with the number ${number}`);
    const connection = conversation * this.#people + index;
    const mark = connection * this.#room + number;
    if (this.#seen[mark] === 1) {
      this.#doubled += 1;
      return false;
    }
    this.#seen[mark] = 1;
    const place = conversation * this.#room + (this.#got[connection] as number);
    this.#got[connection] = (this.#got[connection] as number) + 1;
    if (this.#order[place] === -1) this.#order[place] = number;
    else if (this.#order[place] !== number) this.#misordered += 1;
    return true;
  }

  /** The connection of the `index`-th person is closed: what they miss from now on a client would fetch when it is back. */
  gone(conversation: number, index: number): void {
    this.#gone.add(conversation * this.#people + index);
  }

  /** `sent`: how many messages each conversation was sent. */
  faults(sent: readonly number[]): Faults {
    let lost = 0;
    for (const [connection, got] of this.#got.entries()) {
      if (!this.#gone.has(connection)) lost += (sent[Math.floor(connection / this.#people)] ?? 0) - got;
    }
    return { lost, doubled: this.#doubled, misordered: this.#misordered };
  }
}
