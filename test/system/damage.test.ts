/** A server over an archive with damaged rows: it starts, mends what follows from others, and refuses no more than the rest. */
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDirectoryStore } from '../../src/admin/store-access.ts';
import { DirectoryDamaged } from '../../src/directory/directory-store.ts';
import { findOwner } from '../../src/journal/archive-conversations.ts';
import { CommandIndex } from '../../src/journal/command-index.ts';
import { commandRows } from '../../src/journal/command-log.ts';
import { Damaged } from '../../src/journal/journal.ts';
import { after, commandKey, conversationKey, eventKey, firstBits } from '../../src/journal/keys.ts';
import type { Change, Row, TableName, Tables } from '../../src/journal/tables.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, temporaryDirectory, wholePerson } from '../support/server.ts';
import { type LogFile, logInFile } from './log-file.ts';

const people = ['ann', 'bob', 'cid'];
let home: ReturnType<typeof temporaryDirectory>;
let log: LogFile;
let server: TestServer;
const start = async () => {
  const limits = { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000, commandsDelayMs: 3_600_000 };
  server = await startTestServer({ stores: { path: home.path }, people, log: log.log, limits, admin: true });
};
beforeEach(async () => {
  home = temporaryDirectory('parley-damage-');
  log = logInFile('error');
  await start();
});
afterEach(async () => {
  await server.stop();
  home.remove();
  log.remove();
});

async function inArchive<T>(look: (tables: Tables) => T | Promise<T>): Promise<T> {
  const tables = openLmdbTables(join(home.path, 'archive'));
  try {
    return await look(tables);
  } finally {
    await tables.close();
  }
}
/** Flips a bit of the row; again, and it is as it was. */
const flip = (table: TableName, key: Uint8Array) =>
  inArchive((tables) => {
    const value = Buffer.from(tables.get(table, key) as Uint8Array);
    value.writeUInt8(value.readUInt8(9) ^ 4, 9);
    return tables.write([{ table, key, value }]);
  });
const prefixOf = (conversation: string) =>
  inArchive((tables) => findOwner(tables, conversationKey(conversation) as Buffer)?.prefix as Uint8Array);
const textsOf = async (client: RawClient, conversation: string) => {
  const { entries } = await client.must('history', { conversation, before: 1_000_000, limit: 50 });
  return entries.map((entry) => ('text' in entry ? entry.text : entry.kind));
};
const metrics = async () => (await fetch(`${server.adminUrl}/metrics`)).text();

