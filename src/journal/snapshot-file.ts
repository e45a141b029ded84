/**
 * Files of a snapshot: records behind each other, `[length, u32 big-endian][sealed value]`. The key under each seal is
 * the file's name and the record's number, so that none can be dropped, swapped or moved to another file; the last record
 * says how many there were.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Fields } from './fields.ts';
import { formats, type Place, pack, seal, unseal } from './format.ts';
import { Damaged } from './journal.ts';

/** Bytes gathered for one write. */
const chunkBytes = 1 << 20;
/** A record is an event, a row or an entry: at most the longest text and two thousand names. */
const recordMaxBytes = 1 << 26;
/** First members of records, and what stands behind them: append only. */
export const tags = {
  /** Conversation, partition. */
  conversation: 0,
  /** Is it a mark?, seq or `v`, the event as a row of its own. */
  event: 1,
  /** `v`, position, running hash. */
  conversationEnd: 2,
  /** Key, value. */
  command: 3,
  preferences: 4,
  outbox: 5,
  /** Partition, checkpoint, head. */
  partition: 6,
  /** The entry's members. */
  entry: 7,
  /** Table's name or null, key, value. */
  directoryRow: 8,
  /** Key, value. */
  mails: 9,
} as const;
/** First member of the last record; others begin with a smaller number. */
const endTag = 255;

export interface SnapshotFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export class RecordWriter {
  readonly #name: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #bytes = 0;
  #records = 0;

  private constructor(name: string, file: FileHandle) {
    this.#name = name;
    this.#file = file;
  }

  static async create(path: string): Promise<RecordWriter> {
    return new RecordWriter(basename(path), await open(path, 'wx', 0o600));
  }

  /** `members`: an array whose first member says what it is. */
  async write(members: readonly unknown[]): Promise<void> {
    this.#add(members);
    if (this.#waitingBytes < chunkBytes) return;
    await this.#flush();
    // Not all at the end: a server's appends on the same disk would wait for it.
    await this.#file.datasync();
  }

  /** Writes the last record and makes the file durable. */
  async finish(): Promise<SnapshotFile> {
    this.#add([endTag, this.#records]);
    await this.#flush();
    await this.#file.sync();
    await this.#file.close();
    return { name: this.#name, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes the file as it is; it will be removed. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  #add(members: readonly unknown[]): void {
    const value = seal(formats.snapshot, keyOf(this.#name, this.#records), pack(members));
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32BE(value.length);
    this.#waiting.push(length, value);
    this.#waitingBytes += length.length + value.length;
    this.#records += 1;
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#hash.update(bytes);
    await this.#file.writeFile(bytes);
    this.#bytes += bytes.length;
  }
}

export interface SnapshotRecord {
  readonly tag: number;
  /** Stands behind the tag. */
  readonly fields: Fields;
}

/** Every record but the last, in order. Throws `Damaged`; also where the file goes on behind the last record. */
export async function* readRecords(path: string): AsyncIterable<SnapshotRecord> {
  const name = basename(path);
  let records = 0;
  let ended = false;
  for await (const value of readValues(path, name)) {
    const place: Place = { store: `snapshot/${name}`, key: keyOf(name, records) };
    if (ended) throw new Damaged(`snapshot/${name}: records behind the last one`);
    const fields = Fields.of(unseal(formats.snapshot, place, value), place);
    const tag = fields.count();
    if (tag === endTag) {
      if (fields.count() !== records) throw new Damaged(`snapshot/${name}: another number of records`);
      ended = true;
      continue;
    }
    records += 1;
    yield { tag, fields };
  }
  if (!ended) throw new Damaged(`snapshot/${name}: cut short`);
}

async function* readValues(path: string, name: string): AsyncIterable<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4) {
      const length = rest.readUInt32BE(at);
      if (length > recordMaxBytes) throw new Damaged(`snapshot/${name}: a record of ${length} bytes`);
      if (rest.length - at < 4 + length) break;
      yield rest.subarray(at + 4, at + 4 + length);
      at += 4 + length;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new Damaged(`snapshot/${name}: cut short`);
}

/** Length of a file; null where it is something else, such as a pipe or a device, which may have no end. */
export async function fileBytes(path: string): Promise<number | null> {
  const found = await stat(path);
  return found.isFile() ? found.size : null;
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes })) hash.update(chunk);
  return hash.digest('hex');
}

function keyOf(name: string, number: number): Buffer {
  const key = Buffer.alloc(8 + name.length);
  key.writeBigUInt64BE(BigInt(number));
  key.write(name, 8, 'latin1');
  return key;
}
