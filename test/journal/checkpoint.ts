/** What a host's checkpoint would write of a stretch of the journal. */
import { apply } from '../../src/conversation/apply.ts';
import type { ConversationId } from '../../src/conversation/commands.ts';
import { AnsweredCommands, noCommands } from '../../src/journal/answered-commands.ts';
import type { Archive, ArchiveBatch } from '../../src/journal/archive.ts';
import type { ArchivedEvent } from '../../src/journal/entry.ts';
import type { Recorded } from './random-history.ts';

export const emptyBatch: ArchiveBatch = {
  partition: 0,
  conversations: [],
  commands: noCommands,
  preferences: [],
  outbox: [],
  outboxDone: [],
  mails: [],
};

/** One batch for each partition that has something new in it. */
export async function batchesFor(archive: Archive, recorded: readonly Recorded[]): Promise<ArchiveBatch[]> {
  const batches: ArchiveBatch[] = [];
  for (const partition of new Set(recorded.map((each) => each.partition))) {
    const entries = recorded.filter((each) => each.partition === partition).map((each) => each.entry);
    const fresh = new Map<ConversationId, ArchivedEvent[]>();
    for (const { conversation, events, position } of entries) {
      if (conversation === null || events.length === 0) continue;
      const list = fresh.get(conversation) ?? [];
      list.push(...events.map((event) => ({ position, event })));
      fresh.set(conversation, list);
    }
    const conversations = [];
    for (const [id, events] of fresh) {
      let state = (await archive.state(id))?.state ?? null;
      for (const { event } of events) if (event.v > (state?.v ?? 0)) state = apply(state, event);
      const position = events[events.length - 1]?.position ?? 0;
      if (state !== null) conversations.push({ stored: { state, position }, events });
    }
    const preferences = new Map(entries.flatMap(({ preferences: set }) => (set === null ? [] : [[set.person, set]])));
    batches.push({
      partition,
      conversations,
      commands: AnsweredCommands.of(
        entries.flatMap(({ at, position, command }) => (command === null ? [] : [{ at, position, command }])),
      ).packed(),
      preferences: [...preferences.values()],
      outbox: [],
      outboxDone: [],
      upTo: entries.at(-1)?.position ?? 0,
      mails: [],
    });
  }
  return batches;
}

export async function archiveAll(archive: Archive, recorded: readonly Recorded[]): Promise<void> {
  for (const batch of await batchesFor(archive, recorded)) await archive.write(batch);
}