describe('a conversation whose state is damaged', () => {
  let conversation: string;
  let other: string;
  beforeEach(async () => {
    const ann = await RawClient.signIn(server, 'ann');
    ({ conversation } = await ann.must('start', { text: 'one', people: ['bob'] }));
    ({ conversation: other } = await ann.must('start', { text: 'other', people: ['cid'] }));
    await ann.must('reply', { conversation, text: 'two' });
    await server.server.host.checkpoint();
    await ann.must('reply', { conversation, text: 'three' }, 'three');
    await ann.must('reply', { conversation: other, text: 'another' });
    await server.crash();
    await flip('states', await prefixOf(conversation));
  });

  it('is served as it was by the next server, which says what was damaged, and goes on', async () => {
    await start();
    const bob = await RawClient.signIn(server, 'bob');
    expect(await textsOf(bob, conversation)).toEqual(['one', 'two', 'three']);
    expect(await bob.must('reply', { conversation, text: 'four' })).toMatchObject({ seq: 4 });
    expect((await bob.must('list', { limit: 5 })).cards).toMatchObject([{ conversation, visible: [[1, 4]] }]);
    expect(log.read()).toMatch(/archive\/states [0-9a-f]+: checksum differs.*was damaged, and was made again/);
    expect(await metrics()).toMatch(/parley_damages_total\{outcome="mended"\} 1/);
    await server.stop();
    await start();
    expect(await textsOf(await RawClient.signIn(server, 'ann'), conversation)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('[LIST-6] and whose history is damaged too is in neither list nor badge, which say so, and is refused by name; all else goes on', async () => {
    const prefix = await prefixOf(conversation);
    const history = await inArchive((tables) => {
      const [row] = tables.rows('timeline', prefix, Buffer.concat([prefix, Buffer.alloc(8, 0xff)]), 1) as [Row];
      return Buffer.from(row.key);
    });
    await flip('timeline', history);
    const others: string[] = [];
    for (let starts = 0; starts < 2; starts += 1) {
      await start();
      const ann = await RawClient.signIn(server, 'ann');
      // [CMD-1] Nobody is told that it was refused.
      expect(await ann.must('reply', { conversation, text: 'three' }, 'three')).toMatchObject({ seq: 3 });
      const bob = await RawClient.signIn(server, 'bob');
      expect(bob.welcome).toMatchObject({ badge: 0, epoch: '' });
      const list = await bob.must('list', { limit: 5 });
      expect(list).toMatchObject({ badge: 0, unavailable: 1 });
      expect(list.cards.map((card) => card.conversation)).toEqual(others);
      expect(await bob.ask('get', { conversation })).toMatchObject({ name: 'damaged' });
      others.unshift((await bob.must('start', { text: 'on', people: ['cid'] }, `bob-on-${starts}`)).conversation);
      expect(await bob.refusal('leave', { conversation }, `bob-leaves-${starts}`)).toBe('damaged');
      const cid = await RawClient.signIn(server, 'cid');
      expect(cid.welcome).not.toMatchObject({ epoch: '' });
      expect(await cid.must('list', { limit: 5 })).not.toHaveProperty('unavailable');
      expect(await cid.refusal('reply', { conversation, text: 'no' }, `cid-refused-${starts}`)).toBe('damaged');
      expect(await cid.ask('history', { conversation, before: 9, limit: 5 })).toMatchObject({ name: 'damaged' });
      // ERASE-2: what is erased must not stay there, so no erasure is carried out to its end.
      await expect(server.server.host.clearJournal()).rejects.toThrow(Damaged);
      await cid.must('reply', { conversation: other, text: `more ${starts}` }, `cid-more-${starts}`);
      expect((await textsOf(cid, other)).slice(0, 3)).toEqual(['other', 'another', 'more 0']);
      expect(log.read()).toContain(`"conversation":"${conversation}"`);
      expect(log.read()).toMatch(
        /"person":"bob","damage":"archive\/.*a list and a badge lack a conversation that is damaged/,
      );
      expect(await metrics()).toMatch(/parley_damages_total\{outcome="refused"\} [1-9]/);
      await server.stop();
    }
    const { damages } = await verifyStore(home.path);
    const ofState = { store: 'archive/states', key: Buffer.from(prefix).toString('hex'), conversation };
    expect(damages).toContainEqual(expect.objectContaining(ofState));
    await flip('timeline', history);
    await start();
    const at = server.server.host.positions();
    // Whatever was told since is no place to go on from: the list is told as a whole.
    const bob = await RawClient.signIn(server, 'bob', { epoch: '', at, directory: 0 });
    expect(bob.welcome).toMatchObject({ resumed: false, badge: 1 });
    const { cards } = await bob.must('list', { limit: 5 });
    expect(cards.map((card) => card.conversation).sort()).toEqual([...others, conversation].sort());
    expect(await textsOf(bob, conversation)).toEqual(['one', 'two', 'three']);
  });
});

it('a conversation that is as it once was is refused until the right rows are back; where only its state is, that is made again', async () => {
  const ann = await RawClient.signIn(server, 'ann');
  const { conversation } = await ann.must('start', { text: 'one', people: ['bob'] });
  await ann.must('reply', { conversation, text: 'two' });
  await server.stop();
  const prefix = await prefixOf(conversation);
  const tables = ['states', 'timeline'] as const;
  const rows = () =>
    inArchive((reader) =>
      tables.flatMap((table) =>
        reader.rows(table, prefix, after(prefix), 9).map(({ key, value }): Change => {
          return { table, key: Buffer.from(key), value: Buffer.from(value) };
        }),
      ),
    );
  const put = async (those: readonly Change[]) => {
    const gone = (await rows()).map((row): Change => ({ ...row, value: null }));
    await inArchive((writer) => writer.write([...gone, ...those]));
  };
  const earlier = await rows();
  await start();
  const again = await RawClient.signIn(server, 'ann');
  await again.must('reply', { conversation, text: 'three' }, 'three');
  await server.server.host.checkpoint();
  await again.must('reply', { conversation, text: 'four' }, 'four');
  await server.crash();
  const newest = await rows();
  await put(earlier);
  await start();
  const cid = await RawClient.signIn(server, 'cid');
  expect(await cid.refusal('reply', { conversation, text: 'no' })).toBe('damaged');
  expect(await (await RawClient.signIn(server, 'bob')).must('list', { limit: 5 })).toMatchObject({
    cards: [],
    unavailable: 1,
  });
  expect(log.read()).toMatch(/event 4 cannot follow/);
  await server.stop();
  await put(newest);
  await start();
  expect(await textsOf(await RawClient.signIn(server, 'bob'), conversation)).toEqual(['one', 'two', 'three', 'four']);

  await server.stop();
  const isState = ({ table }: Change) => table === 'states';
  await put([...(await rows()).filter((row) => !isState(row)), ...earlier.filter(isState)]);
  await start();
  const back = await RawClient.signIn(server, 'ann');
  expect(await back.must('reply', { conversation, text: 'five' }, 'five')).toMatchObject({ seq: 5 });
  const all = ['one', 'two', 'three', 'four', 'five'];
  expect(await textsOf(await RawClient.signIn(server, 'bob'), conversation)).toEqual(all);
  expect(log.read()).toMatch(/of event 2, and there is event 4.*was made again/);
});

it('[DELETE-4] [LEAVE-4] [LIST-6] a state as it was before somebody deleted and somebody left is told to nobody', async () => {
  const ann = await RawClient.signIn(server, 'ann');
  const { conversation } = await ann.must('start', { text: 'one', people: ['bob', 'cid'] });
  await server.stop();
  const prefix = await prefixOf(conversation);
  const state = () => inArchive((tables) => Buffer.from(tables.get('states', prefix) as Uint8Array));
  const earlier = await state();
  await start();
  const [bob, cid] = [await RawClient.signIn(server, 'bob'), await RawClient.signIn(server, 'cid')];
  await bob.must('delete', { conversation, upTo: 1 });
  await cid.must('leave', { conversation });
  await server.server.host.checkpoint();
  const again = await RawClient.signIn(server, 'ann');
  await again.must('delete', { conversation, upTo: 1 }, 'ann-deletes');
  await server.stop();
  const newest = await state();
  for (const person of people) {
    await inArchive((tables) => tables.write([{ table: 'states', key: prefix, value: earlier }]));
    await start();
    const reader = await RawClient.signIn(server, person);
    expect(reader.welcome).toMatchObject({ badge: person === 'cid' ? 1 : 0 });
    const { cards } = await reader.must('list', { limit: 5 });
    expect(cards).toMatchObject(person === 'cid' ? [{ conversation, standing: 'left', visible: [[1, 2]] }] : []);
    const page = await reader.ask('history', { conversation, before: 9, limit: 9 });
    expect(page).toMatchObject(
      person === 'cid' ? { entries: [{ text: 'one' }, { kind: 'left' }] } : { name: 'not-found' },
    );
    expect(log.read()).toMatch(/of event 1, and there is event 4.*was made again/);
    await server.stop();
    expect(await state()).toEqual(newest);
  }
});

it('[LIST-1] a conversation that cannot be found by its id is not taken for none: its number is made again', async () => {
  const ann = await RawClient.signIn(server, 'ann');
  const { conversation } = await ann.must('start', { text: 'one', people: ['bob'] });
  await server.stop();
  await inArchive((tables) =>
    tables.write([{ table: 'states', key: conversationKey(conversation) as Buffer, value: null }]),
  );
  await start();
  const list = await (await RawClient.signIn(server, 'bob')).must('list', { limit: 5 });
  expect(list).toMatchObject({ badge: 1, cards: [{ conversation }] });
  expect(log.read()).toMatch(/of a conversation that cannot be found by its id.*was made again/);
});

it('[LIST-6] who came into a damaged conversation with what only the journal holds is told that it is missing, too', async () => {
  const ann = await RawClient.signIn(server, 'ann');
  const { conversation } = await ann.must('start', { text: 'one', people: ['bob'] });
  await server.server.host.checkpoint();
  await ann.must('invite', { conversation, people: ['cid'] });
  await server.crash();
  const prefix = await prefixOf(conversation);
  await flip('states', prefix);
  await flip('timeline', eventKey(prefix, 1));
  await start();
  for (const person of people) {
    const reader = await RawClient.signIn(server, person);
    expect(await reader.must('list', { limit: 5 })).toMatchObject({ cards: [], badge: 0, unavailable: 1 });
  }
});

it('[LIST-6] a conversation of which older messages are damaged stays in list and badge; they are refused, and nothing else', async () => {
  const ann = await RawClient.signIn(server, 'ann');
  const { conversation } = await ann.must('start', { text: 'one', people: ['bob'] });
  const other = await ann.must('start', { text: 'other', people: ['bob'] });
  const at = server.server.host.positions();
  let late = at;
  for (let nth = 0; nth < 30; nth += 1) {
    await ann.must('reply', { conversation, text: `${nth}`.padEnd(200, '.') });
    if (nth === 26) late = server.server.host.positions();
  }
  await server.server.host.checkpoint();
  const { epoch, directory } = ann.welcome as { epoch: string; directory: number };
  await server.crash();
  const prefix = await prefixOf(conversation);
  const rows = await inArchive((tables) =>
    tables.rows('timeline', prefix, after(prefix), 99).map(({ key }) => Buffer.from(key)),
  );
  expect(rows.length).toBeGreaterThan(4);
  await flip('timeline', rows.at(-2) as Buffer);
  await start();
  // What came since the client's place is not all there: it is no place to go on from.
  const bob = await RawClient.signIn(server, 'bob', { epoch, at, directory });
  expect(bob.welcome).toMatchObject({ badge: 2, resumed: false, epoch });
  const { cards, ...list } = await bob.must('list', { limit: 5 });
  expect(list).not.toHaveProperty('unavailable');
  expect(cards).toMatchObject([
    { conversation, unread: 31, visible: [[1, 31]], entries: [], more: true },
    { conversation: other.conversation, unread: 1, entries: [{ text: 'other' }] },
  ]);
  expect(await bob.ask('history', { conversation, before: 32, limit: 20 })).toMatchObject({ name: 'damaged' });
  const { entries } = await bob.must('history', { conversation, before: 4, limit: 3 });
  expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  // [READ-3] Up to where the damaged one had been shown by then nobody can tell.
  expect(await bob.must('readAll', { at: late })).toEqual({ conversations: 1 });
  expect((await bob.must('list', { limit: 5 })).cards).toMatchObject([{ unread: 31 }, { unread: 0 }]);
  expect(await bob.must('reply', { conversation, text: 'we go on' })).toMatchObject({ seq: 32 });
});

it('[CMD-3] a resume that would lack its newest messages is none: all is loaded afresh, and what lacks them is left out', async () => {
  const ann = await RawClient.signIn(server, 'ann');
  const { conversation } = await ann.must('start', { text: 'one', people: ['bob'] });
  const other = await ann.must('start', { text: 'other', people: ['cid'] });
  const bob = await RawClient.signIn(server, 'bob');
  const at = server.server.host.positions();
  const { epoch, directory } = bob.welcome as { epoch: string; directory: number };
  await ann.must('reply', { conversation, text: 'two' });
  await server.server.host.checkpoint();
  await server.crash();
  const prefix = await prefixOf(conversation);
  const newest = () =>
    inArchive((tables) => {
      const [row] = tables.rowsDown('timeline', prefix, Buffer.concat([prefix, Buffer.alloc(8, 0xff)]), 1) as [Row];
      return { key: Buffer.from(row.key), value: Buffer.from(row.value) };
    });
  const earlier = await newest();
  await start();
  const again = await RawClient.signIn(server, 'ann');
  await again.must('reply', { conversation, text: 'three' }, 'three');
  await again.must('reply', { conversation: other.conversation, text: 'another' }, 'another');
  await server.server.host.checkpoint();
  await server.crash();
  const sound = await newest();
  expect(sound.key).toEqual(earlier.key);
  const resume = { epoch, at, directory };
  const put = (row: typeof sound) => inArchive((tables) => tables.write([{ table: 'timeline', ...row }]));
  await put(earlier);
  await start();
  const lacking = await RawClient.signIn(server, 'bob', resume);
  expect(lacking.welcome).toMatchObject({ resumed: false, badge: 0, epoch: '' });
  expect(await lacking.must('list', { limit: 5 })).toMatchObject({ cards: [], unavailable: 1 });
  expect(log.read()).toContain('of event 3, and the newest is 2');
  expect((await RawClient.signIn(server, 'cid', resume)).welcome).toMatchObject({ resumed: true });
  await server.stop();
  await put(sound);
  await start();
  const whole = await RawClient.signIn(server, 'bob', resume);
  const { entries } = await whole.next('card').then(({ card }) => card);
  expect(entries.map((entry) => ('text' in entry ? entry.text : ''))).toEqual(['one', 'two', 'three']);
});

it('[SEE-6] an earlier copy of the directory in the place of the current one keeps a server from starting, and verify names it', async () => {
  const directory = join(home.path, 'directory');
  await server.stop();
  cpSync(directory, `${home.path}-earlier`, { recursive: true });
  await start();
  await server.directory.put({ people: [wholePerson({ id: 'bob', active: false })] });
  await server.stop();
  cpSync(directory, `${home.path}-newest`, { recursive: true });
  const swapIn = (copy: string) => {
    rmSync(directory, { recursive: true });
    renameSync(copy, directory);
  };
  swapIn(`${home.path}-earlier`);
  const { damages } = await verifyStore(home.path, { checkDirectory: checkDirectoryStore });
  expect(damages).toMatchObject([{ store: 'directory', what: expect.stringMatching(/of version 1, and was of 2/) }]);
  await expect(start()).rejects.toThrow(DirectoryDamaged);
  swapIn(`${home.path}-newest`);
  expect((await verifyStore(home.path, { checkDirectory: checkDirectoryStore })).damages).toEqual([]);
});

describe('[CMD-1] a damaged bucket of the index of commands', () => {
  const reply = (nth: number) => ({ conversation, text: `text ${nth}` });
  let conversation: string;
  beforeEach(async () => {
    const ann = await RawClient.signIn(server, 'ann');
    ({ conversation } = await ann.must('start', { text: 'one', people: ['bob'] }));
    for (let nth = 0; nth < 150; nth += 1) await ann.must('reply', reply(nth), `reply-${nth}`);
    await server.server.host.checkpoint();
    await server.crash();
  });
  const bucketOf = (id: string) =>
    inArchive((tables) => new CommandIndex(tables).bucket(firstBits(commandKey('ann', id)))?.key as Uint8Array);

  it('is made again: a retry gets its first answer, and a new command its own', async () => {
    await flip('commands', await bucketOf('reply-7'));
    await start();
    const ann = await RawClient.signIn(server, 'ann');
    for (let nth = 0; nth < 150; nth += 1) {
      expect(await ann.must('reply', reply(nth), `reply-${nth}`)).toMatchObject({ seq: nth + 2 });
    }
    expect(await ann.must('reply', reply(150), 'reply-150')).toMatchObject({ seq: 152 });
    expect(log.read()).toMatch(/archive\/commands [0-9a-f]+: checksum differs.*was made again/);
  });

  it('beside a damaged log refuses what falls there, and doubles nothing', async () => {
    const bucket = await bucketOf('reply-7');
    await flip('commands', bucket);
    const [row] = await inArchive((tables) => [...commandRows(tables)].map(({ key }) => Buffer.from(key)));
    await flip('commands', row as Buffer);
    await start();
    const ann = await RawClient.signIn(server, 'ann');
    const names: string[] = [];
    for (let nth = 0; nth < 150; nth += 1) {
      const answer = await ann.ask('reply', reply(nth), `reply-${nth}`);
      names.push('t' in answer ? answer.name : `${answer.seq === nth + 2}`);
    }
    expect(new Set(names)).toEqual(new Set(['true', 'damaged']));
    expect(names[7]).toBe('damaged');
    expect(await textsOf(ann, conversation)).toHaveLength(50);
    expect((await ann.must('list', { limit: 1 })).cards).toMatchObject([{ visible: [[1, 151]] }]);
    expect(await metrics()).toMatch(/parley_damages_total\{outcome="refused"\} [1-9]/);
  });
});
