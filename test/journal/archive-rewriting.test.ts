/** Conversations that an earlier version began, one row for each event, and texts that are erased in either kind of row. */
import { beforeEach, describe, expect, it } from 'vitest';
import { applyAll } from '../../src/conversation/apply.ts';
import { erasing } from '../../src/conversation/erasing.ts';
import { noCommands } from '../../src/journal/answered-commands.ts';
import type { StoredState } from '../../src/journal/archive.ts';
import { type Conversation, findConversation } from '../../src/journal/archive-conversations.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import type { ArchivedEvent } from '../../src/journal/entry.ts';
import { noHash } from '../../src/journal/format.ts';
import { encodeState } from '../../src/journal/format-archive.ts';
import { encodeEvent } from '../../src/journal/format-event.ts';
import { numberOf, tableOf } from '../../src/journal/history-row.ts';
import { after, eventKey, requireConversationKey } from '../../src/journal/keys.ts';
import type { Change } from '../../src/journal/tables.ts';
import { createMemoryTables, type MemoryTables, openMemoryTables } from '../../src/journal/tables-memory.ts';
import { archiveAll } from './checkpoint.ts';
import { all } from './journal-suite.ts';
import { fold, type Recorded, randomHistory } from './random-history.ts';

const history = randomHistory(31, { entries: 300 });
const half = history.slice(0, 150);
const folded = fold(history);

/** As versions before data directories of format 3 would have left it, but for the indexes. */
function singles(recorded: readonly Recorded[]): Change[] {
  const changes: Change[] = [];
  const { states, events } = fold(recorded);
  for (const [id, stored] of states) {
    const key = requireConversationKey(id);
    let hash = noHash;
    for (const archived of events.get(id) ?? []) {
      const place = eventKey(key, numberOf(archived.event));
      const encoded = encodeEvent(place, hash, archived);
      hash = encoded.hash;
      changes.push({ table: tableOf(archived.event), key: place, value: encoded.value });
    }
    changes.push({ table: 'states', key, value: encodeState(key, { stored, partition: 0, hash }) });
  }
  return changes;
}

for (const [what, isOld] of [
  ['rows of one event, then of several', true],
  ['rows of several events', false],
] as const) {
  describe(what, () => {
    let memory: MemoryTables;
    const id = [...folded.states.keys()][0] as string;
    const storedOf = ({ state, position }: StoredState): StoredState => ({ state, position });
    const tables = () => openMemoryTables(memory);
    const conversation = () => findConversation(tables(), requireConversationKey(id)) as Conversation;
    beforeEach(async () => {
      memory = createMemoryTables();
      if (isOld) await tables().write(singles(half));
      await archiveAll(openMemoryArchive(memory), history);
    });

    it('are read as one history', async () => {
      const archive = openMemoryArchive(memory);
      for (const [conversationId, stored] of folded.states) {
        expect(await archive.state(conversationId)).toEqual(storedOf(stored));
        expect(await all(archive.events(conversationId))).toEqual(folded.events.get(conversationId));
        const timeline = (folded.events.get(conversationId) ?? []).filter(({ event }) => 'seq' in event);
        for (const limit of [1, 3, 1000]) {
          expect(await archive.timeline(conversationId, 1, stored.state.head, limit)).toEqual(timeline.slice(-limit));
        }
      }
    });

    it('[ERASE-1] give up texts: nothing of them is left, the rest stays verifiable and as it was', async () => {
      const events = folded.events.get(id) as ArchivedEvent[];
      const stored = storedOf(folded.states.get(id) as StoredState);
      const messages = events.flatMap(({ event }) => ('text' in event && event.text !== null ? [event] : []));
      const isUnlike = (text: string) => messages.filter((other) => other.text?.includes(text)).length === 1;
      const known = messages.filter(({ text }) => text !== null && text.length > 3 && isUnlike(text));
      const chosen = [known[0], known[Math.floor(known.length / 2)], known.at(-1)].flatMap((each) => each ?? []);
      expect(chosen.length).toBe(3);
      const seqs = chosen.map(({ seq }) => seq);
      const position = history.length + 1;
      const at = (events.at(-1)?.event.at ?? 0) + 1;
      const erased = erasing(stored.state, seqs, at).map((event) => ({ position, event }));
      const said = {
        type: 'replied',
        v: stored.state.v + 2,
        seq: stored.state.head + 1,
        at,
        by: stored.state.starter,
        text: 'after',
      } as const;
      const added = [...erased, { position, event: said }];
      const state = applyAll(
        stored.state,
        added.map(({ event }) => event),
      );
      const batch = { partition: 0, commands: noCommands, preferences: [], outbox: [], outboxDone: [], mails: [] };
      const archive = openMemoryArchive(memory);
      await archive.write({ ...batch, conversations: [{ stored: { state, position }, events: added }] });
      const now = await all(openMemoryArchive(memory).events(id));
      const bare = ({ position: place, event }: ArchivedEvent) => ({
        position: place,
        event: 'seq' in event && seqs.includes(event.seq) ? { ...event, text: null } : event,
      });
      expect(now).toEqual([...events, ...added].map(bare));
      expect(await openMemoryArchive(memory).state(id)).toEqual({ state, position });
      const { prefix } = conversation();
      const rows = tables().rows('timeline', prefix, after(prefix), 1_000);
      for (const { text } of chosen) {
        expect(rows.some(({ value }) => Buffer.from(value).includes(text as string))).toBe(false);
      }
    });
  });
}
