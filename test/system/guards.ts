/**
 * Small scenes on a whole server, each with the complaints of whoever watches it: empty where the rule is kept. A check is
 * worth what it detects, so `durable.test.ts` runs them on the product and on products that are broken on purpose.
 */

import { memoryDirectoryStore } from '../../src/directory/directory-store-memory.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import type { JournalEntry } from '../../src/journal/entry.ts';
import { memoryLedger } from '../../src/journal/erasure-ledger-memory.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryDisk, openMemoryJournal } from '../../src/journal/journal-memory.ts';
import { createMemoryTables } from '../../src/journal/tables-memory.ts';
import type { MemoryStores } from '../../src/stores.ts';
import type { Card, ClientFrame, ServerFrame } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';
import { seeded } from '../wire/mutate.ts';

type Complaints = string[];

/** What a disk has durably, and a journal whose appends take their time before they get there. */
export interface SlowDisk {
  readonly stores: MemoryStores;
  readonly positions: number[];
  readonly texts: Set<string>;
  /** `person id` of every command answered by a durable entry. */
  readonly commands: Set<string>;
  /** Every append waits for it before anything is written. */
  delay: () => Promise<void>;
}

/** `hasty`: a journal that says yes before it is true, as a broken one would. */
export function slowDisk(hasty = false, partitions = 1): SlowDisk {
  const memory = createMemoryDisk('slow', partitions);
  const tables = createMemoryTables();
  const directory = memoryDirectoryStore();
  const ledger = memoryLedger();
  const disk: SlowDisk = {
    positions: Array.from({ length: partitions }, () => 0),
    texts: new Set(),
    commands: new Set(),
    delay: async () => {},
    stores: {
      open: () => ({
        journal: watched(openMemoryJournal(memory), disk, hasty),
        archive: openMemoryArchive(tables),
        directory,
        ledger,
        path: null,
        release: async () => {},
      }),
    },
  };
  return disk;
}

