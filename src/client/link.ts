/**
 * The connection: opens it, says hello, keeps it alive, and opens it again for as long as the server does not say that
 * this is pointless. Knows nothing of conversations.
 */

import { decodeServerFrame, encode } from '../wire/client-codec.ts';
import { type CloseName, closeCodes, subprotocol } from '../wire/close-codes.ts';
import type { ClientFrame, Resume, ServerFrame, ServerFrames } from '../wire/frames.ts';
import { delayMs, reconnectBackoff } from './backoff.ts';
import type { Credentials } from './credentials.ts';
import type { ClientClock, Network, Socket, SocketConstructor } from './environment.ts';
import { newId } from './environment.ts';
import { faultOfFrame, localFault, ParleyError } from './failure.ts';

/**
 * `connecting`: the first time; `online`: everything shown is up to date; `reconnecting`: it may be old; `offline`: as
 * well, and the device says that it has no network; `closed`: for good.
 */
export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'offline' | 'closed';

export interface LinkHandler {
  resume(): Resume | undefined;
  welcome(frame: ServerFrames['welcome']): void;
  frame(frame: ServerFrame): void;
  /** The connection that had been welcomed is gone. */
  down(): void;
  state(state: ConnectionState): void;
  fault(error: ParleyError): void;
  drain(reconnectWithinMs: number): void;
  /** Terminal. */
  stopped(error: ParleyError): void;
}

export interface LinkOptions {
  readonly url: string;
  readonly WebSocket: SocketConstructor;
  readonly credentials: Credentials;
  readonly clock: ClientClock;
  readonly network: Network;
  readonly random: () => number;
  readonly agent: string;
}

/** From asking for a token to `welcome`. */
const handshakeMaxMs = 20_000;
/** From a ping to anything at all. */
const answerMaxMs = 10_000;

const byCode = new Map(Object.entries(closeCodes).map(([name, { code }]) => [code as number, name as CloseName]));

export class Link {
  readonly #options: LinkOptions;
  readonly #handler: LinkHandler;
  readonly #leaveNetwork: () => void;
  #socket: Socket | null = null;
  #welcomed = false;
  #settled = false;
  #everOnline = false;
  #closed = false;
  /** Attempts since the last success. */
  #failures = 0;
  /** Names the attempt under way: what an earlier one still brings is passed over. */
  #attempt = 0;
  #drainUntilMs = 0;
  #cancelWait: (() => void) | null = null;
  #cancelDeadline: (() => void) | null = null;
  #cancelBeat: (() => void) | null = null;
  #cancelRenew: (() => void) | null = null;
  #renewing: string | null = null;
  #renewFailures = 0;
  #heartbeatMs = 20_000;
  #sentAtMs = 0;
  #heardAtMs = 0;
  /** When the ping was sent that nothing has been heard after; null = none is open. */
  #askedAtMs: number | null = null;
  /** The last error frame without a request, which says why the server is about to close. */
  #lastWord: ParleyError | null = null;
  #state: ConnectionState = 'connecting';

  constructor(options: LinkOptions, handler: LinkHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#leaveNetwork = options.network.subscribe(() => this.#networkChanged());
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** May requests be sent? */
  get up(): boolean {
    return this.#welcomed;
  }

  open(): void {
    this.#tell();
    void this.#connect();
  }

  /** What is shown is up to date. */
  settled(): void {
    this.#settled = true;
    this.#everOnline = true;
    this.#failures = 0;
    this.#tell();
  }

  /** Only while `up`. */
  send(bytes: Uint8Array): void {
    this.#sentAtMs = this.#options.clock.now();
    // The codec's bytes are a copy of their own, over no SharedArrayBuffer.
    this.#socket?.send(bytes as Uint8Array<ArrayBuffer>);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leaveNetwork();
    this.#drop();
    this.#tell();
  }

  #say(frame: ClientFrame): void {
    this.send(encode(frame));
  }

