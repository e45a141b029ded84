/** What an erasure takes out of the archive beside texts, and how far in the ledger the archive has come. */
import type { ArchiveErasure } from './archive.ts';
import { noteChanges, readNote } from './archive-notes.ts';
import { commandRows, commandsIn } from './command-log.ts';
import { erasedBodyHash } from './erased-body.ts';
import type { LedgerPlace } from './erasure-ledger.ts';
import { type CommandRecord, encodeCommand, encodeLogRow, isLogRow, type KeyedCommand } from './format-command.ts';
import { after, hashOf } from './keys.ts';
import { allRows, type Change, type Row, type TableReader } from './tables.ts';
import { unlessDamaged } from './unless-damaged.ts';

export function* erasureChanges(tables: TableReader, { commands, people }: ArchiveErasure): Iterable<Change> {
  const isNamed = ({ partition, position, answer }: CommandRecord) =>
    commands.get(partition)?.has(position) === true || (people.length > 0 && 'refused' in answer);
  for (const row of commandRows(tables)) yield* withoutBodies(row, isNamed);
  for (const person of people) {
    const prefix = hashOf(person);
    yield { table: 'preferences', key: prefix, value: null };
    for (const table of ['outbox', 'mails'] as const) {
      for (const { key } of allRows(tables, table, prefix, after(prefix))) yield { table, key, value: null };
    }
  }
}

/** Nothing for a damaged row: it stays, so that `verifyStore` finds it. */
function withoutBodies(row: Row, isNamed: (record: CommandRecord) => boolean): Change[] {
  const { key, value } = row;
  const commands = unlessDamaged(
    () => commandsIn(row),
    () => [],
  );
  if (!commands.some(({ record }) => isNamed(record))) return [];
  const bare = commands.map((one) => (isNamed(one.record) ? withoutBody(one) : one));
  const [first] = bare as [KeyedCommand];
  const changed = isLogRow(value) ? encodeLogRow(key, bare) : encodeCommand(key, first.record);
  return [{ table: 'commands', key, value: changed }];
}

function withoutBody({ key, record }: KeyedCommand): KeyedCommand {
  return { key, record: { ...record, bodyHash: erasedBodyHash } };
}

const ledgerKey = Buffer.from('ledger');

/** Throws `Damaged`. */
export function erasedUpToIn(tables: TableReader): LedgerPlace | null {
  const fields = readNote(tables, ledgerKey);
  if (fields === null) return null;
  const found = { erasures: fields.count(), hash: fields.text() };
  fields.end();
  return found;
}

export function erasedUpToChanges({ erasures, hash }: LedgerPlace): Iterable<Change> {
  return noteChanges(ledgerKey, [erasures, hash]);
}
