/**
 * Clients that press on: each has several commands under way at once, of all kinds, and never asks twice. They know the
 * protocol and nothing of the server; what they were answered is what they hold it to.
 */
import WebSocket from 'ws';
import { systemClock } from '../../src/runtime/clock.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import type { ClientFrame, ServerFrame } from '../../src/wire/frames.ts';
import type { Acknowledged } from './outside-checker.ts';

const secret = 'a secret of the tests, at least 32 bytes long';
export const adminToken = 'admin-token-of-the-tests-0123456789';
export const pressingPeople = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
/** Of a server that they meet: the limits of a person are not what is tested. */
export const pressedServerArgs = [
  ...['--auth-secret', secret, '--admin-token', adminToken, '--log-level', 'warn'],
  ...['--commands-per-second', '10000', '--commands-burst', '10000'],
];

const longText = 16_000;
/** Whoever was told to try again later does, a little later. */
const refusedPauseMs = 20;

export type Command = Extract<ClientFrame, { id: string }>;

export interface PressingOptions {
  readonly url: string;
  /** Begins the ids of commands: no two groups of clients on one store may share it. */
  readonly name: string;
  readonly random: (below: number) => number;
  /** Answers after which nobody asks any more. */
  readonly answersMax: number;
  /** Between an answer and the next command, at most. */
  readonly pauseMs?: number;
  /** Commands that one has under way. */
  readonly window?: number;
  readonly token?: (person: string) => Promise<string>;
}

/** What every command was, by its id: also of those that nobody answered. */
export type Asked = Map<string, { readonly person: string; readonly command: Command }>;

export class PressingClients {
  readonly asked: Asked;
  /** `ok` frames, in the order in which each person got theirs. */
  readonly answers: ServerFrame[] = [];
  /** Names of refusals and faults, and how often. */
  readonly refusals = new Map<string, number>();
  readonly closes: number[] = [];
  /** Answers of either kind. */
  answered = 0;
  readonly #options: PressingOptions;
  readonly #members: Member[] = [];
  /** Resolves when there have been enough answers, or every connection is gone. */
  readonly done: Promise<void>;
  #finish: () => void = () => {};
  #closing = false;
  #heard: (() => void)[] = [];

