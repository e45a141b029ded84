import { afterEach, describe, expect, it } from 'vitest';
import { Outbox } from '../../src/alerts/outbox.ts';
import type { MailEnding } from '../../src/alerts/wanted.ts';
import type { HostResult } from '../../src/host/committed.ts';
import { Host } from '../../src/host/host.ts';
import type { Request } from '../../src/host/request.ts';
import type { Archive, ArchiveBatch, OutboxRow } from '../../src/journal/archive.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLog } from '../../src/runtime/log.ts';
import { memoryStores, openStores, type Stores } from '../../src/stores.ts';
import { conversationIn, start } from '../host/open-host.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, temporaryDirectory } from '../support/server.ts';

const waitMicros = 60_000_000;
/** Checkpoints come when a test asks for them. */
const unhurried: Partial<Record<keyof Limits, number>> = { checkpointIntervalMs: 3_600_000 };
/** Long after everything that these tests say. */
const later = () => Date.now() * 1000 + 10 * waitMicros;

interface Rig {
  readonly host: Host;
  readonly outbox: Outbox;
  /** Who has which boxes checked; nobody named = both. */
  readonly wants: Map<string, readonly OutboxRow['kind'][]>;
  /** Conversations that could not be looked at. */
  readonly unreadable: readonly string[];
  ask(person: string, request: Request): Promise<HostResult>;
  begin(person: string, people: string[]): Promise<string>;
  reply(person: string, conversation: string): Promise<HostResult>;
  /** Person, first and last seq of what is due, in order of persons. */
  due(now?: number): Promise<string[]>;
}

let count = 0;
let ticks = 0;
/** A mail that was decided on event `v`. */
const sent = (v: number): MailEnding => ({
  at: ++ticks,
  v,
  outcome: 'sent',
  code: null,
  boxes: { conversations: true, messages: true },
});

/** A host with an outbox, wired as the server does it. */
async function open(stores: Stores, archive: Archive = stores.archive, wait = waitMicros): Promise<Rig> {
  const wants: Rig['wants'] = new Map();
  const unreadable: string[] = [];
  const outbox = new Outbox({
    waitMicros: wait,
    reader: async (person) => {
      const checked = wants.get(person) ?? ['conversation', 'message'];
      const boxes = { conversations: checked.includes('conversation'), messages: checked.includes('message') };
      return { active: true, address: `${person}@example.com`, boxes };
    },
    now: () => ++ticks,
    state: (conversation) => host.state(conversation),
    archived: async (conversation) => (await archive.state(conversation))?.state.lastMessage ?? null,
    unreadable: (conversation) => unreadable.push(conversation),
  });
  for await (const row of archive.outbox()) outbox.restore(row);
  const host: Host = await Host.open({
    journal: stores.journal,
    archive,
    clock: systemClock(),
    log: createLog('silent'),
    limits: { ...limits, ...unhurried } as Limits,
    inactiveAmong: () => new Set(),
    mayView: () => true,
    unreadOf: async () => [],
    committed: (group) => {
      for (const { entry, after } of group) outbox.committed(entry, after);
    },
    together: (work) => work(),
    replayed: (entry, after) => outbox.committed(entry, after),
    alertsToArchive: (_, waits) => {
      const { rows, done, ended, taken } = outbox.toArchive(() => true, waits);
      return { preferences: [], outbox: rows, outboxDone: done, mails: ended, taken };
    },
    writable: () => true,
    archivable: async () => true,
    fenced: () => {},
    metrics: { commit() {} },
  });
  const ask: Rig['ask'] = (person, request) =>
    new Promise((resolve) => host.request(person, `c${++count}`, request, resolve));
  return {
    host,
    outbox,
    wants,
    unreadable,
    ask,
    begin: async (person, people) => conversationIn(await ask(person, start(people))),
    reply: (person, conversation) => ask(person, { type: 'reply', conversation, text: 'more' }),
    due: async (now = later()) =>
      (await outbox.due(now)).map(({ person, from, to }) => `${person} ${from}-${to}`).sort(),
  };
}

const memory = () => memoryStores().open();
async function stored(archive: Archive): Promise<string[]> {
  const rows: string[] = [];
  for await (const { person, from, to } of archive.outbox()) rows.push(`${person} ${from}-${to}`);
  return rows.sort();
}

