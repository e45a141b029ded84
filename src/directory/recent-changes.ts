/**
 * What changed lately, so that a client that comes back hears of every person and record it may have missed, or is told
 * that it was too long ago. Bounded: the newest `kept` to `2 × kept` changes.
 */
export interface RecentChange<T> {
  readonly version: number;
  readonly what: T;
}

export class RecentChanges<T> {
  readonly #kept: number;
  #changes: RecentChange<T>[];
  #completeSince: number;

  /** `changes` in any order; of changes after `completeSince` none is missing among them. */
  constructor(changes: readonly RecentChange<T>[], completeSince: number, kept: number) {
    this.#kept = kept;
    this.#completeSince = completeSince;
    this.#changes = changes.toSorted((a, b) => a.version - b.version);
    this.#trim(kept);
  }

  add(version: number, what: readonly T[]): void {
    for (const one of what) this.#changes.push({ version, what: one });
    this.#trim(this.#kept * 2);
  }

  /** Changes after `version`, oldest first, the same thing perhaps twice; null if some of them are forgotten. */
  since(version: number): T[] | null {
    if (version < this.#completeSince) return null;
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle] as RecentChange<T>).version <= version) low = middle + 1;
      else high = middle;
    }
    return this.#changes.slice(low).map((change) => change.what);
  }

  #trim(above: number): void {
    if (this.#changes.length <= above) return;
    const cut = this.#changes.length - this.#kept;
    // What else changed at the version of the last one dropped is incomplete with it.
    this.#completeSince = Math.max(this.#completeSince, (this.#changes[cut - 1] as RecentChange<T>).version);
    this.#changes = this.#changes.slice(cut);
  }
}
