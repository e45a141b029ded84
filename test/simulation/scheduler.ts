/**
 * Virtual time: everything that happens in a simulated world is an event in one queue, and events are run one by one, each
 * to its end. Two events never share a moment without an order: the one asked for first comes first.
 */
import type { Timer } from '../../src/runtime/clock.ts';
import { settle } from '../client/virtual-clock.ts';

/** Whoever events belong to: a process or a device. None of its events is run after its end. */
export class Scope {
  alive = true;
}

interface Event {
  readonly atMs: number;
  readonly nth: number;
  readonly scope: Scope;
  /** Null: it was cancelled. */
  run: (() => void) | null;
}

export class Scheduler {
  /** Milliseconds since the world began. */
  nowMs = 0;
  /** Events run so far. */
  events = 0;
  #nth = 0;
  /** Called before each event. */
  before: () => void = () => {};
  /** A binary heap. */
  readonly #queue: Event[] = [];

  after(ms: number, scope: Scope, run: () => void): Timer {
    // Whole microseconds, and at least one: a wait shorter than what a number can tell would never be over.
    const atMs = ms > 0 ? (Math.round(this.nowMs * 1_000) + Math.ceil(ms * 1_000)) / 1_000 : this.nowMs;
    const event: Event = { atMs, nth: this.#nth++, scope, run };
    this.#push(event);
    return {
      cancel() {
        event.run = null;
      },
    };
  }

  /** Runs what falls due until then. `done` is asked after each event; true ends the run early, at the time of that event. */
  async run(ms: number, done: () => boolean = () => false): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    while (!done()) {
      const next = this.#queue[0];
      if (next === undefined || next.atMs > endMs) {
        this.nowMs = endMs;
        return;
      }
      this.#pop();
      if (next.run === null || !next.scope.alive) continue;
      this.nowMs = next.atMs;
      this.events += 1;
      this.before();
      next.run();
      await settle();
    }
  }

  #push(event: Event): void {
    const queue = this.#queue;
    let at = queue.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(queue[parent] as Event, event)) break;
      queue[at] = queue[parent] as Event;
      at = parent;
    }
    queue[at] = event;
  }

  #pop(): void {
    const queue = this.#queue;
    const last = queue.pop() as Event;
    if (queue.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1] as Event, queue[child] as Event)) child += 1;
      if (isBefore(last, queue[child] as Event)) break;
      queue[at] = queue[child] as Event;
      at = child;
    }
    queue[at] = last;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.nth < b.nth);
}
