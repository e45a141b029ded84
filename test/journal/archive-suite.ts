/** What every adapter of the `Archive` port owes: one test for each promise of the port's comments. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apply } from '../../src/conversation/apply.ts';
import { plain } from '../../src/conversation/members.ts';
import { AnsweredCommands, type PackedCommands } from '../../src/journal/answered-commands.ts';
import {
  type Archive,
  type ArchiveBatch,
  type MailRecord,
  mailOutcomes,
  type OutboxRow,
  type StoredState,
} from '../../src/journal/archive.ts';
import { findOwner } from '../../src/journal/archive-conversations.ts';
import { CommandIndex } from '../../src/journal/command-index.ts';
import type { ArchivedEvent, Remembered } from '../../src/journal/entry.ts';
import { erasedBodyHash } from '../../src/journal/erased-body.ts';
import { Damaged } from '../../src/journal/journal.ts';
import { after, commandKey, conversationKey, firstBits, lastNumberOf } from '../../src/journal/keys.ts';
import { highest, lowest, placeIn, type TableName, type TableReader } from '../../src/journal/tables.ts';
import { limits } from '../../src/limits.ts';
import { archiveAll, batchesFor, emptyBatch } from './checkpoint.ts';
import { all } from './journal-suite.ts';
import { conversationId, type Folded, fold, randomHistory, rememberedOf, seeded } from './random-history.ts';

/** A place where archives are kept. */
export interface ArchiveHome {
  /** As after a restart of the process; the ones opened before are closed by the caller. */
  open(): Promise<Archive>;
  /** Reads the tables; the archive is closed meanwhile. */
  look<T>(read: (tables: TableReader) => T): Promise<T>;
  /** Replaces the value of a row, null = takes it away; the archive is closed meanwhile. */
  alter(table: TableName, key: Uint8Array, change: (value: Buffer) => Uint8Array | null): Promise<void>;
  /** Puts a row there; the archive is closed meanwhile. */
  put(table: TableName, key: Uint8Array, value: Uint8Array): Promise<void>;
  destroy(): Promise<void>;
}

function packed(...commands: { at: number; position: number; command: Remembered }[]): PackedCommands {
  return AnsweredCommands.of(commands).packed();
}

export async function expectArchive(archive: Archive, folded: Folded): Promise<void> {
  const ids = [...folded.states.keys()];
  expect((await all(archive.conversations())).sort()).toEqual([...ids].sort());
  for (const [id, { state, position }] of folded.states) {
    expect(await archive.state(id)).toEqual({ state: { ...state, members: plain(state.members) }, position });
    expect(await all(archive.events(id))).toEqual(folded.events.get(id));
  }
  const people = new Set([...folded.states.values()].flatMap(({ state }) => [...state.members.keys()]));
  for (const person of people) {
    const expected = ids.filter((id) => folded.states.get(id)?.state.members.has(person));
    expect((await archive.conversationsOf(person)).sort()).toEqual(expected.sort());
  }
  for (const { state } of folded.states.values()) {
    if (state.about === null) continue;
    const { kind, id } = state.about;
    const expected = ids.filter((other) => {
      const about = folded.states.get(other)?.state.about;
      return about?.kind === kind && about.id === id;
    });
    expect((await archive.conversationsAbout({ kind, id })).sort()).toEqual(expected.sort());
  }
  for (const { command } of folded.commands.values()) {
    expect(await archive.command(command.person, command.id)).toEqual(command);
  }
  for (const [person, boxes] of folded.preferences) expect(await archive.preferences(person)).toEqual(boxes);
}

