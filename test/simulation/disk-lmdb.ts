/**
 * In the place of `lmdb`: what the stores use of it, on the disk that is mounted. A transaction takes its time and is on
 * the disk whole or not at all; after one that failed nothing settles any more.
 */
import { mountedDisk, type SimulatedDisk, type StoredEnvironment, type StoredRow, type StoredTable } from './disk.ts';

interface Range {
  readonly start?: Uint8Array;
  readonly end?: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}
interface Row {
  key: Buffer;
  value: Buffer;
}

/** What is done together, on a condition. */
interface Group {
  readonly holds: () => boolean;
  readonly changes: (() => boolean)[];
  readonly settle: ((done: boolean) => void)[];
  readonly fail: ((error: Error) => void)[];
}

/** Length of LMDB's record of a table, and where in it the number of rows stands. */
const referenceBytes = 48;
const rowsAt = 32;

export function open({ path }: { readonly path: string }): Environment {
  const disk = mountedDisk();
  let stored = disk.environments.get(path);
  if (stored === undefined) {
    stored = new Map();
    disk.environments.set(path, stored);
  }
  return new Environment(disk, stored);
}

const reused = Buffer.alloc(8_192);

class Table {
  protected readonly writer: Writer;
  readonly #name: string;
  readonly #stored: StoredEnvironment;

  constructor(writer: Writer, stored: StoredEnvironment, name: string) {
    this.writer = writer;
    this.#name = name;
    this.#stored = stored;
    if (!stored.has(name)) stored.set(name, { rows: new Map(), keys: [], slack: [] });
  }

  get(key: Uint8Array): Buffer | undefined {
    const row = this.#table.rows.get(nameOf(key));
    return row === undefined ? undefined : Buffer.from(row.value);
  }

  /** What the next call gives is put where this is, unless it is large. */
  getBinaryFast(key: Uint8Array): Buffer | undefined {
    const value = this.get(key);
    if (value === undefined || value.length > reused.length) return value;
    reused.fill(0xff).set(value);
    return reused.subarray(0, value.length);
  }

  getEntry(key: Uint8Array): { value: Buffer; version: number | undefined } | undefined {
    const row = this.#table.rows.get(nameOf(key));
    return row === undefined ? undefined : { value: Buffer.from(row.value), version: row.version };
  }

  getRange({ start, end, limit = Number.POSITIVE_INFINITY, reverse = false }: Range = {}): Row[] {
    const { keys, rows } = this.#table;
    // Downwards the start counts and the end does not, as upwards.
    const from = reverse
      ? placeOf(keys, end === undefined ? '' : `${nameOf(end)}\0`)
      : placeOf(keys, start === undefined ? '' : nameOf(start));
    const to = reverse
      ? start === undefined
        ? keys.length
        : placeOf(keys, `${nameOf(start)}\0`)
      : end === undefined
        ? keys.length
        : placeOf(keys, nameOf(end));
    const found = reverse
      ? keys.slice(Math.max(from, to - limit), to).reverse()
      : keys.slice(from, Math.min(to, from + limit));
    return found.map((name) => {
      const { key, value } = rows.get(name) as StoredRow;
      return { key: Buffer.from(key), value: Buffer.from(value) };
    });
  }

  getKeys(range: Range = {}): Buffer[] {
    return this.getRange(range).map(({ key }) => key);
  }