  constructor(asked: Asked, options: PressingOptions) {
    this.asked = asked;
    this.#options = options;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** Resolves when everybody is signed in. */
  async arrive(people: readonly string[] = pressingPeople): Promise<void> {
    for (const person of people) {
      const token = await (this.#options.token ?? pressingToken)(person);
      const member = new Member(person, this.#options.url, token, {
        frame: (frame) => this.#frame(member, frame),
        closed: (code) => this.#closed(code),
      });
      this.#members.push(member);
    }
    await Promise.all(this.#members.map((member) => member.welcomed));
  }

  press(): void {
    for (const member of this.#members) {
      for (let nth = 0; nth < (this.#options.window ?? 4); nth += 1) this.#ask(member);
    }
  }

  /** Resolves when somebody has been refused by this name. */
  async refused(name: string): Promise<void> {
    while (!this.refusals.has(name)) {
      if (this.closes.length > 0) throw new Error(`closed with ${this.closes.join()}, and nobody was told ${name}`);
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  leave(): void {
    this.#closing = true;
    for (const { socket } of this.#members) socket.terminate();
  }

  #frame(member: Member, frame: ServerFrame): void {
    if (frame.t === 'entries' || frame.t === 'card') member.learn(frame);
    if (frame.t !== 'ok' && frame.t !== 'error') return;
    if (frame.t === 'ok') this.answers.push(frame);
    else this.refusals.set(frame.name, (this.refusals.get(frame.name) ?? 0) + 1);
    this.answered += 1;
    for (const wake of this.#heard.splice(0)) wake();
    if (this.answered >= this.#options.answersMax) return this.#finish();
    const { pauseMs = 0, random } = this.#options;
    if (frame.t === 'error' && frame.retryable) setTimeout(() => this.#ask(member), refusedPauseMs);
    else if (pauseMs === 0) this.#ask(member);
    else setTimeout(() => this.#ask(member), random(pauseMs));
  }

  #closed(code: number): void {
    this.closes.push(code);
    for (const wake of this.#heard.splice(0)) wake();
    if (this.closes.length === this.#members.length) this.#finish();
  }

  #ask(member: Member): void {
    if (this.#closing || member.socket.readyState !== WebSocket.OPEN) return;
    const id = `${this.#options.name}-${member.person}-${member.nextNumber()}`;
    const command = someCommand(member, id, this.#options.random);
    this.asked.set(id, { person: member.person, command });
    member.socket.send(encode(command));
  }
}

/** From and to when it is good, in days from now. */
export interface TokenTime {
  readonly fromDays: number;
  readonly toDays: number;
}

export function pressingToken(
  person: string,
  { fromDays, toDays }: TokenTime = { fromDays: 0, toDays: 1 },
): Promise<string> {
  const clock = { ...systemClock(), now: () => (Date.now() + fromDays * 86_400_000) * 1_000 };
  const ttlSeconds = (toDays - fromDays) * 86_400;
  return issueToken({ secret, person, audience: 'parley', issuer: 'parley', ttlSeconds }, clock);
}

/** Resolves when the server has them. */
export async function putPressingPeople(adminUrl: string, active = true): Promise<void> {
  const people = pressingPeople.map((id) => ({ id, first: id, last: id, email: null, active }));
  const answer = await fetch(`${adminUrl}/v1/directory`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    body: JSON.stringify({ people }),
  });
  if (answer.status !== 200) throw new Error(`the people were not taken: ${answer.status}`);
}

class Member {
  readonly person: string;
  readonly socket: WebSocket;
  readonly welcomed: Promise<void>;
  /** Conversations that it has heard of, with the newest seq of each. */
  readonly heads = new Map<string, number>();
  #count = 0;

  constructor(
    person: string,
    url: string,
    token: string,
    heard: { frame(frame: ServerFrame): void; closed(code: number): void },
  ) {
    this.person = person;
    this.socket = new WebSocket(url, 'parley.v1');
    this.socket.once('open', () => this.socket.send(encode({ t: 'hello', v: 1, token })));
    this.welcomed = new Promise((resolve, reject) => {
      this.socket.on('message', (bytes: Buffer) => {
        const frame = decodeServerFrame(bytes);
        if (frame.t === 'welcome') resolve();
        heard.frame(frame);
      });
      this.socket.on('error', reject);
      this.socket.on('close', (code) => {
        reject(new Error(`${person} was not welcome: ${code}`));
        heard.closed(code);
      });
    });
    // Whoever does not wait for it hears of the end by `closed`.
    this.welcomed.catch(() => undefined);
  }

  nextNumber(): number {
    this.#count += 1;
    return this.#count;
  }

  learn(frame: Extract<ServerFrame, { t: 'entries' | 'card' }>): void {
    const [id, entries] =
      frame.t === 'entries' ? [frame.conversation, frame.entries] : [frame.card.conversation, frame.card.entries];
    this.heads.set(id, entries.at(-1)?.seq ?? 1);
  }
}

function someCommand({ heads, person }: Member, id: string, random: (below: number) => number): Command {
  const known = [...heads.keys()];
  const conversation = known[random(known.length)];
  const others = pressingPeople.filter((other) => other !== person);
  const other = others[random(others.length)] as string;
  const text = `${id} `.padEnd(random(10) < 3 ? longText : 0, 'x');
  const kind = random(100);
  if (conversation === undefined || kind < 8) {
    return { t: 'start', id, text, people: others.filter((each) => each === other || random(2) === 0) };
  }
  if (kind < 16) return { t: 'read', id, conversation, upTo: heads.get(conversation) ?? 1 };
  if (kind < 20) return { t: 'invite', id, conversation, people: [other] };
  if (kind < 23) return { t: 'leave', id, conversation };
  return { t: 'reply', id, conversation, text };
}

/** What the answers promise, for the checker. */
export function acknowledgedBy(answers: readonly ServerFrame[], asked: Asked): Acknowledged[] {
  return answers.flatMap((frame): Acknowledged[] => {
    const known = frame.t === 'ok' ? asked.get(frame.id) : undefined;
    if (known === undefined || frame.t !== 'ok') return [];
    const { person, command } = known;
    const result = frame.result as { conversation: string; seq: number; seqs: number[]; at: number; readUpTo: number };
    const { seq, at } = result;
    if (command.t === 'start') {
      return [{ person, conversation: result.conversation, did: 'start', text: brief(command.text), seq, at }];
    }
    if (command.t === 'reply') {
      return [{ person, conversation: command.conversation, did: 'reply', text: brief(command.text), seq, at }];
    }
    if (command.t === 'invite') {
      const [who, first] = [command.people[0] as string, result.seqs[0] as number];
      return [{ person, conversation: command.conversation, did: 'invite', who, seq: first }];
    }
    if (command.t === 'leave') return [{ person, conversation: command.conversation, did: 'leave', seq }];
    if (command.t !== 'read') return [];
    return [{ person, conversation: command.conversation, did: 'read', readUpTo: result.readUpTo }];
  });
}

/** A text by its beginning, which no two share, and its length: stores are compared over and over. */
export function brief(text: string): string {
  return `${text.slice(0, 40)}(${text.length})`;
}
