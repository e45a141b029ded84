/** All sessions of this server: what they owe each other (one write per batch), and what ends many at once. */
import type { Timer } from '../runtime/clock.ts';
import type { CloseName } from '../wire/close-codes.ts';
import type { Accept } from './connection.ts';
import type { House } from './house.ts';
import { Session, type SessionRegistry } from './session.ts';

export class Sessions implements SessionRegistry {
  readonly #house: House;
  readonly #all = new Set<Session>();
  readonly #people = new Map<string, Set<Session>>();
  #waiting: Session[] = [];
  /** `together` is at work, and will write out what is queued: no turn of the loop is asked for it. */
  #together = false;
  #draining = false;
  readonly #timer: Timer;

  constructor(house: House) {
    this.#house = house;
    this.#timer = house.clock.every(house.limits.expirySweepMs, () => this.#sweep());
  }

  get size(): number {
    return this.#all.size;
  }

  readonly accept: Accept = (connection) => {
    const session = new Session(this.#house, this, connection);
    this.#all.add(session);
    const { clock, addressLimits } = this.#house;
    if (this.#draining) clock.soon(() => session.end('drain'));
    else {
      const retryAfterMs = addressLimits.opened(connection.address);
      if (retryAfterMs > 0) clock.soon(() => session.turnAway(retryAfterMs));
    }
    return session;
  };

  signedIn(session: Session, person: string): boolean {
    const sessions = this.#people.get(person) ?? new Set<Session>();
    this.#people.set(person, sessions.add(session));
    return sessions.size <= this.#house.limits.sessionsPersonMax;
  }

  waiting(session: Session): void {
    if (this.#waiting.length === 0 && !this.#together) this.#house.clock.soon(() => this.flush());
    this.#waiting.push(session);
  }

  /** Writes out what `work` queues at its end, without a turn of the loop for it: that costs as much as a frame. */
  together(work: () => void): void {
    this.#together = true;
    try {
      work();
    } finally {
      this.#together = false;
      this.flush();
    }
  }

  /** `bytes` for `readers` sessions that are subscribed to the topic: `publish` writes to them behind what waits. */
  published(bytes: Uint8Array, readers: number, publish: () => void): void {
    this.flush();
    this.#house.metrics.framesOut(readers, bytes.length);
    publish();
  }

  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const session of waiting) session.writeOut();
  }

  closed(session: Session, person: string | null): void {
    this.#all.delete(session);
    if (person === null) return;
    const sessions = this.#people.get(person);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#people.delete(person);
  }

  /** CMD-4: the person's sessions end at once. */
  endPerson(person: string): void {
    for (const session of [...(this.#people.get(person) ?? [])]) session.end('deactivated');
  }

  /** Tells everyone to come back later; whoever connects from now on is sent away. */
  announceDrain(): void {
    this.#draining = true;
    for (const session of this.#all) {
      if (session.person !== null) session.send({ t: 'drain', reconnectWithinMs: this.#house.limits.drainSpreadMs });
    }
    this.flush();
  }

  endAll(name: CloseName): void {
    this.#timer.cancel();
    for (const session of [...this.#all]) session.end(name);
  }

  #sweep(): void {
    const now = this.#house.clock.now();
    const monotonic = this.#house.clock.monotonicMs();
    for (const session of this.#all) session.sweep(now, monotonic);
    this.#house.rateLimit.sweep();
    this.#house.unheeded.sweep();
    this.#house.addressLimits.sweep();
    this.flush();
  }
}