describe('a row', () => {
  it('[ALERT-3] is one for a person and conversation, however many messages come in its wait', async () => {
    const { begin, reply, due, outbox, host } = await open(memory());
    const conversation = await begin('ann', ['bob', 'cid']);
    await reply('ann', conversation);
    await reply('ann', conversation);
    const other = await begin('ann', ['bob']);
    await host.checkpoint();
    expect(outbox.size).toBe(3);
    expect(await due()).toEqual(['bob 1-1', 'bob 1-3', 'cid 1-3']);
    await reply('ann', other);
    await host.checkpoint();
    expect(outbox.size).toBe(3);
  });

  it('[ALERT-3] is looked at when the wait of its first message ends, not before, and more messages do not put it off', async () => {
    const { begin, reply, due, outbox, host } = await open(memory());
    const conversation = await begin('ann', ['bob']);
    const at = (await host.state(conversation))?.state.lastMessage.at as number;
    await reply('ann', conversation);
    await host.checkpoint();
    expect(await due(at + waitMicros - 1)).toEqual([]);
    expect(await due(at + waitMicros)).toEqual(['bob 1-2']);
    expect(outbox.size).toBe(1);
  });

  it('[ALERT-5] is made for nobody of their own message, nor for a notice', async () => {
    const { begin, ask, due, host } = await open(memory());
    const conversation = await begin('ann', ['bob', 'cid']);
    await ask('bob', { type: 'read', conversation, upTo: 1 });
    await ask('cid', { type: 'read', conversation, upTo: 1 });
    await ask('bob', { type: 'reply', conversation, text: 'mine' });
    await ask('ann', { type: 'invite', conversation, people: ['dora'] });
    await ask('cid', { type: 'leave', conversation });
    await host.checkpoint();
    expect(await due()).toEqual(['ann 2-2', 'cid 1-2']);
  });

  it('[ALERT-3] is dropped where everything was read, or the copy deleted, before it was due', async () => {
    const { begin, ask, due, outbox, host } = await open(memory());
    const conversation = await begin('ann', ['bob', 'cid', 'dora']);
    await ask('bob', { type: 'read', conversation, upTo: 1 });
    await ask('cid', { type: 'delete', conversation, upTo: 1 });
    await host.checkpoint();
    expect(await due()).toEqual(['dora 1-1']);
    expect(outbox.size).toBe(1);
  });

  it('[ALERT-1] each kind has its own box, also where a start and a reply wait together', async () => {
    const { begin, reply, due, host, wants } = await open(memory());
    wants.set('bob', ['conversation']);
    wants.set('cid', ['message']);
    wants.set('dora', []);
    const conversation = await begin('ann', ['bob', 'cid', 'dora']);
    await host.checkpoint();
    expect(await due(0)).toEqual([]);
    expect(await due()).toEqual(['bob 1-1']);
    const both = await open(memory());
    both.wants.set('bob', ['conversation']);
    both.wants.set('cid', ['message']);
    both.wants.set('dora', []);
    const second = await both.begin('ann', ['bob', 'cid', 'dora', 'eve']);
    await both.reply('ann', second);
    both.wants.set('eve', ['conversation']);
    await both.ask('eve', { type: 'read', conversation: second, upTo: 1 });
    await both.host.checkpoint();
    expect(await both.due()).toEqual(['bob 1-2', 'cid 1-2']);
    await reply('ann', conversation);
    await host.checkpoint();
    expect(await due()).toEqual(['bob 1-2', 'cid 2-2']);
  });

  it('[ALERT-1] after the first message was deleted, what came later is a message, not a new conversation', async () => {
    const { begin, ask, reply, due, host, wants } = await open(memory());
    wants.set('bob', ['conversation']);
    wants.set('cid', ['message']);
    const conversation = await begin('ann', ['bob', 'cid']);
    for (const who of ['bob', 'cid']) await ask(who, { type: 'delete', conversation, upTo: 1 });
    await reply('ann', conversation);
    await host.checkpoint();
    expect(await due()).toEqual(['cid 1-2']);
  });

  it('opens anew with the message behind a mail; one that came while it was being sent is not lost', async () => {
    const { begin, reply, due, outbox, host } = await open(memory());
    const conversation = await begin('ann', ['bob']);
    await host.checkpoint();
    const [row] = await outbox.due(later());
    await reply('ann', conversation);
    outbox.done(row as OutboxRow, sent(1));
    await host.checkpoint();
    expect(await due()).toEqual(['bob 2-2']);
    for (const next of await outbox.due(later())) outbox.done(next, sent(2));
    await reply('ann', conversation);
    await host.checkpoint();
    expect(await due()).toEqual(['bob 3-3']);
  });

  it('[ALERT-3] is made for whoever came, came back or was mailed since the message before, and not for who has left', async () => {
    const { begin, reply, ask, due, outbox, host } = await open(memory());
    const conversation = await begin('ann', ['bob', 'cid']);
    await reply('ann', conversation);
    await ask('cid', { type: 'leave', conversation });
    await ask('ann', { type: 'invite', conversation, people: ['dora'] });
    await host.checkpoint();
    for (const row of await outbox.due(later())) outbox.done(row, sent(1));
    expect(outbox.size).toBe(0);
    await reply('bob', conversation);
    await host.checkpoint();
    expect(await due()).toEqual(['ann 5-5', 'dora 5-5']);
    await ask('ann', { type: 'invite', conversation, people: ['cid'] });
    await ask('dora', { type: 'read', conversation, upTo: 5 });
    await host.checkpoint();
    expect(await due()).toEqual(['ann 5-5']);
    await ask('bob', { type: 'leave', conversation });
    await reply('ann', conversation);
    await host.checkpoint();
    expect(outbox.size).toBe(3);
    expect(await due()).toEqual(['cid 8-8', 'dora 8-8']);
  });
});

