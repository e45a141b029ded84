/** Forgets old commands. The log is in order of age, about: it is looked at from its front to the first row that is young. */
import { CommandIndex, CommandIndexChanges } from './command-index.ts';
import { commandsIn } from './command-log.ts';
import { encodeLogRow } from './format-command.ts';
import { commandIndexStart, commandLogStart, lastNumberOf } from './keys.ts';
import { type Change, highest, lowest, type Row, type TableReader } from './tables.ts';
import { unlessDamaged } from './unless-damaged.ts';

/** How many commands a row has, about. */
const commandsPerRow = 20;

export class CommandForgetting {
  readonly #tables: TableReader;
  /** Where the next look for commands in rows of their own begins. */
  #aloneFrom: Uint8Array = lowest;
  #logFrom: Uint8Array = commandLogStart;

  constructor(tables: TableReader) {
    this.#tables = tables;
  }

  /** What forgetting those answered before `before` changes, with about `limit` looked at; `done`: one round is. */
  look(before: number, limit: number): { readonly changes: Change[]; readonly done: boolean } {
    const alone = this.#tables.rows('commands', this.#aloneFrom, commandIndexStart, limit);
    const changes = alone.flatMap((row) => (isOld(row, before) ? [removal(row)] : []));
    this.#aloneFrom = alone.length < limit ? lowest : behind(alone[alone.length - 1] as Row);
    const log = this.#lookAtLog(before, Math.max(1, Math.floor(limit / commandsPerRow)));
    return { changes: [...changes, ...log.changes], done: alone.length < limit && log.done };
  }

  #lookAtLog(before: number, rowsMax: number): { readonly changes: Change[]; readonly done: boolean } {
    const index = new CommandIndexChanges(new CommandIndex(this.#tables));
    const changes: Change[] = [];
    const rows = this.#tables.rows('commands', this.#logFrom, highest, rowsMax);
    for (const row of rows) {
      const outcome = withoutOld(row, before, index);
      if (outcome === 'young') {
        this.#logFrom = commandLogStart;
        return { changes: [...changes, ...index.changes()], done: true };
      }
      if (outcome !== 'damaged') changes.push(outcome);
    }
    const done = rows.length < rowsMax;
    this.#logFrom = done ? commandLogStart : behind(rows[rows.length - 1] as Row);
    return { changes: [...changes, ...index.changes()], done };
  }
}

/** A damaged row stays as it is, so that `verifyStore` finds it; no checkpoint fails for it. */
function withoutOld(row: Row, before: number, index: CommandIndexChanges): Change | 'young' | 'damaged' {
  const commands = unlessDamaged(
    () => commandsIn(row),
    () => null,
  );
  if (commands === null) return 'damaged';
  const old = commands.filter(({ record }) => record.at < before);
  if (old.length === 0) return 'young';
  for (const { key } of old) forgetIn(index, key, lastNumberOf(row.key));
  const kept = commands.filter(({ record }) => record.at >= before);
  return kept.length === 0 ? removal(row) : { table: 'commands', key: row.key, value: encodeLogRow(row.key, kept) };
}

/** An entry in a damaged bucket leads to nothing from now on. */
function forgetIn(index: CommandIndexChanges, key: Uint8Array, row: number): void {
  unlessDamaged(
    () => index.remove(key, row),
    () => {},
  );
}

function isOld(row: Row, before: number): boolean {
  return unlessDamaged(
    () => commandsIn(row).every(({ record }) => record.at < before),
    () => false,
  );
}

function removal({ key }: Row): Change {
  return { table: 'commands', key, value: null };
}

function behind({ key }: Row): Uint8Array {
  return Buffer.concat([key, Buffer.from([0])]);
}
