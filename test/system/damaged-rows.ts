/** Rows of a stopped server's archive, looked at and brought to harm behind its back. */
import { join } from 'node:path';
import type { TableName, Tables } from '../../src/journal/tables.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';

/** `path`: the data directory. */
export async function inArchive<T>(path: string, look: (tables: Tables) => T | Promise<T>): Promise<T> {
  const tables = openLmdbTables(join(path, 'archive'));
  try {
    return await look(tables);
  } finally {
    await tables.close();
  }
}

export function rowsOf(path: string, table: TableName): Promise<{ readonly key: Buffer; readonly value: Buffer }[]> {
  return inArchive(path, (tables) =>
    tables
      .rows(table, Buffer.from([0]), Buffer.alloc(64, 0xff), 1_000)
      .map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) })),
  );
}

/** Flips a bit of the row; again, and it is as it was. */
export function flip(path: string, table: TableName, key: Uint8Array): Promise<void> {
  return inArchive(path, (tables) => {
    const value = Buffer.from(tables.get(table, key) as Uint8Array);
    const at = Math.min(9, value.length - 1);
    value.writeUInt8(value.readUInt8(at) ^ 4, at);
    return tables.write([{ table, key, value }]);
  });
}