  async #connect(): Promise<void> {
    const { WebSocket, url, clock, credentials } = this.#options;
    this.#cancelWait?.();
    this.#cancelWait = null;
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#cancelDeadline = clock.after(handshakeMaxMs, () => this.#lost(0));
    let token: string;
    let socket: Socket;
    try {
      token = await credentials.token();
      if (attempt !== this.#attempt) return;
      socket = new WebSocket(url, subprotocol);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      if (error instanceof ParleyError) this.#handler.fault(error);
      this.#lost(0);
      return;
    }
    this.#socket = socket;
    this.#lastWord = null;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      const resume = this.#handler.resume();
      const agent = this.#options.agent.slice(0, 64);
      this.#say({ t: 'hello', v: 1, token, agent, ...(resume === undefined ? {} : { resume }) });
    };
    socket.onmessage = ({ data }: { data: unknown }) => this.#message(data);
    socket.onclose = ({ code }: { code: number }) => this.#lost(code);
    // A close follows every error.
    socket.onerror = () => {};
  }

  #message(data: unknown): void {
    this.#heardAtMs = this.#options.clock.now();
    this.#askedAtMs = null;
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(new Uint8Array(data as ArrayBuffer));
    } catch (cause) {
      this.#handler.fault(localFault('frame-unreadable', 'The server sent what is no frame.', cause));
      this.#lost(0);
      return;
    }
    if (frame.t === 'welcome') this.#welcome(frame);
    else if (frame.t === 'pong') return;
    else if (frame.t === 'drain') this.#drain(frame.reconnectWithinMs);
    else if ((frame.t === 'ok' || frame.t === 'error') && frame.id !== undefined && frame.id === this.#renewing) {
      this.#renewed(frame);
    } else {
      if (frame.t === 'error' && frame.id === undefined) this.#lastWord = faultOfFrame(frame);
      this.#handler.frame(frame);
    }
  }

  #welcome(frame: ServerFrames['welcome']): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = null;
    this.#welcomed = true;
    this.#heartbeatMs = frame.heartbeatMs;
    this.#options.credentials.accepted(frame.expiresAt);
    this.#beatLater();
    this.#renewLater();
    this.#handler.welcome(frame);
  }

  /** Also a probe of a connection that has died without a word: a ping that nothing follows ends it. */
  #beat(): void {
    const now = this.#options.clock.now();
    if (this.#askedAtMs !== null && now - this.#askedAtMs >= answerMaxMs) {
      this.#lost(0);
      return;
    }
    const quiet = this.#askedAtMs === null && now - this.#heardAtMs >= this.#heartbeatMs;
    if (quiet || now - this.#sentAtMs >= this.#heartbeatMs) this.#ping();
    this.#beatLater();
  }

  #ping(): void {
    this.#askedAtMs ??= this.#options.clock.now();
    this.#say({ t: 'ping' });
  }

  #beatLater(): void {
    this.#cancelBeat?.();
    this.#cancelBeat = this.#options.clock.after(Math.min(this.#heartbeatMs, answerMaxMs) / 4, () => this.#beat());
  }

  #renewLater(ms = this.#options.credentials.renewInMs()): void {
    this.#cancelRenew?.();
    this.#cancelRenew = Number.isFinite(ms) ? this.#options.clock.after(ms, () => void this.#renew()) : null;
  }

  async #renew(): Promise<void> {
    const attempt = this.#attempt;
    // A timer cannot wait for a month; what ended early waits on.
    if (this.#renewFailures === 0 && this.#options.credentials.renewInMs() > 60_000) return this.#renewLater();
    try {
      const token = await this.#options.credentials.fresh(this.#renewFailures === 0 ? 'renew' : 'rejected');
      if (attempt !== this.#attempt || !this.#welcomed) return;
      this.#renewing = newId();
      this.#say({ t: 'renew', id: this.#renewing, token });
    } catch (error) {
      if (attempt === this.#attempt) this.#renewFailed(error as ParleyError);
    }
  }

  #renewed(frame: ServerFrames['ok'] | ServerFrames['error']): void {
    this.#renewing = null;
    if (frame.t === 'error') {
      this.#renewFailed(faultOfFrame(frame));
      return;
    }
    this.#renewFailures = 0;
    this.#options.credentials.accepted(frame.result.expiresAt as number);
    this.#renewLater();
  }

  /** Goes on trying; at the end the server closes with `token-expired`, and a new connection takes a new token. */
  #renewFailed(error: ParleyError): void {
    this.#handler.fault(error);
    this.#renewFailures += 1;
    this.#renewLater(1_000 + delayMs(reconnectBackoff, this.#renewFailures, this.#options.random));
  }

  #drain(withinMs: number): void {
    const wait = this.#options.random() * withinMs;
    this.#drainUntilMs = this.#options.clock.now() + wait;
    this.#cancelWait?.();
    this.#cancelWait = this.#options.clock.after(wait, () => this.#lost(closeCodes.drain.code));
    this.#handler.drain(withinMs);
  }

  #networkChanged(): void {
    if (this.#closed) return;
    if (this.#welcomed) {
      // The device's word is a hint, the connection's answer is the truth.
      this.#ping();
    } else if (this.#options.network.online() && this.#cancelWait !== null) {
      this.#drop();
      void this.#connect();
    }
    this.#tell();
  }

  /** The connection or the attempt is over. `code` 0: ended from here. */
  #lost(code: number): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    const wasWelcomed = this.#welcomed;
    const lastWord = this.#lastWord;
    this.#drop();
    if (wasWelcomed) this.#handler.down();
    const name = byCode.get(code);
    const kind = name === undefined ? 'reconnect' : closeCodes[name].client;
    if (kind === 'stop') {
      this.close();
      const message = lastWord?.message ?? `The server has closed the connection: ${name}.`;
      this.#handler.stopped(new ParleyError({ code, name: name as string, message, rule: lastWord?.rule }));
      return;
    }
    let wait = (lastWord?.retryAfterMs ?? 0) + delayMs(reconnectBackoff, this.#failures, this.#options.random);
    if (kind === 'new-token') {
      this.#options.credentials.refused(name === 'token-expired' ? 'expired' : 'rejected');
      if (this.#failures === 0) wait = 0;
    }
    if (this.#drainUntilMs > 0) {
      wait = Math.max(0, this.#drainUntilMs - now);
      this.#drainUntilMs = 0;
    }
    this.#failures += 1;
    this.#cancelWait = this.#options.clock.after(wait, () => void this.#connect());
    this.#tell();
  }

  #drop(): void {
    this.#attempt += 1;
    this.#welcomed = false;
    this.#settled = false;
    this.#askedAtMs = null;
    this.#renewing = null;
    this.#renewFailures = 0;
    for (const cancel of [this.#cancelWait, this.#cancelDeadline, this.#cancelBeat, this.#cancelRenew]) cancel?.();
    this.#cancelWait = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    // `ws` reports the end of a connection that never opened as an error, and without a listener it would throw.
    socket.onerror = () => {};
    socket.close();
  }

  #tell(): void {
    const state = this.#stateNow();
    if (state === this.#state) return;
    this.#state = state;
    this.#handler.state(state);
  }

  #stateNow(): ConnectionState {
    if (this.#closed) return 'closed';
    if (this.#settled) return 'online';
    if (!this.#welcomed && !this.#options.network.online()) return 'offline';
    return this.#everOnline ? 'reconnecting' : 'connecting';
  }
}
