/**
 * How far each partition had got, in a file of its own: epoch and first position of its newest durable frame. It is written in
 * passing, as the end marks of the segments are, so it may be old, never wrong. A segment that has gone, or was replaced by
 * an earlier copy of itself, cannot tell of its own loss: this does.
 *
 * At sixteen times the partition's number: CRC32C u32, epoch u32, first position u64.
 */
import { closeSync, constants, openSync, readSync, write } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '../runtime/crc32c.ts';
import type { Position } from './entry.ts';

export interface NotedEnd {
  readonly epoch: number;
  /** Of the newest frame; the one before the segment's first where there is none. */
  readonly first: Position;
}

const name = 'ends';
const bytesEach = 16;

export class EndsFile {
  readonly #descriptor: number;

  /** `path`: directory of the journal. */
  constructor(path: string) {
    this.#descriptor = openSync(join(path, name), constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  note(partition: number, { epoch, first }: NotedEnd): Promise<void> {
    const bytes = Buffer.alloc(bytesEach);
    bytes.writeUInt32BE(epoch, 4);
    bytes.writeBigUInt64BE(BigInt(first), 8);
    bytes.writeUInt32BE(crc32c(bytes.subarray(4)), 0);
    return new Promise((resolve, reject) => {
      write(this.#descriptor, bytes, 0, bytesEach, partition * bytesEach, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Null where nothing has been noted, or a power cut has torn it. */
export function readNotedEnd(path: string, partition: number): NotedEnd | null {
  let file: number;
  try {
    file = openSync(join(path, name), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(bytesEach);
    if (readSync(file, bytes, 0, bytesEach, partition * bytesEach) < bytesEach) return null;
    if (bytes.readUInt32BE(0) !== crc32c(bytes.subarray(4))) return null;
    return { epoch: bytes.readUInt32BE(4), first: Number(bytes.readBigUInt64BE(8)) };
  } finally {
    closeSync(file);
  }
}
