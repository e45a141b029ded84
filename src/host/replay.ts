/** What a start does with an entry that no checkpoint covers. */
import type { ConversationId } from '../conversation/commands.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { ConversationState } from '../conversation/state.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { foldOrThrow } from '../journal/folding.ts';
import { Damaged } from '../journal/journal.ts';
import { partitionKey } from '../journal/keys.ts';
import type { Log } from '../runtime/log.ts';
import type { Partition } from './partition.ts';
import type { Resident } from './resident.ts';
import type { Residents } from './residents.ts';

export interface ReplayPort {
  readonly residents: Residents;
  readonly log: Log;
  /** Notes a durable entry; `resident` and `after` where it moves a conversation on. */
  keep(partition: Partition, entry: JournalEntry, resident: Resident | null, after: ConversationState | null): void;
  /** An entry that was durable before this start and is not in the archive yet. */
  replayed(entry: JournalEntry, after: ConversationState | null): void;
}

/** What the archive has already is skipped by the event's number: replay may begin before the archive's end. */
export async function replay(port: ReplayPort, partition: Partition, entry: JournalEntry): Promise<void> {
  partition.replayed(entry);
  if (entry.conversation === null) {
    port.keep(partition, entry, null, null);
    return port.replayed(entry, null);
  }
  const resident = port.residents.obtain(entry.conversation);
  const place = { store: 'journal/frames', key: partitionKey(partition.claim.partition) };
  let events: readonly ConversationEvent[];
  let after: ConversationState | null = null;
  try {
    await port.residents.load(resident);
    events = entry.events.filter((event) => event.v > (resident.state?.v ?? 0));
    for (const event of events) after = foldOrThrow(place, after ?? resident.state, { ...entry, event });
  } catch (error) {
    return lose(port, partition, entry, error);
  }
  port.keep(partition, { ...entry, events }, resident, after);
  if (events.length > 0) port.replayed({ ...entry, events }, after);
}

/** One conversation's damage is no reason not to start. Its entry waits in the journal, and its command stays known (CMD-1). */
function lose(port: ReplayPort, partition: Partition, entry: JournalEntry, error: unknown): void {
  if (!(error instanceof Damaged)) throw error;
  const conversation = entry.conversation as ConversationId;
  port.keep(partition, entry, null, null);
  if (!port.residents.lose(conversation, error, entry.events)) return;
  partition.held ??= entry.position;
  const said = { conversation, position: entry.position, damage: error.message };
  port.log.error(said, 'a conversation is damaged: it is not served, and the journal keeps what was said in it last');
}