function watched(journal: Journal, disk: SlowDisk, hasty: boolean): Journal {
  const queue: Promise<void>[] = [Promise.resolve()];
  return new Proxy(journal, {
    get(target, name) {
      if (name !== 'append') {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return (claim: Parameters<Journal['append']>[0], entries: readonly JournalEntry[]): Promise<void> => {
        const written = (queue.at(-1) as Promise<void>).then(async () => {
          await disk.delay();
          await target.append(claim, entries);
          disk.positions[claim.partition] = (entries.at(-1) as JournalEntry).position;
          for (const entry of entries) {
            for (const event of entry.events) if ('text' in event && event.text !== null) disk.texts.add(event.text);
            if (entry.command !== null) disk.commands.add(`${entry.command.person} ${entry.command.id}`);
          }
        });
        queue.push(written);
        if (!hasty) return written;
        // Nobody waits for what is still on its way when the server ends.
        written.catch(() => {});
        return Promise.resolve();
      };
    },
  });
}

const contact = { kind: 'contact', id: 'k' } as const;
const quick = { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 };
const everyone = ['ann', 'bob', 'cid', 'dora'];

/** Law 1: what a frame tells of is on disk when it arrives. `asked`: the ids of commands (an answer to a question tells of entries only). */
function untold(disk: SlowDisk, person: string, frame: ServerFrame): Complaints {
  const complaints: Complaints = [];
  const said = JSON.stringify(frame);
  const at = 'at' in frame && frame.at !== undefined ? frame.at : [];
  if (frame.t === 'welcome' || frame.t === 'live') {
    at.forEach((position, partition) => {
      if (position > (disk.positions[partition] as number)) complaints.push(`${frame.t} is ahead of the disk`);
    });
  } else if (at.length > 0) {
    const [partition, position] = at as [number, number];
    if (position > (disk.positions[partition] as number))
      complaints.push(`${frame.t} of ${position} is ahead of the disk`);
  }
  for (const text of said.match(/text-\d+-/g) ?? []) {
    if (!disk.texts.has(text)) complaints.push(`${frame.t} tells ${person} of ${text}, which is not durable`);
  }
  if (
    (frame.t === 'ok' || frame.t === 'error') &&
    frame.id?.startsWith('command-') &&
    !disk.commands.has(`${person} ${frame.id}`)
  ) {
    complaints.push(`${frame.t} answers ${frame.id} of ${person} before it is durable`);
  }
  return complaints;
}

/** Everyone does everything at once on a disk of uneven speed, and every frame is held against the disk as it arrives. */
export async function earlyNews(seed: number, hasty = false, rounds = 40): Promise<Complaints & { frames?: number }> {
  const random = seeded(seed);
  const disk = slowDisk(hasty);
  disk.delay = () => new Promise((resolve) => void setTimeout(resolve, random() * 8));
  const server = await startTestServer({
    stores: disk.stores,
    people: everyone,
    records: [contact],
    limits: quick,
    // A journal that lies is found out at the end, by its checkpoint.
    ...(hasty ? { onFenced: () => {} } : {}),
  });
  const clients = await Promise.all([...everyone, 'ann'].map((person) => RawClient.signIn(server, person)));
  const complaints: Complaints = [];
  let frames = 0;
  for (const client of clients) {
    const push = client.frames.push.bind(client.frames);
    client.frames.push = (...came: ServerFrame[]) => {
      frames += came.length;
      for (const frame of came) complaints.push(...untold(disk, client.person, frame));
      return push(...came);
    };
  }
  const [ann, bob, cid, dora] = clients as [RawClient, RawClient, RawClient, RawClient];
  let count = 0;
  const text = () => `text-${++count}-`;
  const ask = (client: RawClient, t: string, body: object): void => {
    client.send({ t, id: `command-${++count}`, ...body } as unknown as ClientFrame);
  };
  await dora.ask('openTab', { record: contact, limit: 5 });
  const { conversation } = await ann.must(
    'start',
    { text: text(), people: ['bob', 'cid'], about: contact },
    'command-start',
  );
  for (let round = 0; round < rounds; round += 1) {
    ask(ann, 'reply', { conversation, text: text() });
    if (random() < 0.5) ask(bob, 'leave', { conversation });
    else ask(bob, 'read', { conversation, upTo: 1 + round });
    ask(cid, 'delete', { conversation, upTo: 1 });
    ask(cid, 'reply', { conversation, text: text() });
    ask(ann, 'invite', { conversation, people: ['bob'] });
    ask(dora, 'start', { text: text(), people: ['ann'] });
    ask(dora, 'reply', { conversation, text: text() });
    ask(bob, 'setAlerts', {
      preferences: { email: { conversations: true, messages: true }, popup: { conversations: false, messages: true } },
    });
    ask(ann, 'readAll', { at: server.server.host.positions() });
    for (const client of clients) {
      client.send({ t: 'list', id: `list-${round}`, limit: 5 });
      client.send({
        t: 'history',
        id: `history-${round}`,
        conversation,
        before: 10_000,
        limit: 5,
        tab: random() < 0.5,
      });
    }
    const late = random() < 0.2 ? await RawClient.signIn(server, 'bob') : null;
    for (const frame of (await late?.settled()) ?? []) complaints.push(...untold(disk, 'bob', frame));
    await late?.close();
    await clients[round % clients.length]?.settled();
  }
  await ann.must('reply', { conversation, text: text() }, 'command-last');
  await server.stop();
  return Object.assign(complaints, { frames });
}

async function scene(
  options: TestServerOptions,
  play: (server: TestServer, clients: readonly RawClient[]) => Promise<Complaints>,
) {
  const server = await startTestServer({ people: everyone, records: [contact], limits: quick, ...options });
  const clients = await Promise.all(everyone.map((person) => RawClient.signIn(server, person)));
  try {
    return await play(server, clients);
  } finally {
    await server.stop();
  }
}

type Four = readonly [RawClient, RawClient, RawClient, RawClient];

/** LEAVE-4: nothing that stands behind a leave reaches the leaver. */
export function newsOfLeavers(): Promise<Complaints> {
  return scene({}, async (_, clients) => {
    const [ann, bob] = clients as Four;
    const { conversation } = await ann.must('start', { text: 'one', people: ['bob', 'cid'] });
    await bob.must('leave', { conversation });
    await bob.settled();
    await ann.must('reply', { conversation, text: 'behind' });
    const came = await bob.settled();
    return came.map((frame) => `${frame.t} reached who had left`);
  });
}

/** SEE-4: the name of a restricted record in any frame of someone who lacks a right. */
export function leakedNames(): Promise<Complaints> {
  const secret = { ...contact, name: 'Canary Jones', view: ['ann', 'bob'], edit: ['ann'] };
  return scene({ records: [secret] }, async (_, clients) => {
    const [ann, bob, cid] = clients as Four;
    await ann.must('start', { text: 'one', people: ['bob', 'cid'], about: contact });
    const complaints: Complaints = [];
    for (const client of [bob, cid]) {
      await client.settled();
      if (Buffer.concat(client.messages).includes('Canary')) complaints.push(`${client.person} was told the name`);
    }
    return complaints;
  });
}

/** SEE-1: what was said between two stints, in cards, lists or history. */
export function shownGaps(): Promise<Complaints> {
  return scene({}, async (_, clients) => {
    const [ann, bob] = clients as Four;
    const { conversation } = await ann.must('start', { text: 'one', people: ['bob', 'cid'] });
    await bob.must('leave', { conversation });
    await ann.must('reply', { conversation, text: 'between' });
    await ann.must('invite', { conversation, people: ['bob'] });
    await bob.must('list', { limit: 5 });
    await bob.must('history', { conversation, before: 100, limit: 50 });
    await bob.settled();
    return Buffer.concat(bob.messages).includes('between') ? ['the gap was shown'] : [];
  });
}

/** LIST-6: the badge that was told last is the number of conversations in the list with something unread. */
export function lyingBadge(): Promise<Complaints> {
  return scene({}, async (_, clients) => {
    const [ann, bob] = clients as Four;
    const complaints: Complaints = [];
    let badge = bob.welcome?.badge ?? 0;
    const compare = async (when: string) => {
      for (const frame of await bob.settled()) if (frame.t === 'badge') badge = frame.badge;
      const { cards } = await bob.must('list', { limit: 50 });
      const counted = unreadIn(cards);
      if (badge !== counted) complaints.push(`${when}: told ${badge}, the list has ${counted}`);
    };
    const { conversation } = await ann.must('start', { text: 'one', people: ['bob'] });
    await compare('after a start');
    await ann.must('start', { text: 'two', people: ['bob'] });
    await compare('after another');
    await bob.must('read', { conversation, upTo: 1 });
    await compare('after reading');
    await bob.must('delete', { conversation, upTo: 1 });
    await compare('after deleting');
    return complaints;
  });
}

function unreadIn(cards: readonly Pick<Card, 'unread'>[]): number {
  return cards.filter(({ unread }) => unread > 0).length;
}
