/** The log that `disk-shim.c` writes: what a process did to its disk, and what it told the world, in one order. */
import { readFileSync } from 'node:fs';

const kinds = [
  'none',
  'open',
  'write',
  'written',
  'sync',
  'synced',
  'truncate',
  'rename',
  'unlink',
  'mkdir',
  'rmdir',
  'send',
  'sent',
  'close',
] as const;

export interface DiskEvent {
  readonly kind: (typeof kinds)[number];
  readonly fd: number;
  /** Joins the end of an operation with its beginning. */
  readonly operation: number;
  readonly path: string;
  /** The new name, of a rename. */
  readonly to: string;
  /** Where it is written to, or the new length. */
  readonly offset: number;
  /** Of a beginning: bytes; of an end: what the system answered. */
  readonly length: number;
  /** What is written or sent; null for zeros. */
  readonly data: Buffer | null;
  readonly existed: boolean;
  readonly synchronous: boolean;
  readonly emptied: boolean;
}

const headBytes = 30;
const [existed, synchronous, emptied, zeros] = [1, 2, 4, 8];

/** A last record that was cut short with its process is left out. */
export function readDiskLog(path: string): DiskEvent[] {
  const log = readFileSync(path);
  const events: DiskEvent[] = [];
  let at = 0;
  while (at + headBytes <= log.length) {
    const kind = kinds[log.readUInt8(at)] ?? 'none';
    const flags = log.readUInt8(at + 1);
    const names = at + headBytes;
    const toAt = names + log.readUInt16LE(at + 2);
    const dataAt = toAt + log.readUInt16LE(at + 4);
    const length = Number(log.readBigInt64LE(at + 22));
    const hasData = (kind === 'write' || kind === 'send') && (flags & zeros) === 0;
    const end = dataAt + (hasData ? length : 0);
    if (end > log.length) break;
    events.push({
      kind,
      fd: log.readInt32LE(at + 6),
      operation: log.readUInt32LE(at + 10),
      path: log.toString('utf8', names, toAt),
      to: log.toString('utf8', toAt, dataAt),
      offset: Number(log.readBigUInt64LE(at + 14)),
      length,
      data: hasData ? log.subarray(dataAt, end) : null,
      existed: (flags & existed) !== 0,
      synchronous: (flags & synchronous) !== 0,
      emptied: (flags & emptied) !== 0,
    });
    at = end;
  }
  return events;
}
