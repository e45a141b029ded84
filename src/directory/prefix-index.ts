/**
 * A sorted list searched by prefix. Keys compare by UTF-16 code unit. It is kept in chunks, so that a change shifts a
 * few hundred entries however many there are.
 */
export interface IndexEntry<T> {
  readonly key: string;
  readonly value: T;
}

const chunkMax = 512;

export class PrefixIndex<T> {
  /** Never empty chunks, in order. */
  #chunks: IndexEntry<T>[][] = [];

  /** `entries` in any order, their keys unique. */
  constructor(entries: readonly IndexEntry<T>[]) {
    const sorted = entries.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    // Half full, so that the first additions do not split every chunk.
    for (let at = 0; at < sorted.length; at += chunkMax / 2) this.#chunks.push(sorted.slice(at, at + chunkMax / 2));
  }

  add(entry: IndexEntry<T>): void {
    const place = Math.max(0, this.#chunkOf(entry.key));
    const chunk = this.#chunks[place];
    if (chunk === undefined) {
      this.#chunks.push([entry]);
      return;
    }
    chunk.splice(placeIn(chunk, entry.key), 0, entry);
    if (chunk.length > chunkMax) this.#chunks.splice(place + 1, 0, chunk.splice(chunkMax / 2));
  }

  remove(key: string): void {
    const place = this.#chunkOf(key);
    const chunk = this.#chunks[place];
    if (chunk === undefined) return;
    const at = placeIn(chunk, key);
    if (chunk[at]?.key === key) chunk.splice(at, 1);
    if (chunk.length === 0) this.#chunks.splice(place, 1);
  }

  /** Values whose key begins with `prefix`, in order of the key. Not to be kept over a change. */
  *startingWith(prefix: string): Generator<T> {
    const first = Math.max(0, this.#chunkOf(prefix));
    for (let place = first; place < this.#chunks.length; place += 1) {
      const chunk = this.#chunks[place] as IndexEntry<T>[];
      for (let at = place === first ? placeIn(chunk, prefix) : 0; at < chunk.length; at += 1) {
        const entry = chunk[at] as IndexEntry<T>;
        if (!entry.key.startsWith(prefix)) return;
        yield entry.value;
      }
    }
  }

  /** The last chunk that begins at or below `key`; -1 if all begin above it. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.#chunks[middle] as IndexEntry<T>[])[0] as IndexEntry<T>).key <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Place of the first entry whose key is not below `key`. */
function placeIn<T>(chunk: readonly IndexEntry<T>[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle] as IndexEntry<T>).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
