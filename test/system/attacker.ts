/** A client that sends any bytes, and holds every answer against the protocol's schemas and registries. */
import { isDeepStrictEqual } from 'node:util';
import Compile, { type Validator } from 'typebox/compile';
import WebSocket from 'ws';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import { type ErrorName, errorFrame, errors } from '../../src/wire/errors.ts';
import { type RequestType, results, type ServerFrame, serverFrames } from '../../src/wire/frames.ts';

const frameSchemas = new Map<string, Validator>(
  Object.entries(serverFrames).map(([name, schema]) => [name, Compile(schema) as Validator]),
);
const resultSchemas = new Map<string, Validator>(
  Object.entries(results).map(([name, schema]) => [name, Compile(schema) as Validator]),
);
const keptSent = 60;

export class Attacker {
  readonly person: string;
  /** What the server did that it must not; empty = nothing. */
  readonly wrong: string[] = [];
  /** The newest frames sent. */
  readonly sent: Uint8Array[] = [];
  /** Names of the errors that came. */
  readonly names = new Set<string>();
  /** Conversations that were started. */
  readonly started: string[] = [];
  okays = 0;
  closed: number | null = null;
  readonly #socket: WebSocket;
  /** For each id sent, the requests it was sent with. */
  readonly #asked = new Map<string, Set<RequestType>>();
  #pongs = 0;
  #wake: () => void = () => {};

  private constructor(url: string, person: string) {
    this.person = person;
    this.#socket = new WebSocket(url, 'parley.v1', { perMessageDeflate: false });
    this.#socket.on('message', (data: Buffer) => {
      this.#received(data);
      this.#wake();
    });
    this.#socket.on('close', (code) => {
      this.closed = code;
      this.#wake();
    });
    this.#socket.on('error', () => {});
  }

  static async connect(url: string, person: string): Promise<Attacker> {
    const attacker = new Attacker(url, person);
    await new Promise<void>((resolve, reject) => {
      attacker.#socket.once('open', resolve);
      attacker.#socket.once('error', reject);
    });
    return attacker;
  }

  async signIn(token: string): Promise<void> {
    this.#socket.send(encode({ t: 'hello', v: 1, token }));
    await this.settled();
  }

  fire(frames: readonly Uint8Array[]): void {
    for (const bytes of frames) {
      const decoded = decodeClientFrame(bytes);
      if (decoded.ok && 'id' in decoded.frame && decoded.frame.t in results) {
        const { id, t } = decoded.frame;
        this.#asked.set(id, (this.#asked.get(id) ?? new Set<RequestType>()).add(t as RequestType));
      }
      this.sent.push(bytes);
      this.#socket.send(bytes);
    }
    this.sent.splice(0, Math.max(0, this.sent.length - keptSent));
  }

  /** Everything sent before has been taken in, or the connection is over. */
  async settled(): Promise<void> {
    const before = this.#pongs;
    this.#socket.send(encode({ t: 'ping' }));
    await this.#until(() => this.#pongs > before);
  }

  async over(): Promise<void> {
    await this.#until(() => false);
  }

  end(): void {
    this.#socket.close(1000);
  }

  async #until(fits: () => boolean): Promise<void> {
    const deadline = setTimeout(() => {
      this.wrong.push('no answer for 20 seconds');
      this.#socket.terminate();
    }, 20_000);
    while (!fits() && this.closed === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(deadline);
  }

  #received(data: Buffer): void {
    const frame = decodeServerFrame(data);
    if (!frameSchemas.get(frame.t)?.Check(frame)) this.wrong.push(`no valid ${frame.t}: ${JSON.stringify(frame)}`);
    else if (frame.t === 'pong') this.#pongs += 1;
    else if (frame.t === 'error') this.#error(frame);
    else if (frame.t === 'ok') this.#okay(frame);
  }

  #error(frame: Extract<ServerFrame, { t: 'error' }>): void {
    const { name, id, field, retryAfterMs } = frame;
    this.names.add(name);
    if (!(name in errors)) this.wrong.push(`no error of the registry: ${name}`);
    else if (!isDeepStrictEqual(frame, errorFrame(name as ErrorName, { id, field, retryAfterMs })))
      this.wrong.push(`not as registered: ${JSON.stringify(frame)}`);
    else if (name === 'internal' || name === 'unavailable') this.wrong.push(`a fault of the server: ${name}`);
  }

  #okay({ id, result }: Extract<ServerFrame, { t: 'ok' }>): void {
    const asked = [...(this.#asked.get(id) ?? [])];
    if (!asked.some((t) => resultSchemas.get(t)?.Check(result)))
      this.wrong.push(`ok to ${id}, asked as ${asked}: ${JSON.stringify(result)}`);
    this.okays += 1;
    if (typeof result.conversation === 'string') this.started.push(result.conversation);
  }
}