  getStats(): { entryCount: number } {
    return { entryCount: this.#table.keys.length };
  }

  put(key: Uint8Array, value: Uint8Array, version?: number): Promise<boolean> {
    const row = { key: Buffer.from(key), value: Buffer.from(value), version };
    return this.writer.change(() => put(this.#table, row));
  }

  putSync(key: Uint8Array, value: Uint8Array, version?: number): boolean {
    return put(this.#table, { key: Buffer.from(key), value: Buffer.from(value), version });
  }

  remove(key: Uint8Array): Promise<boolean> {
    const name = nameOf(key);
    return this.writer.change(() => remove(this.#table, name));
  }

  ifVersion(key: Uint8Array, version: number, put: () => void): Promise<boolean> {
    const name = nameOf(key);
    return this.writer.group(() => this.#table.rows.get(name)?.version === version, put);
  }

  get #table(): StoredTable {
    return this.#stored.get(this.#name) as StoredTable;
  }
}

class Environment extends Table {
  readonly #stored: StoredEnvironment;

  constructor(disk: SimulatedDisk, stored: StoredEnvironment) {
    super(new Writer(disk), stored, '');
    this.#stored = stored;
  }

  openDB(name: string): Table {
    return new Table(this.writer, this.#stored, name);
  }

  /** Its own rows, and a record of each table. */
  override getRange(range: Range = {}): Row[] {
    const references = [...this.#stored].filter(([name]) => name !== '');
    return [
      ...super.getRange(range),
      ...references.map(([name, { keys }]) => {
        const value = Buffer.alloc(referenceBytes);
        value.writeBigUInt64LE(BigInt(keys.length), rowsAt);
        return { key: Buffer.from(name, 'latin1'), value };
      }),
    ];
  }

  batch(put: () => void): Promise<boolean> {
    return this.writer.group(() => true, put);
  }

  transactionSync<T>(run: () => T): T {
    return run();
  }

  async close(): Promise<void> {}
}

class Writer {
  readonly #disk: SimulatedDisk;
  #queue: Group[] = [];
  #collecting: Group | null = null;
  #isCommitting = false;
  #failed = false;

  constructor(disk: SimulatedDisk) {
    this.#disk = disk;
  }

  change(change: () => boolean): Promise<boolean> {
    const group = this.#collecting ?? this.#begin(() => true);
    return new Promise((resolve, reject) => {
      let outcome = false;
      group.changes.push(() => {
        outcome = change();
        return outcome;
      });
      group.settle.push((done) => resolve(done && outcome));
      group.fail.push(reject);
    });
  }

  group(holds: () => boolean, put: () => void): Promise<boolean> {
    const group = this.#begin(holds);
    this.#collecting = group;
    try {
      put();
    } finally {
      this.#collecting = null;
    }
    return new Promise((resolve, reject) => {
      group.settle.push(resolve);
      group.fail.push(reject);
    });
  }

  #begin(holds: () => boolean): Group {
    const group = { holds, changes: [], settle: [], fail: [] };
    this.#queue.push(group);
    if (!this.#isCommitting && !this.#failed) this.#commit();
    return group;
  }

  #commit(): void {
    this.#isCommitting = true;
    // What is put together in this turn goes into one transaction.
    queueMicrotask(() => {
      const groups = this.#queue;
      this.#queue = [];
      const outcomes: boolean[] = [];
      const commit = () => {
        for (const { holds, changes } of groups) {
          const does = holds();
          outcomes.push(does);
          if (does) for (const change of changes) change();
        }
      };
      this.#disk.commits.add(commit);
      this.#disk.takeTime(
        'commit',
        () => {
          this.#disk.commits.delete(commit);
          commit();
          groups.forEach(({ settle }, nth) => {
            for (const each of settle) each(outcomes[nth] as boolean);
          });
          this.#isCommitting = false;
          if (this.#queue.length > 0) this.#commit();
        },
        () => this.#fail(groups),
      );
    });
  }

  #fail(groups: readonly Group[]): void {
    this.#failed = true;
    for (const { fail } of groups) for (const each of fail) each(new Error('EIO: the simulated disk says so'));
  }
}

function put(table: StoredTable, row: StoredRow): boolean {
  const name = nameOf(row.key);
  const before = table.rows.get(name);
  if (before === undefined) table.keys.splice(placeOf(table.keys, name), 0, name);
  else table.slack.push(before.value);
  table.rows.set(name, row);
  return true;
}

function remove(table: StoredTable, name: string): boolean {
  const before = table.rows.get(name);
  if (before === undefined) return false;
  table.rows.delete(name);
  table.slack.push(before.value);
  table.keys.splice(placeOf(table.keys, name), 1);
  return true;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

/** Where `name` is, or would be. */
function placeOf(keys: readonly string[], name: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
