/**
 * One connection's life: hello in time, then requests and pushes until either side ends it. A session is a union by
 * state; each state holds only what belongs to it. Commands go to the host as they come; questions are answered one
 * after the other, and what is pushed meanwhile waits behind the answer, so that a reader never gets the old after the new.
 */
import type { HostResult } from '../host/committed.ts';
import { Damaged } from '../journal/journal.ts';
import type { Timer } from '../runtime/clock.ts';
import { type CloseName, closeCodes } from '../wire/close-codes.ts';
import { encode } from '../wire/codec.ts';
import { decodeClientFrame } from '../wire/decode-client-frame.ts';
import { type ErrorDetails, type ErrorName, errorFrame } from '../wire/errors.ts';
import { type ClientFrame, type CommandFrame, commandTypes, type ServerFrame } from '../wire/frames.ts';
import { answerQuery, type QueryFrame } from './answer-query.ts';
import type { Identity } from './authenticator.ts';
import { requestOf } from './command-request.ts';
import type { Connection, ConnectionHandler } from './connection.ts';
import { greet } from './greeting.ts';
import type { House } from './house.ts';
import { isReached } from './reached.ts';
import { Subscription } from './subscription.ts';

type State = Arriving | Live | { readonly name: 'closed' };

interface Arriving {
  name: 'new' | 'verifying';
  readonly timer: Timer;
  /** Pings, and frames that were not waited for. */
  early: number;
}

interface Live {
  readonly name: 'live';
  readonly subscription: Subscription;
  expiresAt: number;
  /** Requests under way. */
  inFlight: number;
  /** Questions are answered in turn. */
  turn: Promise<void>;
}

/** What the registry of sessions does for each. */
export interface SessionRegistry {
  /** False: the person has too many already. */
  signedIn(session: Session, person: string): boolean;
  /** There is something to write. */
  waiting(session: Session): void;
  /** Writes everything that waits, of all sessions. */
  flush(): void;
  closed(session: Session, person: string | null): void;
}

const commands: ReadonlySet<string> = new Set(commandTypes);

export class Session implements ConnectionHandler {
  readonly #house: House;
  readonly #registry: SessionRegistry;
  readonly #connection: Connection;
  #state: State;
  #lastHeard: number;
  /** What waits to be written: nearly always one frame, for which no list is made. */
  #first: Uint8Array | null = null;
  #more: Uint8Array[] | null = null;

