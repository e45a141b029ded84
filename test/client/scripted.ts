/**
 * The far end of a connection, played by the test: for what a real server cannot be brought to do at will. Its bytes go
 * through the real codec.
 */
import type { Network, Socket } from '../../src/client/environment.ts';
import { connect, type Parley, type ParleyOptions } from '../../src/client/index.ts';
import { encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import type { Card, ClientFrame, ClientFrames, Entry, Person, Results, ServerFrame } from '../../src/wire/frames.ts';
import { settle, VirtualClock } from './virtual-clock.ts';

const ann: Person = { id: 'ann', first: 'Ann', last: 'Ames', active: true };
export const bob: Person = { id: 'bob', first: 'Bob', last: 'Bell', active: true };
const cid: Person = { id: 'cid', first: 'Cid', last: 'Cole', active: true };

export const room = (letter: string): string => letter.repeat(22);

export function message(seq: number, by: string, text = `m${seq}`): Entry {
  return { kind: 'message', seq, at: seq * 10, by, text };
}

/** A card of a conversation of ann, bob and cid with these entries, seen by ann. */
export function card(conversation: string, entries: Entry[], change: Partial<Card> = {}): Card {
  const head = entries.at(-1)?.seq ?? 1;
  return {
    conversation,
    starter: 'ann',
    about: null,
    private: false,
    participants: ['ann', 'bob', 'cid'],
    standing: 'participant',
    order: entries.at(-1)?.at ?? 1,
    readUpTo: head,
    unread: 0,
    visible: [[1, head]],
    from: entries[0]?.seq ?? head + 1,
    entries,
    more: false,
    ...change,
  };
}

export class ScriptedSocket implements Socket {
  binaryType = '';
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  onerror: Socket['onerror'] = null;
  readonly url: string;
  readonly protocols: string | string[];
  readonly heard: ClientFrame[] = [];
  closedByClient = false;

  constructor(url: string, protocols: string | string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(bytes: Uint8Array): void {
    const decoded = decodeClientFrame(bytes);
    if (!decoded.ok) throw new Error(`the client sent ${decoded.error} ${decoded.field ?? ''}`);
    this.heard.push(decoded.frame);
  }

  close(): void {
    this.closedByClient = true;
  }

  accept(): void {
    this.onopen?.({} as never);
  }

  say(...frames: ServerFrame[]): void {
    for (const frame of frames) this.bytes(encode(frame));
  }

  bytes(bytes: Uint8Array): void {
    this.onmessage?.({ data: new Uint8Array(bytes).buffer } as never);
  }

  drop(code = 1006): void {
    this.onclose?.({ code } as never);
  }

  last<T extends ClientFrame['t']>(t: T): ClientFrames[T] {
    const found = this.heard.findLast((frame) => frame.t === t);
    if (found === undefined) throw new Error(`the client has not said ${t}`);
    return found as ClientFrames[T];
  }

  count(t: ClientFrame['t']): number {
    return this.heard.filter((frame) => frame.t === t).length;
  }

  answer<T extends keyof Results & ClientFrame['t']>(t: T, result: Results[T]): void {
    this.say({ t: 'ok', id: (this.last(t) as { id: string }).id, result: result as Record<string, unknown> });
  }

  welcome(change: Partial<Extract<ServerFrame, { t: 'welcome' }>> = {}): void {
    this.accept();
    this.say({
      t: 'welcome',
      person: ann,
      epoch: 'e1',
      at: [5],
      directory: 3,
      resumed: false,
      badge: 0,
      expiresAt: 4_000_000_000_000_000,
      heartbeatMs: 20_000,
      textMaxBytes: 16_384,
      ...change,
    });
  }

  list(cards: Card[], change: Partial<Results['list']> = {}): void {
    this.answer('list', { cards, people: [ann, bob, cid], next: null, badge: 0, at: [5], ...change });
  }
}

export interface Scripted {
  readonly parley: Parley;
  readonly clock: VirtualClock;
  readonly sockets: ScriptedSocket[];
  readonly reasons: string[];
  readonly network: { value: boolean; change: () => void };
  /** The newest connection. */
  socket(): ScriptedSocket;
}

/** A client whose connections the test plays. Jitter is half of its bound. */
export async function scripted(options: Partial<ParleyOptions> = {}): Promise<Scripted> {
  const clock = new VirtualClock();
  const sockets: ScriptedSocket[] = [];
  const reasons: string[] = [];
  const network = { value: true, change: () => {} };
  class Recorded extends ScriptedSocket {
    constructor(url: string, protocols: string | string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const parley = connect({
    url: 'ws://parley.test/v1',
    getToken: ({ reason }) => {
      reasons.push(reason);
      return `token-${reasons.length}`;
    },
    WebSocket: Recorded,
    clock,
    random: () => 0.5,
    network: {
      online: () => network.value,
      subscribe: (listener) => {
        network.change = listener;
        return () => {};
      },
    } satisfies Network,
    ...options,
  });
  await settle();
  const socket = () => sockets.at(-1) as ScriptedSocket;
  return { parley, clock, sockets, reasons, network, socket };
}

/** As `scripted`, online with these conversations. */
export async function online(cards: Card[], options: Partial<ParleyOptions> = {}): Promise<Scripted> {
  const all = await scripted(options);
  all.socket().welcome();
  await settle();
  all.socket().list(cards);
  await settle();
  return all;
}
