/**
 * People whose computers stop reading for a while: each follows every conversation of theirs by seq, stalls when told, and
 * once awake catches up as the protocol says, until nothing is missing or something is.
 */
import { decodeServerFrame, encode } from '../src/wire/codec.ts';
import type { Card, RequestType, Results, ServerFrame } from '../src/wire/frames.ts';
import { connectAgain, type SignedIn, signIn } from './dialects/parley.ts';
import { answering } from './processes.ts';
import { clientFrame } from './raw-socket.ts';
import { extraId } from './workload.ts';

/** `connect`: extra 0 writes long messages to the others, who are `count`. */
export type Question =
  | { readonly is: 'connect'; readonly port: number; readonly count: number }
  | { readonly is: 'talk'; readonly seconds: number }
  | { readonly is: 'stall' }
  | { readonly is: 'wake' };

export interface Woken {
  /** Whose connection the server had closed, and how many of them could resume. */
  readonly closed: number;
  readonly resumed: number;
  /** Entries that nobody could show them any more. */
  readonly missing: number;
}

/** With so much of it even the kernel's buffers are full within seconds. */
const longText = 'A long story, which goes on and on. '.padEnd(16_000, 'And on. ');
const longPerSecond = 40;
const page = 100;
const giveUpMs = 60_000;
/** A third of the silence after which the server hangs up. */
const pingEveryMs = 20_000;
const ping = clientFrame(encode({ t: 'ping' }));

/** One person and how far they are in each of their conversations. */
class Follower {
  readonly #port: number;
  #as: SignedIn;
  /** Seq of the newest entry up to which there is no gap. */
  readonly upTo = new Map<string, number>();
  closed = false;
  #at: number[];
  #asked = 0;
  #answers = new Map<string, (result: unknown) => void>();

  constructor(port: number, as: SignedIn) {
    this.#port = port;
    this.#as = as;
    this.#at = [...as.welcome.at];
    this.#listen();
  }

  pause(): void {
    this.#as.line.pause();
  }

  resume(): void {
    this.#as.line.resume();
  }

  ping(): void {
    this.#as.line.send(ping);
  }

  /** On a new connection, from where the old one was, and whatever the lists show beyond. True = it was resumed. */
  async again(): Promise<boolean> {
    const heard: ServerFrame[] = [];
    const before = { ...this.#as, welcome: { ...this.#as.welcome, at: this.#at } };
    this.#as = await connectAgain(this.#port, before, undefined, (frame) => heard.push(frame));
    this.closed = false;
    this.#at = [...this.#as.welcome.at];
    this.#listen();
    for (const frame of heard) this.#take(frame);
    const { cards } = await this.ask('list', { limit: 50 });
    for (const card of cards) await this.#card(card);
    return this.#as.welcome.resumed;
  }

  ask<T extends RequestType>(t: T, body: object): Promise<Results[T]> {
    this.#asked += 1;
    const id = `ask-${this.#asked}`;
    return new Promise((resolve) => {
      this.#answers.set(id, (result) => resolve(result as Results[T]));
      this.#as.line.send(clientFrame(encode({ t, id, ...body } as never)));
    });
  }

  #listen(): void {
    this.#as.line.onFrame = (bytes, start, end) => this.#take(decodeServerFrame(bytes.subarray(start, end)));
    this.#as.line.onClose = () => {
      this.closed = true;
    };
  }

  #take(frame: ServerFrame): void {
    if ('at' in frame && frame.at !== undefined && frame.t !== 'welcome' && frame.t !== 'live') {
      const [partition, position] = frame.at;
      this.#at[partition] = position;
    }
    if (frame.t === 'ok') {
      this.#answers.get(frame.id)?.(frame.result);
      this.#answers.delete(frame.id);
    } else if (frame.t === 'entries') {
      for (const { seq } of frame.entries) this.#follows(frame.conversation, seq);
    } else if (frame.t === 'card') void this.#card(frame.card);
    else if (frame.t === 'error') throw new Error(`${frame.name}: ${frame.message}`);
  }

  /** An entry behind a gap is not counted: who is asked later where they are says so. */
  #follows(conversation: string, seq: number): void {
    const upTo = this.upTo.get(conversation);
    if (upTo !== undefined && seq === upTo + 1) this.upTo.set(conversation, seq);
  }

  /** What a card does not hold is fetched, from its first entry back to where the person is. */
  async #card({ conversation, from, entries }: Card): Promise<void> {
    const newest = entries.at(-1)?.seq ?? from - 1;
    const known = this.upTo.get(conversation);
    if (known === undefined) {
      this.upTo.set(conversation, newest);
      return;
    }
    const seqs = entries.map(({ seq }) => seq);
    for (let before = from; before > known + 1; ) {
      const found = await this.ask('history', { conversation, before, limit: page, tab: false });
      seqs.push(...found.entries.map(({ seq }) => seq));
      before = found.entries[0]?.seq ?? 0;
    }
    for (const seq of seqs.sort((a, b) => a - b)) this.#follows(conversation, seq);
  }
}

let writer: Follower | null = null;
let conversation = '';
let readers: Follower[] = [];

answering<Question>(async (question): Promise<Woken | null> => {
  if (question.is === 'connect') await connectAll(question.port, question.count);
  else if (question.is === 'talk') await talk(question.seconds);
  else if (question.is === 'stall') for (const reader of readers) reader.pause();
  else return wake();
  return null;
});
process.once('disconnect', () => process.exit(0));
setInterval(() => {
  for (const one of readers) one.ping();
  writer?.ping();
}, pingEveryMs);

async function connectAll(port: number, count: number): Promise<void> {
  const followers: Follower[] = [];
  for (let number = 0; number <= count; number += 1) {
    followers.push(new Follower(port, await signIn(port, extraId(number))));
  }
  [writer, ...readers] = followers as [Follower, ...Follower[]];
  const people = readers.map((_, index) => extraId(index + 1));
  ({ conversation } = await writer.ask('start', { text: 'Here we are.', people }));
}

/** Half of all that is said to them: long messages, evenly. */
async function talk(seconds: number): Promise<void> {
  const total = Math.ceil(seconds * longPerSecond);
  const began = performance.now();
  for (let said = 0; said < total; said += 1) {
    const wait = began + (said * 1000) / longPerSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    await writer?.ask('reply', { conversation, text: longText });
  }
}

/** Resolves when everybody is where the writer, who never stalled, is; or when that takes too long. */
async function wake(): Promise<Woken> {
  const heads = (writer as Follower).upTo;
  const missingOf = (reader: Follower) =>
    [...heads].reduce((sum, [id, head]) => sum + Math.max(0, head - (reader.upTo.get(id) ?? 0)), 0);
  let [closed, resumed] = [0, 0];
  const one = async (reader: Follower): Promise<number> => {
    const giveUp = performance.now() + giveUpMs;
    reader.resume();
    while (missingOf(reader) > 0 && performance.now() < giveUp) {
      if (reader.closed) {
        closed += 1;
        if (await reader.again()) resumed += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return missingOf(reader);
  };
  const missing = await Promise.all(readers.map(one));
  return { closed, resumed, missing: missing.reduce((sum, count) => sum + count, 0) };
}