describe('a row that is', () => {
  it('held is not due until it is released, or what it was put off to has come', async () => {
    const { begin, due, outbox, host } = await open(memory());
    await begin('ann', ['bob']);
    await host.checkpoint();
    const [row] = (await outbox.due(later())) as [OutboxRow];
    outbox.hold(row);
    expect(await due()).toEqual([]);
    outbox.release(row);
    expect(await due()).toEqual(['bob 1-1']);
    const failures: number[] = [];
    const until = later();
    const noted = (count: number): number => {
      failures.push(count);
      return until;
    };
    for (let n = 0; n < 2; n += 1) outbox.putOff(row, noted);
    expect(failures).toEqual([1, 2]);
    expect([await due(until - 1), await due(until)]).toEqual([[], ['bob 1-1']]);
  });

  it('looked at comes behind those that were not, few at a time', async () => {
    const { begin, outbox, host } = await open(memory());
    for (const person of ['bob', 'cid', 'dora']) await begin('ann', [person]);
    await begin('eve', ['p1', 'p2', 'p3']);
    await host.checkpoint();
    const seen: string[][] = [];
    for (let n = 0; n < 3; n += 1) {
      const rows = await outbox.due(later(), 2);
      for (const row of rows) outbox.hold(row);
      seen.push(rows.map(({ person }) => person));
    }
    expect(seen.map((persons) => persons.length)).toEqual([2, 2, 2]);
    expect(new Set(seen.flat()).size).toBe(6);
  });

  it('of a conversation that cannot be read waits, and holds up no other', async () => {
    const stores = memory();
    let damaged = '';
    const archive = new Proxy(stores.archive, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== 'state') return typeof value === 'function' ? value.bind(target) : value;
        return async (conversation: string) => {
          if (conversation === damaged) throw new Error('damaged');
          return target.state(conversation);
        };
      },
    });
    const { begin, due, host, unreadable } = await open(stores, archive);
    const first = await begin('ann', ['bob']);
    await begin('ann', ['cid']);
    await host.checkpoint();
    damaged = first;
    const now = later();
    expect(await due(now)).toEqual(['cid 1-1']);
    expect(await due(now)).toEqual(['cid 1-1']);
    expect(unreadable).toEqual([first]);
    damaged = '';
    expect(await due(now + waitMicros)).toEqual(['bob 1-1', 'cid 1-1']);
  });

  it('of a conversation that never rests is mailed with what came in its wait', async () => {
    const { begin, reply, due, host } = await open(memory());
    const conversation = await begin('ann', ['bob']);
    const at = (await host.state(conversation))?.state.lastMessage.at as number;
    await reply('ann', conversation);
    await host.checkpoint();
    await reply('ann', conversation);
    // The newest may have come in the wait: it belongs to this mail, as soon as it is behind a checkpoint.
    expect(await due(at + waitMicros)).toEqual([]);
    await host.checkpoint();
    expect(await due(at + waitMicros)).toEqual(['bob 1-3']);
    // Here it came after the wait: it is not waited for, and another mail's.
    const stores = memory();
    const short = await open(stores, stores.archive, 1);
    const restless = await short.begin('ann', ['bob']);
    await short.reply('ann', restless);
    await short.host.checkpoint();
    await short.reply('ann', restless);
    expect(await short.due()).toEqual(['bob 1-2']);
  });
});

