/** Tables in memory: each a map from the key's bytes, as a string that sorts like them, and the sorted keys. */
import { Damaged } from './journal.ts';
import { type Change, type Row, type TableName, type Tables, tableNames } from './tables.ts';

interface Table {
  readonly values: Map<string, Uint8Array>;
  /** Ascending. */
  readonly keys: string[];
}

export type MemoryTables = Readonly<Record<TableName, Table>>;

/** What a restart would find: open tables on the same one again. */
export function createMemoryTables(): MemoryTables {
  const entries = tableNames.map((name): [TableName, Table] => [name, { values: new Map(), keys: [] }]);
  return Object.fromEntries(entries) as MemoryTables;
}

export function openMemoryTables(memory: MemoryTables): Tables {
  return {
    get(table, key) {
      const value = memory[table].values.get(nameOf(key));
      return value === undefined ? undefined : new Uint8Array(value);
    },
    rows(table, from, before, limit) {
      const { keys, values } = memory[table];
      const start = placeOf(keys, nameOf(from));
      const end = Math.min(placeOf(keys, nameOf(before)), start + limit);
      return keys.slice(start, end).map((name) => rowOf(name, values));
    },
    rowsDown(table, from, before, limit) {
      const { keys, values } = memory[table];
      const end = placeOf(keys, nameOf(before));
      const start = Math.max(placeOf(keys, nameOf(from)), end - limit);
      const rows = keys.slice(start, end).map((name) => rowOf(name, values));
      return rows.reverse();
    },
    async write(changes) {
      for (const change of changes) apply(memory[change.table], change);
    },
    assertMet(table, rows) {
      const expected = memory[table].keys.length;
      if (rows !== expected) throw new Damaged(`archive/${table}: ${rows} rows can be read of ${expected}`);
    },
    scrub: () => true,
    async close() {},
  };
}

function apply({ keys, values }: Table, { key, value }: Change): void {
  const name = nameOf(key);
  const known = values.has(name);
  if (value === null) {
    if (known) keys.splice(placeOf(keys, name), 1);
    values.delete(name);
    return;
  }
  if (!known) keys.splice(placeOf(keys, name), 0, name);
  values.set(name, new Uint8Array(value));
}

function rowOf(name: string, values: Map<string, Uint8Array>): Row {
  return { key: Buffer.from(name, 'latin1'), value: new Uint8Array(values.get(name) as Uint8Array) };
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

/** Where `name` is, or would be put. */
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