  constructor(house: House, registry: SessionRegistry, connection: Connection) {
    this.#house = house;
    this.#registry = registry;
    this.#connection = connection;
    this.#lastHeard = house.clock.monotonicMs();
    this.#state = {
      name: 'new',
      timer: house.clock.after(house.limits.helloTimeoutMs, () => this.end('hello-timeout')),
      early: 0,
    };
  }

  get person(): string | null {
    return this.#state.name === 'live' ? this.#state.subscription.person : null;
  }

  // ---- from the transport ---------------------------------------------------------------------------------------------

  message(bytes: Uint8Array): void {
    if (this.#state.name === 'closed') return;
    this.#lastHeard = this.#house.clock.monotonicMs();
    this.#house.metrics.frameIn(bytes.length);
    const decoded = decodeClientFrame(bytes);
    if (decoded.ok) this.#frame(decoded.frame);
    else this.#badFrame(decoded.error, { id: decoded.id, field: decoded.field });
    this.#registry.flush();
  }

  text(): void {
    this.#refuse('frame-malformed');
    this.end('protocol-error');
  }

  ping(): void {
    this.#heed();
  }

  closed(): void {
    const state = this.#state;
    if (state.name === 'closed') return;
    const person = this.person;
    this.#state = { name: 'closed' };
    if (state.name === 'live') {
      this.#house.audience.remove(state.subscription);
      this.#house.sidebars.unpin(state.subscription.person);
      this.#house.preferences.release(state.subscription.person);
    } else state.timer.cancel();
    this.#dropWaiting();
    this.#registry.closed(this, person);
  }

  // ---- from the house -------------------------------------------------------------------------------------------------

  send(frame: ServerFrame): void {
    this.#queue(encode(frame));
  }

  /** Ends the session with a close code; what was queued is sent before. */
  end(name: CloseName): void {
    this.writeOut();
    if (this.#state.name === 'closed') return;
    this.closed();
    this.#house.metrics.closed(name);
    this.#connection.close(closeCodes[name].code, name);
  }

  /** Hands everything queued to the kernel at once. A reader that is too slow is ended and has to resume. */
  writeOut(): void {
    const first = this.#first;
    const more = this.#more;
    if (first === null) return;
    this.#dropWaiting();
    if (more === null) this.#hand(first);
    else {
      this.#connection.batch(() => {
        this.#hand(first);
        for (const bytes of more) this.#hand(bytes);
      });
    }
    this.#endSlow();
  }

  /** More connections come from this address than may: named, and ended before anything is asked of the house. */
  turnAway(retryAfterMs: number): void {
    this.#refuse('address-limited', { retryAfterMs });
    this.end('address-limited');
  }

  /** Ends a session whose token has expired, that has been silent for too long, or that takes too little of what it is sent. */
  sweep(nowMicros: number, monotonicMs: number): void {
    if (this.#state.name === 'live' && this.#state.expiresAt <= nowMicros) {
      this.#refuse('token-expired');
      this.end('token-expired');
    } else if (monotonicMs - this.#lastHeard > this.#house.limits.silenceMaxMs) this.end('silent');
    // Of what is published the session itself sees nothing.
    else this.#endSlow();
  }

  // ---- frames ---------------------------------------------------------------------------------------------------------

  #frame(frame: ClientFrame): void {
    const state = this.#state;
    if (state.name === 'new') {
      if (frame.t === 'hello') return void this.#hello(frame, state);
      this.#refuse('not-signed-in', { id: 'id' in frame ? frame.id : undefined });
      return this.end('protocol-error');
    }
    if (frame.t === 'ping') return this.#heed() ? this.send({ t: 'pong' }) : undefined;
    if (frame.t === 'hello') return this.#decline('already-signed-in');
    if (state.name !== 'live') return this.#decline('not-signed-in', { id: frame.id });
    if (state.inFlight >= this.#house.limits.sessionInFlightMax) return this.#decline('busy', { id: frame.id });
    const retryAfterMs = this.#house.rateLimit.take(state.subscription.person);
    if (retryAfterMs > 0) return this.#decline('rate-limited', { id: frame.id, retryAfterMs });
    if (isCommand(frame)) return this.#command(state, frame);
    if (frame.t === 'renew') return this.#inTurn(state, frame.id, () => this.#renew(state, frame.id, frame.token));
    this.#inTurn(state, frame.id, () => this.#query(state, frame));
  }

  /** Refuses what is answered without being decided, and so at no pace of its own. */
  #decline(name: ErrorName, details: ErrorDetails = {}): void {
    if (this.#heed()) this.#refuse(name, details);
  }

  /**
   * One more is answered with nothing done. False: somebody goes on and on whatever the answer is, and has been ended, because
   * even answers take time that is others' as well.
   */
  #heed(): boolean {
    const state = this.#state;
    let retryAfterMs = 0;
    if (state.name === 'live') retryAfterMs = this.#house.unheeded.take(state.subscription.person);
    else if (state.name !== 'closed') {
      state.early += 1;
      if (state.early > this.#house.limits.framesBeforeWelcomeMax) retryAfterMs = this.#house.limits.helloTimeoutMs;
    }
    if (retryAfterMs === 0) return true;
    this.#refuse('rate-limited', { retryAfterMs });
    this.end('protocol-error');
    return false;
  }

  /** A fault in the frame costs a token as a request does; whoever goes on beyond the limit is ended. */
  #badFrame(error: ErrorName, details: ErrorDetails): void {
    this.#refuse(error, details);
    if (this.#state.name !== 'live') return this.end('protocol-error');
    if (this.#house.rateLimit.take(this.#state.subscription.person) > 0) this.end('protocol-error');
  }

  #command(state: Live, frame: CommandFrame): void {
    const { id } = frame;
    const { person } = state.subscription;
    if (frame.t === 'readAll' && !isReached(frame.at, this.#house.host.positions()))
      return this.#refuse('position-unknown', { id });
    state.inFlight += 1;
    this.#house.host.request(person, id, requestOf(frame), (result) => {
      state.inFlight -= 1;
      this.#house.metrics.command(frame.t, 'fault' in result ? 'failed' : 'refused' in result ? 'refused' : 'ok');
      this.#answer(id, result);
    });
  }

  #answer(id: string, result: HostResult): void {
    if ('fault' in result) this.#refuse(result.fault, { id, retryAfterMs: result.retryAfterMs });
    else if ('refused' in result) this.#refuse(result.refused, { id });
    else this.send({ t: 'ok', id, result: result.ok });
  }

  /** `id`: of the request; null for the greeting, without which there is no session. */
  #inTurn(state: Live, id: string | null, work: () => Promise<void>): void {
    state.inFlight += 1;
    state.turn = state.turn.then(async () => {
      this.#hold(state.subscription);
      try {
        if (this.#state === state) await work();
      } catch (error) {
        this.#house.log.error(
          { person: state.subscription.person, error: (error as Error).stack },
          'a question failed',
        );
        if (id === null) this.end('overloaded');
        else this.#refuse(error instanceof Damaged ? 'damaged' : 'internal', { id });
      } finally {
        state.inFlight -= 1;
        state.subscription.release();
        this.#registry.flush();
      }
    });
  }

  /** What is told from here on comes behind an answer. */
  #hold(subscription: Subscription): void {
    subscription.hold();
    this.#house.audience.occupied(subscription);
  }

  async #query(state: Live, frame: QueryFrame): Promise<void> {
    const answer = await answerQuery(this.#house, state.subscription, frame);
    if (typeof answer === 'string') this.#refuse(answer, { id: frame.id });
    else this.send({ t: 'ok', id: frame.id, result: answer as Record<string, unknown> });
  }

  async #renew(state: Live, id: string, token: string): Promise<void> {
    const identity = await this.#house.authenticator.verify(token);
    if (typeof identity === 'string') return this.#refuse(identity, { id });
    if (identity.person !== state.subscription.person) return this.#refuse('token-other-person', { id });
    state.expiresAt = identity.expiresAt;
    this.send({ t: 'ok', id, result: { expiresAt: identity.expiresAt } });
  }

  // ---- signing in -----------------------------------------------------------------------------------------------------

  async #hello(frame: ClientFrame & { t: 'hello' }, arriving: Arriving): Promise<void> {
    arriving.name = 'verifying';
    const identity = await this.#house.authenticator.verify(frame.token);
    if (this.#state.name !== 'verifying') return;
    if (identity === 'token-invalid') {
      const retryAfterMs = this.#house.addressLimits.signInFailed(this.#connection.address);
      if (retryAfterMs > 0) return this.turnAway(retryAfterMs);
    }
    const refused = this.#refusedSignIn(identity);
    if (refused !== null) {
      this.#refuse(refused.error);
      return this.end(refused.close);
    }
    const { person, expiresAt } = identity as Identity;
    arriving.timer.cancel();
    const subscription = new Subscription(person, this.#house.limits.socketBacklogMaxBytes, {
      write: (bytes) => this.#queue(bytes),
      subscribe: (topic) => this.#connection.subscribe(topic),
      unsubscribe: (topic) => this.#connection.unsubscribe(topic),
      tooMuch: () => this.#tooSlow(),
    });
    subscription.hold();
    const state: Live = { name: 'live', subscription, expiresAt, inFlight: 0, turn: Promise.resolve() };
    this.#state = state;
    this.#house.audience.add(subscription);
    this.#house.sidebars.pin(person);
    this.#house.preferences.keep(person);
    if (!this.#registry.signedIn(this, person)) return this.end('too-many-sessions');
    this.#inTurn(state, null, async () => {
      for (const greeting of await greet(this.#house, subscription, frame.resume ?? null, expiresAt))
        this.send(greeting);
    });
  }

  #refusedSignIn(
    identity: Awaited<ReturnType<House['authenticator']['verify']>>,
  ): { error: ErrorName; close: CloseName } | null {
    if (identity === 'unavailable') return { error: 'unavailable', close: 'overloaded' };
    if (typeof identity === 'string') return { error: identity, close: identity };
    if (!this.#house.directory.isActive(identity.person)) return { error: 'person-deactivated', close: 'deactivated' };
    if (identity.expiresAt <= this.#house.clock.now()) return { error: 'token-expired', close: 'token-expired' };
    return null;
  }

  // ---- writing --------------------------------------------------------------------------------------------------------

  #refuse(name: ErrorName, details: ErrorDetails = {}): void {
    this.#house.metrics.refusal(name);
    this.send(errorFrame(name, details));
  }

  #queue(bytes: Uint8Array): void {
    if (this.#state.name === 'closed') return;
    if (this.#first === null) {
      this.#first = bytes;
      this.#registry.waiting(this);
    } else if (this.#more === null) this.#more = [bytes];
    else this.#more.push(bytes);
  }

  #hand(bytes: Uint8Array): void {
    this.#house.metrics.frameOut(bytes.length);
    this.#connection.send(bytes);
  }

  #dropWaiting(): void {
    this.#first = null;
    this.#more = null;
  }

  #endSlow(): void {
    if (this.#connection.backlogBytes() > this.#house.limits.socketBacklogMaxBytes) this.#tooSlow();
  }

  #tooSlow(): void {
    if (this.#state.name === 'closed') return;
    this.#house.metrics.slowConsumer();
    this.#dropWaiting();
    this.closed();
    this.#connection.close(closeCodes['slow-consumer'].code, 'slow-consumer');
  }
}

function isCommand(frame: ClientFrame): frame is CommandFrame {
  return commands.has(frame.t);
}
