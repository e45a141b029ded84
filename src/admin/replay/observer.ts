/**
 * What each person's client was told while it happened: on the wire, where nothing may come twice on one connection, and
 * by the SDK, where every entry comes once and in order, over however many connections.
 */
import { WebSocket } from 'ws';
import type { Entry, SocketConstructor } from '../../client/node.ts';
import { decodeServerFrame } from '../../wire/codec.ts';
import type { Latencies } from './latencies.ts';

export class Observer {
  /** Pushed entries, as they came over the wire. */
  pushed = 0;
  /** Entries that came twice or backwards on one connection. */
  readonly wireFaults: string[] = [];
  readonly #seqs = new Map<string, number[]>();
  readonly #sentAt = new Map<string, number>();
  readonly #first = new Map<string, Entry>();
  readonly #disagreements: string[] = [];
  readonly #latencies: Latencies;
  lastNewsAt = performance.now();

  constructor(latencies: Latencies) {
    this.#latencies = latencies;
  }

  /** What will be the entry `seq` of the conversation leaves now. */
  sending(conversation: string, seq: number): void {
    this.#sentAt.set(`${conversation} ${seq}`, performance.now());
  }

  /** The SDK tells the person of new entries. */
  told(person: string, conversation: string, entries: readonly Entry[]): void {
    this.lastNewsAt = performance.now();
    const key = `${conversation} ${person}`;
    const seqs = this.#seqs.get(key) ?? [];
    this.#seqs.set(key, seqs);
    for (const entry of entries) {
      seqs.push(entry.seq);
      const name = `${conversation} ${entry.seq}`;
      const sentAt = this.#sentAt.get(name);
      if (sentAt !== undefined) this.#latencies.delivered(this.lastNewsAt - sentAt);
      const first = this.#first.get(name);
      if (first === undefined) this.#first.set(name, entry);
      else if (!sameEntry(first, entry)) {
        this.#disagreements.push(`${person} was told another entry ${entry.seq} than others were`);
      }
    }
  }

  /** Seqs that the person was told of, in the order of telling. */
  seqsOf(person: string, conversation: string): readonly number[] {
    return this.#seqs.get(`${conversation} ${person}`) ?? [];
  }

  /** The entry as it was told first. */
  entry(conversation: string, seq: number): Entry | undefined {
    return this.#first.get(`${conversation} ${seq}`);
  }

  get disagreements(): readonly string[] {
    return this.#disagreements;
  }

  /** A WebSocket for the person's client that looks at what passes through it. */
  socketFor(person: string): SocketConstructor {
    const watch = (newest: Map<string, number>, data: ArrayBuffer): void => this.#passed(person, newest, data);
    class Watched extends WebSocket {
      constructor(url: string, protocols: string | string[]) {
        super(url, protocols);
        const newest = new Map<string, number>();
        this.on('message', (data) => watch(newest, data as ArrayBuffer));
      }
    }
    return Watched as unknown as SocketConstructor;
  }

  #passed(person: string, newest: Map<string, number>, data: ArrayBuffer): void {
    const bytes = new Uint8Array(data);
    // Every other frame is let through unread: decoding twice is what this costs.
    if (!isEntries(bytes)) return;
    const frame = decodeServerFrame(bytes);
    if (frame.t !== 'entries') return;
    for (const { seq } of frame.entries) {
      this.pushed += 1;
      const before = newest.get(frame.conversation) ?? 0;
      if (seq <= before) this.wireFaults.push(`${person} was sent entry ${seq} behind entry ${before}`);
      newest.set(frame.conversation, seq);
    }
  }
}

/** A map whose first key is `t` and whose `t` is 'entries'. */
function isEntries(bytes: Uint8Array): boolean {
  return bytes[1] === 0xa1 && bytes[2] === 0x74 && bytes[3] === 0xa7 && bytes[4] === 0x65 && bytes[5] === 0x6e;
}

function sameEntry(a: Entry, b: Entry): boolean {
  const text = (entry: Entry) => (entry.kind === 'message' ? entry.text : entry.kind === 'joined' ? entry.who : '');
  return a.kind === b.kind && a.seq === b.seq && a.at === b.at && a.by === b.by && text(a) === text(b);
}
