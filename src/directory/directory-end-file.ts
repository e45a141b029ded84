/**
 * Which directory was there last, in a file beside it: its version, and a sum over all its rows. A directory that was
 * replaced by an earlier copy of itself is whole and cannot tell; nor can one in which pages of an earlier version stand at
 * the places of later ones. Rights would go back without a word.
 *
 * It is written in passing, behind what is durable, so it may be old, never wrong: a checked note of sum and version.
 */
import { closeSync } from 'node:fs';
import { openNotes, readNote, writeNote } from '../runtime/checked-note.ts';
import { crc32c } from '../runtime/crc32c.ts';
import { DirectoryDamaged } from './directory-store.ts';

export interface DirectoryEnd {
  readonly version: number;
  /** Over the rows, each by its key and value, in any order. */
  readonly sum: number;
}

/** Where the file of a directory's environment is. */
export function endFileOf(environment: string): string {
  return `${environment}-end`;
}

export class DirectoryEndFile {
  readonly #descriptor: number;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(path: string) {
    this.#descriptor = openNotes(path);
  }

  /** Never rejects: a note that could not be made leaves an older one, which is no wrong one. */
  note({ version, sum }: DirectoryEnd): Promise<void> {
    this.#writing = this.#writing
      .then(() => (this.#closed ? undefined : writeNote(this.#descriptor, 0, { small: sum, large: version })))
      .catch(() => undefined);
    return this.#writing;
  }

  /** A write that was overdue may still come to its note: that is not made any more. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    closeSync(this.#descriptor);
  }
}

/** Null where nothing has been noted, or a power cut has torn it. */
export function readDirectoryEnd(path: string): DirectoryEnd | null {
  const note = readNote(path, 0);
  return note === null ? null : { version: note.large, sum: note.small };
}

/** `noted`: read before the directory was. Throws `DirectoryDamaged` where this is not the one that was there last. */
export function assertNotEarlier(found: DirectoryEnd, noted: DirectoryEnd | null): void {
  if (noted === null || noted.version < found.version) return;
  if (noted.version > found.version) {
    throw new DirectoryDamaged(`directory: it is of version ${found.version}, and was of ${noted.version}`);
  }
  if (noted.sum !== found.sum) {
    throw new DirectoryDamaged(`directory: some of it is not of version ${found.version}`);
  }
}

/** What one row adds to the sum. */
export function weightOf(key: Uint8Array, value: Uint8Array): number {
  return crc32c(value, crc32c(key));
}

/** The sum with other weights in the place of some. */
export function sumWith(sum: number, added: readonly number[], taken: readonly number[] = []): number {
  let changed = sum;
  for (const weight of added) changed = (changed + weight) >>> 0;
  for (const weight of taken) changed = (changed - weight) >>> 0;
  return changed;
}
