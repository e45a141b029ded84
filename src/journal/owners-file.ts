/**
 * Who owns each partition, to be asked all the time: the epoch of the newest claim as a u32 at four times the number of the
 * partition. All processes of a machine see the same bytes at once. Nothing depends on it after they have ended: who is the
 * owner is decided by the partition's record in LMDB.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export class OwnersFile {
  readonly #descriptor: number;
  readonly #bytes = Buffer.alloc(4);

  /** `path`: directory of the journal. */
  constructor(path: string) {
    this.#descriptor = openSync(join(path, 'owners'), constants.O_RDWR | constants.O_CREAT, 0o600);
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
