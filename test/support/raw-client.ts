/** A client that knows frames and nothing else: for tests of the protocol itself. */
import type { Socket } from 'node:net';
import WebSocket from 'ws';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import type {
  ClientFrame,
  CommandType,
  RequestType,
  Results,
  Resume,
  ServerFrame,
  ServerFrames,
} from '../../src/wire/frames.ts';
import type { TestServer } from './server.ts';

type ErrorFrame = ServerFrames['error'];
type Body<T extends RequestType> = Omit<Extract<ClientFrame, { t: T }>, 't' | 'id'>;

export class RawClient {
  readonly person: string;
  /** Everything received and not taken yet. */
  frames: ServerFrame[] = [];
  /** Raw messages, in the order of `frames` as received. */
  messages: Buffer[] = [];
  closed: { code: number; reason: string } | null = null;
  welcome: ServerFrames['welcome'] | null = null;
  readonly socket: WebSocket;
  #waiting = new Set<() => void>();
  #count = 0;

  private constructor(url: string, person: string, headers: Readonly<Record<string, string>>) {
    this.person = person;
    this.socket = new WebSocket(url, 'parley.v1', { headers });
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(data);
      this.frames.push(decodeServerFrame(data));
      this.#wake();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake();
    });
    this.socket.on('error', () => {});
  }

  /** Connected, nothing said yet. */
  static async connect(
    url: string,
    person = 'nobody',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawClient> {
    const client = new RawClient(url, person, headers);
    await new Promise<void>((resolve, reject) => {
      client.socket.once('open', resolve);
      client.socket.once('error', reject);
    });
    return client;
  }

  /** Signed in. */
  static async signIn(server: Pick<TestServer, 'url' | 'token'>, person: string, resume?: Resume): Promise<RawClient> {
    const client = await RawClient.connect(server.url, person);
    client.send({ t: 'hello', v: 1, token: await server.token(person), ...(resume === undefined ? {} : { resume }) });
    client.welcome = await client.next('welcome');
    return client;
  }

  /** What is under it, to be held back. */
  tcp(): Socket {
    return (this.socket as unknown as { _socket: Socket })._socket;
  }

  send(frame: ClientFrame): void {
    this.socket.send(encode(frame));
  }

  /** The answer to a request: its result, or the error frame. */
  async ask<T extends RequestType>(
    t: T,
    body: Body<T>,
    id = `${this.person}-${++this.#count}`,
  ): Promise<Results[T] | ErrorFrame> {
    this.send({ t, id, ...body } as unknown as ClientFrame);
    const answer = await this.until((frame) => (frame.t === 'ok' || frame.t === 'error') && frame.id === id);
    return answer.t === 'ok' ? (answer.result as Results[T]) : (answer as ErrorFrame);
  }

  /** The result of a request that has to succeed. */
  async must<T extends RequestType>(t: T, body: Body<T>, id?: string): Promise<Results[T]> {
    const answer = await this.ask(t, body, id);
    if ('t' in answer && answer.t === 'error') throw new Error(`${t} was refused: ${answer.name}`);
    return answer as Results[T];
  }

  /** The name of the refusal of a command that has to be refused. */
  async refusal<T extends CommandType>(t: T, body: Body<T>, id?: string): Promise<string> {
    const answer = await this.ask(t, body, id);
    if ('t' in answer && answer.t === 'error') return answer.name;
    throw new Error(`${t} was not refused`);
  }

  async next<T extends keyof ServerFrames>(t: T): Promise<ServerFrames[T]> {
    return (await this.until((frame) => frame.t === t)) as ServerFrames[T];
  }

  /** Takes the first frame that fits, waiting for it. */
  async until(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    const deadline = Date.now() + 15_000;
    while (true) {
      const index = this.frames.findIndex(fits);
      if (index >= 0) return this.frames.splice(index, 1)[0] as ServerFrame;
      if (this.closed !== null) throw new Error(`closed (${this.closed.code} ${this.closed.reason}) while waiting`);
      if (Date.now() > deadline)
        throw new Error(`nothing came; there is ${JSON.stringify(this.frames).slice(0, 2_000)}`);
      await this.#event(200);
    }
  }

  async close(): Promise<{ code: number; reason: string }> {
    this.socket.close();
    return this.ended();
  }

  async ended(): Promise<{ code: number; reason: string }> {
    const deadline = Date.now() + 15_000;
    while (this.closed === null) {
      if (Date.now() > deadline) throw new Error('the connection stays open');
      await this.#event(200);
    }
    return this.closed;
  }

  /** Everything that came so far; a `ping` makes sure that nothing queued before is missing. */
  async settled(): Promise<ServerFrame[]> {
    this.send({ t: 'ping' });
    await this.next('pong');
    return this.frames.splice(0);
  }

  #event(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
