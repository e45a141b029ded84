/**
 * Who owns each partition, to be asked all the time: the epoch of the newest claim as a u32 at four times the number of the
 * partition. All processes of a machine see the same bytes at once. Nothing depends on it after they have ended: who is the
 * owner is decided by the partition's record in LMDB.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Unavailable } from './journal.ts';

export class OwnersFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #bytes = Buffer.alloc(4);

  /** `path`: directory of the journal. */
  constructor(path: string) {
    this.#path = join(path, 'owners');
    this.#descriptor = openSync(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  /**
   * A directory can be moved while it is open, and another be put in its place, such as a restored one: the names of that
   * are the same. Throws `Unavailable` unless the one at the path is still this one; nothing there is this journal's then.
   */
  assertInPlace(): void {
    const held = fstatSync(this.#descriptor, { bigint: true });
    const found = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (found?.ino === held.ino && found.dev === held.dev) return;
    throw new Unavailable(`the journal was moved away from ${dirname(this.#path)} while it was in use`);
  }

  note(partition: number, epoch: number): void {
    this.#bytes.writeUInt32BE(epoch);
    writeSync(this.#descriptor, this.#bytes, 0, 4, partition * 4);
  }

  /** 0 where nobody has claimed. */
  epochOf(partition: number): number {
    const read = readSync(this.#descriptor, this.#bytes, 0, 4, partition * 4);
    return read < 4 ? 0 : this.#bytes.readUInt32BE();
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
