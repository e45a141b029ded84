/** A signed-in session as fan-out sees it. Pushes wait while an answer is being made, and follow it in order. */
import type { Subscriber } from '../fanout/audience.ts';

export interface SubscriptionPort {
  write(bytes: Uint8Array): void;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  /** More waits than may: the reader has to resume. */
  tooMuch(): void;
}

export class Subscription implements Subscriber {
  readonly person: string;
  badge = -1;
  #held: Uint8Array[] | null = null;
  #heldBytes = 0;
  readonly #maxBytes: number;
  readonly #port: SubscriptionPort;

  constructor(person: string, maxBytes: number, port: SubscriptionPort) {
    this.person = person;
    this.#maxBytes = maxBytes;
    this.#port = port;
  }

  push(bytes: Uint8Array): void {
    if (this.#held === null) return this.#port.write(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#maxBytes) {
      this.#held = [];
      this.#heldBytes = 0;
      this.#port.tooMuch();
    }
  }

  get isFree(): boolean {
    return this.#held === null;
  }

  subscribe(topic: string): void {
    this.#port.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    this.#port.unsubscribe(topic);
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#heldBytes = 0;
    for (const bytes of held) this.#port.write(bytes);
  }
}
