/** Events for `on` and for async iterators. */
import type { AlertPreferences, Entry } from '../wire/frames.ts';
import type { ParleyError } from './failure.ts';
import type { ConnectionState } from './link.ts';
import { callSafely } from './store.ts';
import type { ConversationView } from './view.ts';

export interface ParleyEvents {
  state: ConnectionState;
  /** The person wants a pop-up for this (ALERT-1). Which of several tabs shows it is for the page to settle (ALERT-2). */
  popup: {
    readonly kind: 'conversation' | 'message';
    readonly conversation: ConversationView;
    readonly entries: readonly Entry[];
  };
  /** Entries of the person's own copies that this client had not seen, in order. */
  entries: { readonly conversation: string; readonly entries: readonly Entry[] };
  /** ERASE-1: the text of these messages is gone for ever: forget what was kept of it. */
  erased: { readonly conversation: string; readonly seqs: readonly number[] };
  /** A conversation left the sidebar. */
  gone: { readonly conversation: string };
  /** The alert boxes were changed, on whichever device. */
  alerts: AlertPreferences;
  /** The server goes down; the client comes back by itself. */
  drain: { readonly reconnectWithinMs: number };
  /** A fault that no promise carries. */
  error: ParleyError;
}
export type ParleyEventName = keyof ParleyEvents;

/** What an iterator yields. `missed`: its reader was too slow, and so many events were dropped before this place. */
export type ParleyEvent =
  | { readonly [N in ParleyEventName]: { readonly type: N; readonly detail: ParleyEvents[N] } }[ParleyEventName]
  | { readonly type: 'missed'; readonly detail: { readonly count: number } };

/** Events that may wait in one iterator. */
export const eventsWaitingMax = 10_000;

type Tap = (event: ParleyEvent) => void;

export class Events {
  readonly #listeners = new Map<ParleyEventName, Set<(detail: never) => void>>();
  readonly #taps = new Set<Tap>();
  readonly #onEnd = new Set<() => void>();
  #ended = false;

  on<N extends ParleyEventName>(name: N, listener: (detail: ParleyEvents[N]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    const own = (detail: ParleyEvents[N]) => listener(detail);
    set.add(own);
    return () => set.delete(own);
  }

  /** Is there anyone to hear of it? What is costly to put together is left alone where nobody is. */
  hears(name: ParleyEventName): boolean {
    return this.#taps.size > 0 || (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<N extends ParleyEventName>(name: N, detail: ParleyEvents[N]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      callSafely(() => (listener as (detail: ParleyEvents[N]) => void)(detail));
    }
    for (const tap of this.#taps) tap({ type: name, detail } as ParleyEvent);
  }

  /** Ends every iterator, after what waits in it. */
  end(): void {
    this.#ended = true;
    for (const end of [...this.#onEnd]) end();
  }

  /** Everything from this call on. Ends with `signal` or with the client. */
  stream(signal?: AbortSignal): AsyncIterableIterator<ParleyEvent> {
    const waiting: ParleyEvent[] = [];
    let missed = 0;
    let done = this.#ended || signal?.aborted === true;
    let wake: (() => void) | null = null;
    const tap: Tap = (event) => {
      if (waiting.length < eventsWaitingMax) waiting.push(event);
      else missed += 1;
      wake?.();
    };
    const stop = () => {
      done = true;
      this.#taps.delete(tap);
      this.#onEnd.delete(stop);
      signal?.removeEventListener('abort', stop);
      wake?.();
    };
    if (!done) {
      this.#taps.add(tap);
      this.#onEnd.add(stop);
      signal?.addEventListener('abort', stop);
    }
    async function* run(): AsyncGenerator<ParleyEvent> {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined) yield event;
        else if (missed > 0) {
          const count = missed;
          missed = 0;
          yield { type: 'missed', detail: { count } };
        } else if (done) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = null;
        }
      }
    }
    const running = run();
    const end = running.return;
    // By itself a generator ends only behind the `next` that waits, and does nothing where it has not begun.
    running.return = (value) => {
      stop();
      return end.call(running, value);
    };
    return running;
  }
}