export function archiveSuite(name: string, makeHome: () => Promise<ArchiveHome>): void {
  describe(`${name} as an Archive`, () => {
    let home: ArchiveHome;
    let archive: Archive;
    const history = randomHistory(11, { entries: 300 });
    const folded = fold(history);
    const [longest] = [...folded.states.values()].sort((a, b) => b.state.head - a.state.head);
    const id = longest?.state.id ?? '';
    const head = longest?.state.head ?? 0;
    const timeline = (folded.events.get(id) ?? []).filter(({ event }) => 'seq' in event);

    beforeEach(async () => {
      home = await makeHome();
      archive = await home.open();
    });
    afterEach(async () => {
      await archive.close();
      await home.destroy();
    });
    async function reopen(): Promise<void> {
      await archive.close();
      archive = await home.open();
    }
    async function altered(table: TableName, key: Uint8Array, change: (value: Buffer) => Uint8Array | null) {
      await archive.close();
      await home.alter(table, key, change);
      archive = await home.open();
    }
    async function look<T>(read: (tables: TableReader) => T): Promise<T> {
      await archive.close();
      const found = await home.look(read);
      archive = await home.open();
      return found;
    }
    const keyOf = (conversation: string) => conversationKey(conversation) as Buffer;

    it('knows nothing at first, and takes any id for a question', async () => {
      for (const unknown of [conversationId('x'), '', 'not an id', 'A'.repeat(22), `${'A'.repeat(21)}B`]) {
        expect(await archive.state(unknown)).toBeNull();
        expect(await archive.timeline(unknown, 1, 10, 10)).toEqual([]);
        expect(await archive.eventsSince(unknown, 0, 10)).toEqual({ after: 0, events: [] });
        expect(await all(archive.events(unknown))).toEqual([]);
        expect(await archive.conversationsOf(unknown)).toEqual([]);
        expect(await archive.conversationsAbout({ kind: 'contact', id: unknown })).toEqual([]);
        expect(await archive.command(unknown, unknown)).toBeNull();
        expect(await archive.preferences(unknown)).toBeNull();
      }
      expect(await all(archive.conversations())).toEqual([]);
      expect(await all(archive.outbox())).toEqual([]);
    });

    it('holds in one batch what the journal says: states, events, both indexes, commands, preferences', async () => {
      await archiveAll(archive, history);
      await expectArchive(archive, folded);
      await reopen();
      await expectArchive(archive, folded);
    });

    it('holds conversations of many people', async () => {
      const ofMany = randomHistory(12, { entries: 300, conversations: 2, people: 200 });
      await archiveAll(archive, ofMany.slice(0, 150));
      await archiveAll(archive, ofMany);
      await expectArchive(archive, fold(ofMany));
    });

    for (const seed of [1, 2, 3]) {
      it(`holds the same in many batches of any size, some written twice (seed ${seed})`, async () => {
        const random = seeded(seed);
        let done = 0;
        while (done < history.length) {
          const end = Math.min(history.length, done + 1 + random(60));
          const batches = await batchesFor(archive, history.slice(done, end));
          for (const batch of batches) await archive.write(batch);
          if (random(2) === 0) for (const batch of batches) await archive.write(batch);
          if (random(4) === 0) await reopen();
          // What overlaps with what is stored already is skipped by `v`.
          done = random(3) === 0 ? end : Math.max(done + 1, end - random(20));
        }
        await expectArchive(archive, folded);
      });
    }

    it('knows the newest time of all that was written, in whatever order it came', async () => {
      expect(await archive.newestAt()).toBe(0);
      await archiveAll(archive, history.slice(0, 100));
      expect(await archive.newestAt()).toBe(history[99]?.entry.at);
      await archiveAll(archive, history);
      expect(await archive.newestAt()).toBe(history.at(-1)?.entry.at);
      for (const batch of await batchesFor(archive, history.slice(0, 50))) await archive.write(batch);
      await reopen();
      expect(await archive.newestAt()).toBe(history.at(-1)?.entry.at);
    });

    it('an older batch written again changes nothing', async () => {
      const early = await batchesFor(archive, history.slice(0, 100));
      await archiveAll(archive, history);
      for (const batch of early) await archive.write({ ...emptyBatch, conversations: batch.conversations });
      await expectArchive(archive, folded);
    });

    it('writes under way together are carried out in order', async () => {
      await archiveAll(archive, history.slice(0, 150));
      const next = await batchesFor(archive, history.slice(150));
      await Promise.all([...next, ...next].map((batch) => archive.write(batch)));
      await expectArchive(archive, folded);
    });

    it('refuses events that do not follow, and a state not behind its last event, with all that came with them', async () => {
      const [batch] = (await batchesFor(archive, history)) as [ArchiveBatch];
      const [first, ...others] = batch.conversations;
      if (first === undefined || others.length === 0) throw new Error('the history is empty');
      const gap = { stored: first.stored, events: first.events.slice(1) };
      await expect(archive.write({ ...emptyBatch, conversations: [gap] })).rejects.toThrow(RangeError);
      const short = { stored: first.stored, events: first.events.slice(0, -1) };
      await expect(archive.write({ ...emptyBatch, conversations: [...others, short] })).rejects.toThrow(RangeError);
      expect(await all(archive.conversations())).toEqual([]);
      await archive.write(batch);
      await expectArchive(archive, folded);
    });

    it('a page of the timeline is the newest of the range, ascending', async () => {
      await archiveAll(archive, history);
      expect(timeline.length).toBe(head);
      for (const [from, to, limit] of [
        [1, head, 1000],
        [1, head, 3],
        [2, head - 2, 4],
        [head, head, 1],
        [head - 1, head + 50, 10],
        [5, 4, 10],
        [1, 0xffff_ffff, 2],
        [1, head, 0],
      ] as const) {
        const expected = timeline.slice(from - 1, Math.max(to, from - 1));
        expect(await archive.timeline(id, from, to, limit)).toEqual(limit === 0 ? [] : expected.slice(-limit));
      }
    });

    it('eventsSince gives what came after a position, and after which event, or null if it is more than the limit', async () => {
      await archiveAll(archive, history);
      const events = folded.events.get(id) ?? [];
      for (const position of [0, 1, 50, 150, 299, 300]) {
        const expected = events.filter((archived) => archived.position > position);
        const since = { after: events.length - expected.length, events: expected };
        expect(await archive.eventsSince(id, position, 1000)).toEqual(since);
        expect(await archive.eventsSince(id, position, expected.length)).toEqual(since);
        if (expected.length > 0) expect(await archive.eventsSince(id, position, expected.length - 1)).toBeNull();
      }
    });

    it('what it returns is the caller’s', async () => {
      await archiveAll(archive, history);
      for (const event of await all(archive.events(id))) Object.assign(event.event, { at: 0, by: 'x' });
      const members = (await archive.state(id))?.state.members;
      (members as unknown as Map<string, unknown>).clear();
      await expectArchive(archive, folded);
    });

    it('forgets commands by age, a bounded look at a time, and keeps the younger ones', async () => {
      await archiveAll(archive, history);
      const times = [...folded.commands.values()].map(({ at }) => at).sort((a, b) => a - b);
      const before = times[Math.floor(times.length / 2)] as number;
      let looks = 1;
      while (!(await archive.forgetCommands(before, 10))) looks += 1;
      // Some stand in a row together.
      expect(looks).toBeGreaterThanOrEqual(Math.floor(times.length / 30));
      for (const { command, at } of folded.commands.values()) {
        expect(await archive.command(command.person, command.id)).toEqual(at < before ? null : command);
      }
    });

    it('a new preference replaces the old one', async () => {
      const boxes = (flag: boolean) => ({
        email: { conversations: flag, messages: !flag },
        popup: { conversations: !flag, messages: flag },
      });
      await archive.write({ ...emptyBatch, preferences: [{ person: 'ann', boxes: boxes(true) }] });
      await archive.write({ ...emptyBatch, preferences: [{ person: 'ann', boxes: boxes(false) }] });
      expect(await archive.preferences('ann')).toEqual(boxes(false));
      expect(await archive.preferences('bob')).toBeNull();
    });

    it('[ALERT-3] the outbox has at most one row for a person and conversation', async () => {
      const row = (person: string, to: number): OutboxRow => ({
        person,
        conversation: id,
        from: 1,
        to,
        kind: to > 1 ? 'message' : 'conversation',
        dueAt: to * 1_000_000,
      });
      await archive.write({ ...emptyBatch, outbox: [row('ann', 1), row('bob', 1)] });
      await archive.write({ ...emptyBatch, outbox: [row('ann', 2)] });
      await reopen();
      const rows = await all(archive.outbox());
      expect(rows.sort((a, b) => a.person.localeCompare(b.person))).toEqual([row('ann', 2), row('bob', 1)]);
      await archive.write({ ...emptyBatch, outboxDone: [{ person: 'ann', conversation: id }] });
      await archive.write({ ...emptyBatch, outboxDone: [{ person: 'ann', conversation: id }] });
      expect(await all(archive.outbox())).toEqual([row('bob', 1)]);
      expect(await archive.waitingMail('bob', id)).toEqual(row('bob', 1));
      expect(await archive.waitingMail('ann', id)).toBeNull();
    });

    it('[ALERT-3] keeps the newest of what became of e-mails, for each person and conversation', async () => {
      const record = (at: number): MailRecord => ({
        from: at,
        to: at + 1,
        kind: at > 1 ? 'message' : 'conversation',
        at,
        v: at,
        outcome: mailOutcomes[at % mailOutcomes.length] as MailRecord['outcome'],
        code: at % 2 === 0 ? '550' : null,
        boxes: { conversations: at % 3 === 0, messages: at % 3 === 1 },
      });
      const of = (person: string, ...ats: number[]) =>
        ats.map((at) => ({ person, conversation: id, record: record(at) }));
      await archive.write({ ...emptyBatch, mails: [...of('ann', 1, 2), ...of('bob', 1)] });
      await archive.write({ ...emptyBatch, mails: [...of('ann', 1, 2), ...of('bob', 1)] });
      await reopen();
      expect(await archive.mails('ann', id)).toEqual([record(1), record(2)]);
      expect(await archive.mails('bob', id)).toEqual([record(1)]);
      expect(await archive.mails('cy', id)).toEqual([]);
      expect(await archive.mails('ann', 'no conversation')).toEqual([]);
      for (let at = 3; at <= 20; at += 1) await archive.write({ ...emptyBatch, mails: of('ann', at) });
      const kept = Array.from({ length: limits.mailRecordsKept }, (_, n) => record(21 - limits.mailRecordsKept + n));
      expect(await archive.mails('ann', id)).toEqual(kept);
    });

    it('[ERASE-1] [CMD-1] keeps no hash of the bodies of erased commands, and the answers of all', async () => {
      const [ann, bob] = [rememberedOf('ann', 1, { ok: { seq: 1 } }), rememberedOf('bob', 2, { ok: { seq: 2 } })];
      const [cy, other] = [rememberedOf('cy', 3, { refused: 'text-blank' }), rememberedOf('ann', 4, { ok: {} })];
      const commands = [ann, bob, cy].map((command, nth) => ({ at: nth, position: nth + 1, command }));
      await archive.write({ ...emptyBatch, commands: packed(...commands) });
      await archive.write({ ...emptyBatch, partition: 1, commands: packed({ at: 9, position: 1, command: other }) });
      const bare = (command: Remembered) => ({ ...command, bodyHash: erasedBodyHash });
      await archive.erase({ commands: new Map([[0, new Set([1])]]), people: [] });
      await reopen();
      const found = async () =>
        Promise.all([ann, bob, cy, other].map(({ person, id: of }) => archive.command(person, of)));
      expect(await found()).toEqual([bare(ann), bob, cy, other]);
      // Of an erased person refused commands cannot be told from others', so all of them lose theirs.
      await archive.erase({ commands: new Map(), people: ['dan'] });
      expect(await found()).toEqual([bare(ann), bob, bare(cy), other]);
    });

    it('[ERASE-2] drops the alert boxes, waiting mails and what became of mails of erased people', async () => {
      const boxes = { email: { conversations: true, messages: true }, popup: { conversations: true, messages: true } };
      const row = (person: string): OutboxRow => ({
        person,
        conversation: id,
        from: 1,
        to: 1,
        kind: 'message',
        dueAt: 1,
      });
      const record: MailRecord = {
        from: 1,
        to: 1,
        kind: 'message',
        at: 1,
        v: 1,
        outcome: 'sent',
        code: null,
        boxes: boxes.email,
      };
      const people = ['ann', 'bob'];
      await archive.write({
        ...emptyBatch,
        preferences: people.map((person) => ({ person, boxes })),
        outbox: people.map(row),
        mails: people.map((person) => ({ person, conversation: id, record })),
      });
      await archive.erase({ commands: new Map(), people: ['ann'] });
      await archive.erase({ commands: new Map(), people: ['ann'] });
      await reopen();
      expect([await archive.preferences('ann'), await archive.preferences('bob')]).toEqual([null, boxes]);
      expect(await all(archive.outbox())).toEqual([row('bob')]);
      expect([await archive.mails('ann', id), await archive.mails('bob', id)]).toEqual([[], [record]]);
    });

    it('notes how far in the ledger of erasures it is', async () => {
      expect(await archive.erasedUpTo()).toBeNull();
      await archive.noteErasedUpTo({ erasures: 3, hash: 'abc' });
      await archive.noteErasedUpTo({ erasures: 4, hash: 'def' });
      await reopen();
      expect(await archive.erasedUpTo()).toEqual({ erasures: 4, hash: 'def' });
      expect(await archive.scrub()).toBe(true);
    });

    it('[CMD-1] commands of two people with one id are two, and the first answer stays', async () => {
      const [ann, bob] = [rememberedOf('ann', 1, { ok: {} }), rememberedOf('bob', 1, { refused: 'not-found' })];
      await archive.write({ ...emptyBatch, commands: packed({ at: 1, position: 1, command: ann }) });
      await archive.write({ ...emptyBatch, commands: packed({ at: 2, position: 2, command: bob }) });
      await archive.write({
        ...emptyBatch,
        commands: packed({ at: 3, position: 3, command: { ...ann, answer: bob.answer } }),
      });
      expect([await archive.command('ann', 'c1'), await archive.command('bob', 'c1')]).toEqual([ann, bob]);
    });

    it('holds the longest text and a conversation of many people', async () => {
      const conversation = conversationId('big');
      const people = Array.from({ length: 1999 }, (_, nth) => `person-${nth}-${'x'.repeat(50)}`);
      const event = { type: 'started', conversation, v: 1, seq: 1, at: 1, by: 'ann', text: '🙂'.repeat(4096) } as const;
      const entry = { position: 1, at: 1, conversation, preferences: null, command: null };
      const started = { ...event, people, about: null, private: true };
      const big = [{ partition: 0, entry: { ...entry, events: [started] } }];
      await archiveAll(archive, big);
      await reopen();
      expect((await archive.state(conversation))?.state).toEqual(fold(big).states.get(conversation)?.state);
      expect(await all(archive.events(conversation))).toEqual([{ position: 1, event: started }]);
      expect(await archive.conversationsOf(people[1998] as string)).toEqual([conversation]);
    });

    describe('altered bytes', () => {
      beforeEach(() => archiveAll(archive, history));
      const flip = (at: number) => (value: Buffer) => {
        value[at % value.length] = (value[at % value.length] as number) ^ 0x10;
        return value;
      };

      /** The rows of the longest conversation. */
      const rowsOf = (table: 'timeline' | 'marks') =>
        look((tables) => {
          const { prefix } = findOwner(tables, keyOf(id)) as { prefix: Uint8Array };
          return tables.rows(table, prefix, after(prefix), 1000).map(({ key }) => Buffer.from(key));
        });

      it('a flipped bit anywhere in a row of the timeline is Damaged, never returned', async () => {
        const keys = await rowsOf('timeline');
        expect(keys.length).toBeGreaterThan(2);
        const [key, next] = keys.slice(-2) as [Buffer, Buffer];
        const [first, behind] = [lastNumberOf(key), lastNumberOf(next)];
        for (const at of [0, 1, 4, 5, 12, 13, 20, 40, 100]) {
          await altered('timeline', key, flip(at));
          await expect(archive.timeline(id, 1, head, 100), `byte ${at}`).rejects.toThrow(Damaged);
          await expect(archive.timeline(id, first, first, 1)).rejects.toThrow(/archive\/timeline/);
          await expect(all(archive.events(id))).rejects.toThrow(Damaged);
          expect(await archive.timeline(id, behind, head, 1000)).toEqual(timeline.slice(behind - 1));
          await altered('timeline', key, flip(at));
        }
        await expectArchive(archive, folded);
      });

      it('a flipped bit in a state, command or preference is Damaged', async () => {
        const owner = await look((tables) => findOwner(tables, keyOf(id)));
        for (const key of [keyOf(id), owner?.prefix as Uint8Array]) {
          await altered('states', key, flip(6));
          await expect(archive.state(id)).rejects.toThrow(Damaged);
          await expect(all(archive.events(id))).rejects.toThrow(Damaged);
          await altered('states', key, flip(6));
        }
        const { command } = [...folded.commands.values()][0] as { command: Remembered };
        const bits = firstBits(commandKey(command.person, command.id));
        const bucket = await look((tables) => new CommandIndex(tables).bucket(bits));
        await altered('commands', bucket?.key as Uint8Array, flip(30));
        await expect(archive.command(command.person, command.id)).rejects.toThrow(Damaged);
      });

      it('a state, its number and a bucket of commands that are damaged are made again of what they follow from', async () => {
        const { prefix } = (await look((tables) => findOwner(tables, keyOf(id)))) as { prefix: Uint8Array };
        const { command } = [...folded.commands.values()][0] as { command: Remembered };
        const bits = firstBits(commandKey(command.person, command.id));
        const bucket = await look((tables) => Buffer.from(new CommandIndex(tables).bucket(bits)?.key as Uint8Array));
        for (const [table, key] of [
          ['states', prefix],
          ['states', keyOf(id)],
          ['commands', bucket],
        ] as const) {
          const sound = await look((tables) => Buffer.from(tables.get(table, key) ?? []));
          await altered(table, key, flip(6));
          await archive.mend(placeIn(table, key), 1);
          expect(await look((tables) => Buffer.from(tables.get(table, key) ?? []))).toEqual(sound);
        }
        await expectArchive(archive, folded);
      });

      it('what follows from nothing is Damaged as before, and so is what follows from damage', async () => {
        const { prefix } = (await look((tables) => findOwner(tables, keyOf(id)))) as { prefix: Uint8Array };
        const [newest] = (await rowsOf('timeline')).slice(-1) as [Buffer];
        await expect(archive.mend(placeIn('timeline', newest), 1)).rejects.toThrow(Damaged);
        await altered('states', prefix, flip(6));
        await altered('timeline', newest, flip(20));
        await expect(archive.mend(placeIn('states', prefix), 1)).rejects.toThrow(Damaged);
        await expect(archive.state(id)).rejects.toThrow(Damaged);
      });

      it('what came after a position is Damaged where some of it is missing, and not a shorter list', async () => {
        const events = folded.events.get(id) ?? [];
        for (const table of ['timeline', 'marks'] as const) {
          const [key] = (await rowsOf(table)).slice(-2) as [Buffer];
          let value: Buffer = Buffer.alloc(0);
          await altered(table, key, (found) => {
            value = Buffer.from(found);
            return null;
          });
          await expect(archive.eventsSince(id, 0, 1_000)).rejects.toThrow(/is missing/);
          await archive.close();
          await home.put(table, key, value);
          archive = await home.open();
          expect(await archive.eventsSince(id, 0, 1_000)).toEqual({ after: 0, events });
        }
      });

      it('a value at another key is Damaged', async () => {
        const [third, fourth] = (await rowsOf('timeline')).slice(-2) as [Buffer, Buffer];
        let value: Buffer = Buffer.alloc(0);
        await altered('timeline', third, (found) => {
          value = Buffer.from(found);
          return found;
        });
        await altered('timeline', fourth, () => value);
        await expect(archive.timeline(id, 1, head, 100)).rejects.toThrow(Damaged);
      });

      it('a missing row is Damaged', async () => {
        const [key, next] = (await rowsOf('timeline')).slice(-2) as [Buffer, Buffer];
        await altered('timeline', key, () => null);
        const missing = lastNumberOf(next) - 1;
        await expect(archive.timeline(id, 1, head, 1000)).rejects.toThrow(new RegExp(`seq ${missing} is missing`));
        await expect(all(archive.events(id))).rejects.toThrow(Damaged);
      });

      it('a conversation whose newest rows are damaged or gone goes on in new ones, and what is lost is not forgotten', async () => {
        const state = folded.states.get(id) as StoredState;
        const by = [...state.state.members.keys()][0] as string;
        const more = Array.from({ length: 3 }, (_, nth): ArchivedEvent => {
          const [seq, v] = [state.state.head + 1 + nth, state.state.v + 1 + nth];
          return {
            position: 400 + nth,
            event: { type: 'replied', v, seq, at: 1_900_000_000_000_000 + nth, by, text: 'on' },
          };
        });
        const after = more.reduce((before, { event }) => apply(before, event), state.state);
        const newest = (await rowsOf('timeline')).at(-1) as Buffer;
        for (const change of [flip(20), () => null]) {
          await altered('timeline', newest, change);
          const batch = { stored: { state: after, position: 402 }, events: more };
          await archive.write({ ...emptyBatch, conversations: [batch] });
          await archive.write({ ...emptyBatch, conversations: [batch] });
          expect(await archive.state(id)).toEqual(batch.stored);
          expect(await archive.timeline(id, 1, head + 3, 3)).toEqual(more);
          await expect(archive.timeline(id, 1, head + 3, 4)).rejects.toThrow(Damaged);
          await expect(all(archive.events(id))).rejects.toThrow(Damaged);
          await archive.close();
          await home.destroy();
          home = await makeHome();
          archive = await home.open();
          await archiveAll(archive, history);
        }
      });

      it('a damaged bucket of commands neither stops others from being remembered nor from being forgotten', async () => {
        const { command } = [...folded.commands.values()][0] as { command: Remembered };
        const bits = firstBits(commandKey(command.person, command.id));
        const key = Buffer.from(await look((tables) => new CommandIndex(tables).bucket(bits)?.key as Uint8Array));
        await altered('commands', key, flip(30));
        await archive.write({ ...emptyBatch, commands: packed({ at: 1, position: 1, command }) });
        expect(await archive.command(command.person, command.id)).toEqual(command);
        while (!(await archive.forgetCommands(Number.MAX_SAFE_INTEGER, 1_000)));
        const left = await look((tables) =>
          tables.rows('commands', lowest, highest, 1_000).filter(({ value }) => value.length > 5),
        );
        expect(left.map((row) => Buffer.from(row.key))).toEqual([key]);
      });
    });
  });
}
