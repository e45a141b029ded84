/**
 * Two numbers with a checksum, somewhere in a file that is written in passing: behind what is durable and without a sync of
 * its own, so that a note may be old, or torn by a power cut, and never wrong. CRC32C u32, u32, u64, big endian.
 */
import { closeSync, constants, openSync, readSync, write } from 'node:fs';
import { crc32c } from './crc32c.ts';

export const noteBytes = 16;

export interface CheckedNote {
  /** Below 2^32. */
  readonly small: number;
  readonly large: number;
}

/** Descriptor of the file of notes, which is made where there is none. */
export function openNotes(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
}

/** Rejects with what the system says. `at`: byte of the file. */
export function writeNote(descriptor: number, at: number, { small, large }: CheckedNote): Promise<void> {
  const bytes = Buffer.alloc(noteBytes);
  bytes.writeUInt32BE(small, 4);
  bytes.writeBigUInt64BE(BigInt(large), 8);
  bytes.writeUInt32BE(crc32c(bytes.subarray(4)), 0);
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, 0, noteBytes, at, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** Null where nothing has been noted, or a power cut has torn it. */
export function readNote(path: string, at: number): CheckedNote | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(noteBytes);
    if (readSync(file, bytes, 0, noteBytes, at) < noteBytes) return null;
    if (bytes.readUInt32BE(0) !== crc32c(bytes.subarray(4))) return null;
    return { small: bytes.readUInt32BE(4), large: Number(bytes.readBigUInt64BE(8)) };
  } finally {
    closeSync(file);
  }
}
