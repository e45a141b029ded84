/**
 * The memory of commands in the archive: a log, some twenty commands in a row, in about the order in which they were
 * answered, and an index by their keys. Rows are added behind all others and dropped at the front, so their pages are full;
 * only the index, a sixth of it all, is in no order. A command that a version before data directories of format 3 kept
 * has a row of its own until it is forgotten, and so has one whose place in the index is damaged.
 */
import { CommandIndex, CommandIndexChanges } from './command-index.ts';
import { damagedAt, sameBytes } from './format.ts';
import {
  type CommandRecord,
  decodeCommand,
  decodeLogRow,
  encodeCommand,
  encodeLogRow,
  isLogRow,
  type KeyedCommand,
} from './format-command.ts';
import { Damaged } from './journal.ts';
import { commandIndexStart, commandLogStart, lastNumberOf, logKey } from './keys.ts';
import { allRows, type Change, highest, lowest, placeIn, type Row, type TableReader } from './tables.ts';

/** Four rows fill a page of LMDB. */
const commandsPerRow = 21;

/** Finds commands. */
export class CommandReader {
  readonly #tables: TableReader;
  readonly #index: CommandIndex;

  /** Are there commands with rows of their own from before? Looked at once, because every new command is asked for. */
  #anyAlone: boolean | null = null;

  constructor(tables: TableReader, index = new CommandIndex(tables)) {
    this.#tables = tables;
    this.#index = index;
  }

  /** Throws `Damaged`, also where nobody can tell whether there is one. */
  command(key: Uint8Array): CommandRecord | null {
    this.#anyAlone ??= this.#tables.rows('commands', lowest, commandIndexStart, 1).length > 0;
    const alone = this.#anyAlone ? this.#alone(key) : null;
    if (alone !== null) return alone;
    try {
      return this.#inLog(key);
    } catch (error) {
      const beside = error instanceof Damaged ? this.#alone(key) : null;
      if (beside === null) throw error;
      return beside;
    }
  }

  #alone(key: Uint8Array): CommandRecord | null {
    const value = this.#tables.get('commands', key);
    return value === undefined ? null : decodeCommand(placeIn('commands', key), value);
  }

  #inLog(key: Uint8Array): CommandRecord | null {
    for (const number of this.#index.rowsFor(key)) {
      const row = logKey(number);
      const place = placeIn('commands', row);
      const value = this.#tables.get('commands', row);
      if (value === undefined) throw damagedAt(place, 'missing');
      const found = decodeLogRow(place, value).find((command) => sameBytes(command.key, key));
      if (found !== undefined) return found.record;
    }
    return null;
  }
}

/** Takes commands, and says what they change. One of a key that is there already changes nothing. */
export class CommandWriter {
  readonly #tables: TableReader;
  readonly #index: CommandIndex;
  readonly #reader: CommandReader;
  /** By the hex of their keys. */
  readonly #fresh = new Map<string, KeyedCommand>();
  readonly #alone: Change[] = [];

  /** `index`: of the same tables; it remembers where it has found what. */
  constructor(tables: TableReader, index = new CommandIndex(tables)) {
    this.#tables = tables;
    this.#index = index;
    this.#reader = new CommandReader(tables, this.#index);
  }

  put(key: Uint8Array, record: CommandRecord): void {
    try {
      const name = nameOf(key);
      if (!this.#fresh.has(name) && this.#reader.command(key) === null) this.#fresh.set(name, { key, record });
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      this.#alone.push({ table: 'commands', key, value: encodeCommand(key, record) });
    }
  }

  *changes(): Iterable<Change> {
    yield* this.#alone;
    const index = new CommandIndexChanges(this.#index);
    const commands = [...this.#fresh.values()].sort(byPosition);
    const rows = Math.ceil(commands.length / commandsPerRow);
    const [last] = this.#tables.rowsDown('commands', commandLogStart, highest, 1);
    let number = last === undefined ? 0 : lastNumberOf(last.key);
    for (let row = 0; row < rows; row += 1) {
      const from = Math.floor((row * commands.length) / rows);
      const those = commands.slice(from, Math.floor(((row + 1) * commands.length) / rows));
      number += 1;
      const key = logKey(number);
      for (const command of those) index.add(command.key, number);
      yield { table: 'commands', key, value: encodeLogRow(key, those) };
    }
    yield* index.changes();
  }
}

function byPosition(a: KeyedCommand, b: KeyedCommand): number {
  return a.record.partition - b.record.partition || a.record.position - b.record.position;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('hex');
}

/** The rows of `commands` that hold commands. */
export function* commandRows(tables: TableReader): Iterable<Row> {
  yield* allRows(tables, 'commands', lowest, commandIndexStart);
  yield* allRows(tables, 'commands', commandLogStart, highest);
}

/** The commands of such a row. Throws `Damaged`. */
export function commandsIn({ key, value }: Row): readonly KeyedCommand[] {
  const place = placeIn('commands', key);
  return isLogRow(value) ? decodeLogRow(place, value) : [{ key, record: decodeCommand(place, value) }];
}
