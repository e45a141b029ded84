/**
 * Stores of immutable snapshots. They fit React's `useSyncExternalStore` and the like: `getSnapshot` gives the identical
 * object until something in it has changed.
 */
export interface Store<T> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
}

/** Counts changes of what stores are derived from. */
export class Pulse {
  version = 0;
  #held = 0;
  #changed = false;
  readonly #listeners = new Set<() => void>();

  /** Something changed. Nobody is told while the pulse is held. */
  beat(): void {
    if (this.#held > 0) {
      this.#changed = true;
      return;
    }
    this.version += 1;
    for (const listener of [...this.#listeners]) listener();
  }

  /** From here until `release` every store shows what it showed: half of a catch-up is never to be seen (CMD-3). */
  hold(): void {
    this.#held += 1;
  }

  release(): void {
    this.#held -= 1;
    if (this.#held > 0 || !this.#changed) return;
    this.#changed = false;
    this.beat();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A store computed from what a pulse counts. Costs nothing while nobody asks. */
export class DerivedStore<T> implements Store<T> {
  readonly #pulse: Pulse;
  readonly #compute: (before: T | undefined) => T;
  readonly #listeners = new Set<() => void>();
  #leave: (() => void) | null = null;
  #version = -1;
  #snapshot: T | undefined;

  /** `compute` returns `before` itself where nothing has changed. */
  constructor(pulse: Pulse, compute: (before: T | undefined) => T) {
    this.#pulse = pulse;
    this.#compute = compute;
  }

  getSnapshot(): T {
    if (this.#version !== this.#pulse.version) {
      this.#version = this.#pulse.version;
      this.#snapshot = this.#compute(this.#snapshot);
    }
    return this.#snapshot as T;
  }

  subscribe(listener: () => void): () => void {
    // One function may subscribe twice: each subscription is its own.
    const own = () => listener();
    this.#listeners.add(own);
    if (this.#leave === null) {
      this.getSnapshot();
      this.#leave = this.#pulse.subscribe(() => this.#check());
    }
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#leave?.();
      this.#leave = null;
    };
  }

  #check(): void {
    const before = this.#snapshot;
    if (this.getSnapshot() === before) return;
    for (const listener of [...this.#listeners]) callSafely(listener);
  }
}

/** What a listener throws is its own: it is reported as uncaught and keeps nobody else from being told. */
export function callSafely(listener: () => void): void {
  try {
    listener();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}

export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** `before` itself where each of its fields is the identical one. */
export function unlessSame<T extends object>(before: T | undefined, after: T): T {
  const same = before !== undefined && Object.entries(after).every(([key, value]) => before[key as keyof T] === value);
  return same ? before : after;
}
