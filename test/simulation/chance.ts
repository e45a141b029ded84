/** Seeded choices. Each part of a world has a stream of its own, so that a fault less in one does not change another. */
import { seeded } from '../wire/mutate.ts';

export class Chance {
  readonly #seed: number;
  readonly fraction: () => number;

  constructor(seed: number) {
    this.#seed = seed;
    this.fraction = seeded(seed);
  }

  /** A stream that depends on the seed and on this number alone. */
  stream(nth: number): Chance {
    return new Chance(Math.imul(this.#seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(nth + 1, 0xc2b2ae35));
  }

  /** 0 ≤ whole number < n. */
  below(n: number): number {
    return Math.floor(this.fraction() * n);
  }

  is(probability: number): boolean {
    return this.fraction() < probability;
  }

  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** One of the keys, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let dice = this.fraction() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      dice -= weight;
      if (dice < 0) return key;
    }
    return (entries[entries.length - 1] as [K, number])[0];
  }

  bytes(into: Uint8Array): void {
    for (let at = 0; at < into.length; at += 1) into[at] = this.below(256);
  }
}
