/**
 * Writes a store of many conversations through the project's own writers: every entry goes through the journal, into the
 * archive and behind a checkpoint, as a server would have done it, only without one. Messages have 120 bytes.
 */
import { applyAll } from '../src/conversation/apply.ts';
import type { ConversationEvent } from '../src/conversation/events.ts';
import { createDirectory } from '../src/directory/create-directory.ts';
import { conversationIdOf, hashBody } from '../src/host/request.ts';
import { AnsweredCommands } from '../src/journal/answered-commands.ts';
import type { ArchiveBatch } from '../src/journal/archive.ts';
import type { ArchivedEvent, JournalEntry } from '../src/journal/entry.ts';
import type { Claim } from '../src/journal/journal.ts';
import { limits } from '../src/limits.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { openStores, type Stores } from '../src/stores.ts';
import { extraId, textBytes } from './workload.ts';

/** The only argument of the process, as JSON. */
export interface Make {
  readonly directory: string;
  readonly conversations: number;
  readonly messages: number;
  readonly people: number;
}
/** What the process says as it goes on, and last of all. */
export interface Made {
  readonly done: number;
  readonly of: number;
}

const conversationsPerBatch = 2_000;
/** Conversations whose entries no checkpoint covers: what the start has to replay. */
const conversationsInTail = 100;
const peoplePerBatch = 1_000;
const text = 'Ten million messages and one more thing to say about this account.'.padEnd(textBytes, '.');

/** Of any one body: what a command's hash is compared with comes with a retry, and here is none. */
const bodyHash = hashBody({ type: 'reply', conversation: '', text });

const make = JSON.parse(process.argv[2] as string) as Make;
const stores = await openStores(make.directory);
await enlist(stores, make.people);
await write(stores, make);
for (const store of [stores.archive, stores.journal]) await store.close();
await stores.release();
process.disconnect();

async function enlist({ directory: store }: Stores, people: number): Promise<void> {
  const directory = await createDirectory(store, systemClock());
  for (let from = 0; from < people; from += peoplePerBatch) {
    const numbers = Array.from({ length: Math.min(peoplePerBatch, people - from) }, (_, offset) => from + offset);
    await directory.put({
      people: numbers.map((number) => ({
        id: extraId(number),
        first: 'Person',
        last: `Number ${number}`,
        email: null,
        active: true,
      })),
    });
  }
  await directory.close();
}

async function write({ journal, archive }: Stores, { conversations, messages, people }: Make): Promise<void> {
  const claim = await journal.claim(0);
  const started = Date.now() * 1000 - messages - 1;
  let position = 0;
  let done = 0;
  for (let from = 0; from < conversations; from += conversationsPerBatch) {
    const entries: JournalEntry[] = [];
    const batch: ArchiveBatch['conversations'][number][] = [];
    for (let number = from; number < Math.min(conversations, from + conversationsPerBatch); number += 1) {
      const events = eventsOf(
        number,
        Math.floor(((number + 1) * messages) / conversations) - done,
        people,
        started + done,
      );
      done += events.length;
      const archived: ArchivedEvent[] = events.map((event) => ({ position: ++position, event }));
      const state = applyAll(null, events);
      for (const one of archived) entries.push(entryOf(one, number, state.id));
      batch.push({ stored: { state, position }, events: archived });
    }
    await append(journal, claim, entries);
    const tail = from + conversationsPerBatch >= conversations ? Math.min(conversationsInTail, batch.length - 1) : 0;
    const kept = batch.slice(0, batch.length - tail);
    const upTo = kept.at(-1)?.stored.position ?? 0;
    const commands = entries.flatMap(({ at, position: place, command }) =>
      command === null || place > upTo ? [] : [{ at, position: place, command }],
    );
    await archive.write({
      partition: 0,
      conversations: kept,
      commands: AnsweredCommands.of(commands).packed(),
      preferences: [],
      outbox: [],
      outboxDone: [],
      mails: [],
    });
    await journal.checkpoint(claim, upTo);
    process.send?.({ done, of: messages } satisfies Made);
  }
  await journal.release(claim);
}

async function append(journal: Stores['journal'], claim: Claim, entries: readonly JournalEntry[]): Promise<void> {
  for (let from = 0; from < entries.length; from += limits.frameEntriesMax) {
    await journal.append(claim, entries.slice(from, from + limits.frameEntriesMax));
  }
}

/** One conversation of three people who answer each other in turn. */
function eventsOf(number: number, count: number, people: number, at: number): ConversationEvent[] {
  const members = [0, 1, 2].map((index) => extraId((number + index * 7_919) % people));
  const starter = members[0] as string;
  const conversation = conversationIdOf(starter, `made-${number}`);
  return Array.from({ length: count }, (_, index): ConversationEvent => {
    const place = { v: index + 1, seq: index + 1, at: at + index, text };
    if (index > 0) return { type: 'replied', ...place, by: members[index % members.length] as string };
    const rest = { people: members.slice(1), about: null, private: false };
    return { type: 'started', ...place, by: starter, conversation, ...rest };
  });
}

function entryOf({ position, event }: ArchivedEvent, number: number, conversation: string): JournalEntry {
  const started = event.type === 'started';
  const { at, by } = event;
  const answer = { ok: { ...(started ? { conversation } : {}), seq: event.v, at } };
  const command = { person: by, id: started ? `made-${number}` : `made-${number}-${event.v}`, bodyHash, answer };
  return { position, at, conversation, events: [event], preferences: null, command };
}