/** An archive that, from some write on, takes nothing in any more, as after a crash in the middle of a checkpoint. */
function dyingAfter(archive: Archive, writes: number, then: () => Promise<void> = async () => {}): Archive {
  let left = writes;
  return new Proxy(archive, {
    get(target, name) {
      if (name !== 'write') {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return async (batch: ArchiveBatch) => {
        if (left-- <= 0) return new Promise<void>(() => {});
        await target.write(batch);
        await then();
      };
    },
  });
}

describe.each(['memory', 'lmdb'] as const)('over a crash, on %s', (kind) => {
  let remove = () => {};
  afterEach(() => remove());
  async function restartable(): Promise<{ open(): Promise<Stores>; lose(stores: Stores): Promise<void> }> {
    if (kind === 'memory') {
      const kept = memoryStores();
      return { open: async () => kept.open(), lose: async () => {} };
    }
    const directory = temporaryDirectory();
    remove = () => directory.remove();
    return {
      open: () => openStores(directory.path),
      async lose(stores) {
        await stores.directory.close();
        await stores.archive.close();
        await stores.journal.close();
        await stores.release();
      },
    };
  }

  it('[ALERT-3] only durable rows are due; what the journal alone has comes back, and nothing twice', async () => {
    const disk = await restartable();
    let stores = await disk.open();
    const first = await open(stores);
    const conversation = await first.begin('ann', ['bob', 'cid']);
    await first.host.checkpoint();
    await first.reply('ann', conversation);
    expect(await first.due()).toEqual([]);
    expect(await stored(stores.archive)).toEqual(['bob 1-1', 'cid 1-1']);
    first.host.abandon();
    await disk.lose(stores);

    stores = await disk.open();
    const second = await open(stores);
    expect(second.outbox.size).toBe(2);
    expect(await second.due()).toEqual([]);
    await second.host.checkpoint();
    expect(await second.due()).toEqual(['bob 1-2', 'cid 1-2']);
    for (const row of await second.outbox.due(later())) if (row.person === 'bob') second.outbox.done(row, sent(2));
    await second.host.checkpoint();
    expect(await stored(stores.archive)).toEqual(['cid 1-1']);
    second.host.abandon();
    await disk.lose(stores);

    stores = await disk.open();
    const third = await open(stores);
    await third.host.checkpoint();
    expect(await third.due()).toEqual(['cid 1-2']);
    third.host.abandon();
    await disk.lose(stores);
  });

  it('[ALERT-3] a crash between any two writes of a checkpoint loses no row', async () => {
    for (let writes = 0; writes <= 3; writes += 1) {
      const disk = await restartable();
      let stores = await disk.open();
      const first = await open(stores, dyingAfter(stores.archive, writes));
      const conversation = await first.begin('ann', ['bob']);
      await first.reply('ann', conversation);
      void first.host.checkpoint();
      await expect.poll(async () => (await stored(stores.archive)).length).toBeLessThanOrEqual(1);
      await new Promise((resolve) => void setTimeout(resolve, 20));
      first.host.abandon();
      await disk.lose(stores);

      stores = await disk.open();
      const second = await open(stores);
      await second.host.checkpoint();
      expect(await second.due(), `after ${writes} writes`).toEqual(['bob 1-2']);
      second.host.abandon();
      await disk.lose(stores);
      remove();
    }
  });

  it('[ALERT-3] a message that comes while a checkpoint runs keeps its row over a crash behind that checkpoint', async () => {
    const disk = await restartable();
    let stores = await disk.open();
    let during: (() => Promise<unknown>) | null = null;
    const archive = dyingAfter(stores.archive, Number.MAX_SAFE_INTEGER, async () => {
      const run = during;
      during = null;
      await run?.();
    });
    const first = await open(stores, archive);
    const long = await first.begin('ann', ['bob']);
    for (let n = 0; n < 140; n += 1) await first.ask('bob', { type: 'reply', conversation: long, text: 'x' });
    const conversation = await first.begin('ann', ['cid']);
    await first.ask('cid', { type: 'read', conversation, upTo: 1 });
    // Behind the first batch, before the second, which takes the new message along.
    during = () => first.reply('ann', conversation);
    await first.host.checkpoint();
    first.host.abandon();
    await disk.lose(stores);

    stores = await disk.open();
    const second = await open(stores);
    await second.host.checkpoint();
    expect((await second.due()).filter((row) => row.startsWith('cid'))).toEqual(['cid 1-2']);
    second.host.abandon();
    await disk.lose(stores);
  });
});

describe('a checkpoint of many writes', () => {
  it('[ALERT-3] what it has not written yet is not due, so that no replay brings back what was mailed', async () => {
    const stores = memory();
    const due: { readonly row: OutboxRow; readonly isArchived: boolean }[] = [];
    let writes = 0;
    const archive = dyingAfter(stores.archive, Number.MAX_SAFE_INTEGER, async () => {
      writes += 1;
      for (const row of await rig.outbox.due(later())) {
        due.push({ row, isArchived: (await stores.archive.state(row.conversation)) !== null });
      }
    });
    const rig = await open(stores, archive);
    for (let n = 0; n < 400; n += 1) await rig.begin('ann', ['bob']);
    await rig.host.checkpoint();
    expect(writes).toBeGreaterThan(2);
    expect(due.length).toBeGreaterThan(400);
    expect(due.filter(({ isArchived }) => !isArchived)).toEqual([]);
  });

  it('[ALERT-3] writes no row before the message that it is about, nor of a conversation that begins meanwhile', async () => {
    const stores = memory();
    const early: OutboxRow[] = [];
    let writes = 0;
    const archive = dyingAfter(stores.archive, Number.MAX_SAFE_INTEGER, async () => {
      writes += 1;
      for await (const row of stores.archive.outbox()) {
        const { seq } = (await stores.archive.state(row.conversation))?.state.lastMessage ?? { seq: 0 };
        if (seq < row.from) early.push(row);
      }
      if (writes <= 2) await rig.begin('ann', ['cid']);
    });
    const rig = await open(stores, archive);
    for (let n = 0; n < 200; n += 1) await rig.begin('ann', ['bob']);
    await rig.host.checkpoint();
    expect(writes).toBeGreaterThan(2);
    await rig.host.checkpoint();
    expect(early).toEqual([]);
    expect((await stored(stores.archive)).filter((row) => row.startsWith('cid'))).toEqual(['cid 1-1', 'cid 1-1']);
  });
});

describe('a server', () => {
  it('[ALERT-3] keeps one row for a person and conversation over a crash, from archive and journal together', async () => {
    const directory = temporaryDirectory();
    const server = await startTestServer({ people: ['ann', 'bob', 'cid'], stores: { path: directory.path } });
    const [ann, bob] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'bob')];
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    await server.server.host.checkpoint();
    await bob.must('reply', { conversation, text: 'y' });
    await server.crash();
    const again = await startTestServer({ stores: { path: directory.path } });
    await again.stop();
    const stores = await openStores(directory.path);
    expect(await stored(stores.archive)).toEqual(['ann 2-2', 'bob 1-1', 'cid 1-1']);
    await stores.directory.close();
    await stores.archive.close();
    await stores.journal.close();
    await stores.release();
    directory.remove();
  });

  it('keeps none where it is told to keep none', async () => {
    const server = await startTestServer({ people: ['ann', 'bob'], mail: null, admin: true });
    const ann = await RawClient.signIn(server, 'ann');
    await ann.must('start', { text: 'x', people: ['bob'] });
    const metrics = await fetch(`${server.adminUrl}/metrics`);
    expect(await metrics.text()).toContain('parley_outbox_rows 0');
    await server.stop();
  });
});
