/**
 * Brings the archive up to date behind the journal, in batches of bounded size, then lets the journal drop what the
 * archive holds. One run at a time for each partition; commands go on meanwhile.
 */
import type { ConversationId } from '../conversation/commands.ts';
import { noCommands } from '../journal/answered-commands.ts';
import type { Archive, ArchiveBatch, OutboxRow } from '../journal/archive.ts';
import type { AlertPreferences } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { CommandMemory } from './command-memory.ts';
import type { Partition } from './partition.ts';
import type { Resident } from './resident.ts';

/** What the alerts add to a checkpoint. `taken` is called when it is durable. */
export interface AlertsToArchive {
  readonly preferences: readonly { readonly person: string; readonly boxes: AlertPreferences }[];
  readonly outbox: readonly OutboxRow[];
  readonly outboxDone: readonly { readonly person: string; readonly conversation: string }[];
  readonly mails: ArchiveBatch['mails'];
  taken(): void;
}

export interface CheckpointPort {
  readonly journal: Journal;
  readonly archive: Archive;
  readonly memory: CommandMemory;
  /** Conversations of the partition with events that the archive lacks. */
  dirty(partition: number): Iterable<Resident>;
  /** Of the conversations `written` with them, and of those of which the archive has all events. */
  alerts(partition: number, written: ReadonlySet<ConversationId>): AlertsToArchive;
  /** A conversation is wholly behind the checkpoint. */
  clean(resident: Resident): void;
}

/** Small: whoever waits for an append waits for the pages that the disk has been given before. */
const rowsPerBatch = 64;
const none = { conversations: [], preferences: [], outbox: [], outboxDone: [], mails: [] };

/** `commands`: also those of which too few are waiting to be worth it. */
export async function checkpoint(
  partition: Partition,
  port: CheckpointPort,
  { commands: alsoCommands }: { readonly commands: boolean },
): Promise<void> {
  const number = partition.claim.partition;
  const upTo = partition.committed;
  const upToBytes = partition.committedBytes;
  const commands = alsoCommands ? port.memory.take(number, rowsPerBatch) : [];
  await writeConversations(number, port);
  for (const rows of commands) await port.archive.write({ partition: number, ...none, commands: rows });
  if (alsoCommands) port.memory.archived(number);
  // Commands that wait for more to come are the journal's to remember until then.
  const remembered = Math.min(upTo, (port.memory.oldest(number)?.position ?? upTo + 1) - 1);
  const covered = Math.min(remembered, (partition.held ?? upTo + 1) - 1);
  partition.covered = Math.max(partition.covered, covered);
  await writeWithAlerts(number, port, new Set(), { conversations: [], upTo: partition.covered });
  partition.archived = upTo;
  partition.archivedBytes = upToBytes;
  await port.journal.checkpoint(partition.claim, partition.covered);
}

/** Is there something that waits for a checkpoint, although nothing may have been committed since the last? */
export function hasRows({ preferences, outbox, outboxDone, mails }: Omit<AlertsToArchive, 'taken'>): boolean {
  return preferences.length + outbox.length + outboxDone.length + mails.length > 0;
}

async function writeConversations(number: number, port: CheckpointPort): Promise<void> {
  for (const batch of inBatches(partsOf(port.dirty(number)), ({ events }) => events.length)) {
    const conversations: ArchiveBatch['conversations'] = batch.map(({ resident, events }) => ({
      stored: { state: stateOf(resident), position: resident.position },
      events,
    }));
    await writeWithAlerts(number, port, new Set(batch.map(({ resident }) => resident.id)), { conversations });
    for (const { resident, events } of batch) {
      resident.unarchived = resident.unarchived.slice(events.length);
      if (resident.unarchived.length === 0) port.clean(resident);
    }
  }
}

/**
 * In one write with the events they follow from: a replay makes rows only of events that the archive lacks, and whoever
 * looks into the archive between two writes finds no row about what is not there yet.
 */
async function writeWithAlerts(
  number: number,
  port: CheckpointPort,
  written: ReadonlySet<ConversationId>,
  rest: Pick<ArchiveBatch, 'conversations' | 'upTo'>,
): Promise<void> {
  const { taken, ...alerts } = port.alerts(number, written);
  await port.archive.write({ partition: number, commands: noCommands, ...alerts, ...rest });
  taken();
}

interface Part {
  readonly resident: Resident;
  readonly events: Resident['unarchived'];
}

/**
 * A conversation's state and events are taken when its batch is written, so the two belong together whatever was committed
 * since the checkpoint began.
 */
function* partsOf(dirty: Iterable<Resident>): Iterable<Part> {
  for (const resident of [...dirty]) yield { resident, events: resident.unarchived.slice() };
}

/** Groups with together about `rowsPerBatch` rows, made one by one as they are asked for. */
function* inBatches<T>(items: Iterable<T>, rowsOf: (item: T) => number): Iterable<T[]> {
  let batch: T[] = [];
  let rows = 0;
  for (const item of items) {
    batch.push(item);
    rows += rowsOf(item);
    if (rows < rowsPerBatch) continue;
    yield batch;
    batch = [];
    rows = 0;
  }
  if (batch.length > 0) yield batch;
}

function stateOf(resident: Resident): NonNullable<Resident['state']> {
  if (resident.state === null) throw new Error(`conversation ${resident.id} has events and no state`);
  return resident.state;
}
