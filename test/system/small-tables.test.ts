/**
 * A server over an archive of which a row of a small table is damaged: its notes about itself, indexes, alert boxes, what
 * waits to be mailed and what became of it. It starts, says so, and tells nothing false.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mailing } from '../../src/alerts/mailer.ts';
import { ledgerPath } from '../../src/journal/data-directory.ts';
import { readLedger } from '../../src/journal/erasure-ledger-file.ts';
import { decodeOutbox } from '../../src/journal/format-archive.ts';
import { Damaged } from '../../src/journal/journal.ts';
import { coveredKey, hashOf } from '../../src/journal/keys.ts';
import { placeIn, type Row, type TableName } from '../../src/journal/tables.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { carriedOut, erase } from '../erasure/erasing.ts';
import { noMailServer } from '../support/no-mail-server.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, temporaryDirectory } from '../support/server.ts';
import { flip, inArchive, rowsOf } from './damaged-rows.ts';
import { type LogFile, logInFile } from './log-file.ts';

const people = ['ann', 'bob', 'cid'];
const account = { kind: 'company', id: 'acme' } as const;
let home: ReturnType<typeof temporaryDirectory>;
let log: LogFile;
let server: TestServer;
let conversation: string;
let fences: number;
/** Addresses of mails that went out. */
let mailed: string[];

const mail: Mailing = {
  ...noMailServer,
  sender: {
    send: async ({ to }) => {
      mailed.push(to);
      return { is: 'sent' };
    },
    close() {},
  },
};
/** Of servers that run. */
let timers = 0;
const clock: Clock = {
  ...systemClock(),
  every(ms, run) {
    timers += 1;
    const timer = systemClock().every(ms, run);
    return {
      cancel() {
        timers -= 1;
        timer.cancel();
      },
    };
  },
};
const start = async (mailing: Mailing = noMailServer) => {
  const limits = { commandsDelayMs: 3_600_000, mailWaitMs: 100, outboxSweepMs: 50, checkpointIntervalMs: 100 };
  const stores = { path: home.path };
  const onFenced = () => {
    fences += 1;
  };
  const options = { stores, people, records: [account], log: log.log, mail: mailing, limits, onFenced, clock };
  server = await startTestServer(options);
};
const until = async (isSo: () => boolean | Promise<boolean>) => {
  for (let look = 0; look < 2_000 && !(await isSo()); look += 1) await new Promise((done) => setTimeout(done, 10));
  expect(await isSo()).toBe(true);
};
const seenBy = async (person: string) => {
  const client = await RawClient.signIn(server, person);
  const { cards } = await client.must('list', { limit: 9 });
  const { badge } = client.welcome as { badge: number };
  await client.close();
  return { badge, cards };
};
const damagesOf = async (table: TableName) => {
  const { damages } = await verifyStore(home.path);
  return damages.filter(({ store }) => store === `archive/${table}`);
};

beforeEach(async () => {
  home = temporaryDirectory('parley-small-');
  log = logInFile('error');
  [fences, mailed] = [0, []];
  await start();
  const ann = await RawClient.signIn(server, 'ann');
  ({ conversation } = await ann.must('start', { text: 'one', people: ['bob', 'cid'], about: account }));
  await ann.must('reply', { conversation, text: 'two' });
  await erase(server.server, { conversation, seqs: [1] });
  await server.server.host.checkpoint();
  await server.stop();
});
afterEach(async () => {
  await server.stop();
  expect(fences).toBe(0);
  home.remove();
  log.remove();
});

describe('a note of the archive about itself', () => {
  it('is made again of its other copy, whichever of them is damaged, before anything depends on it', async () => {
    const rows = await rowsOf(home.path, 'meta');
    // Newest time, how far it goes, erasures: each twice.
    expect(rows).toHaveLength(6);
    for (const { key } of rows) {
      await flip(home.path, 'meta', key);
      expect(await damagesOf('meta')).not.toEqual([]);
      await start();
      expect(await seenBy('bob')).toMatchObject({ badge: 1, cards: [{ conversation, unread: 2 }] });
      await server.stop();
      expect(log.read()).toContain(`archive/meta ${key.toString('hex')}: checksum differs`);
      expect((await verifyStore(home.path)).damages).toEqual([]);
      expect((await rowsOf(home.path, 'meta')).map(({ key }) => key)).toEqual(rows.map(({ key }) => key));
    }
    expect(log.read().match(/was damaged, and was made again/g)).toHaveLength(6);
  });

  it('that is as it once was is not believed: the newer copy is', async () => {
    const [earlier] = (await rowsOf(home.path, 'meta')).filter(({ key }) => key.equals(coveredKey(0)));
    await start();
    const ann = await RawClient.signIn(server, 'ann');
    await ann.must('reply', { conversation, text: 'three' }, 'three');
    await server.server.host.checkpoint();
    await server.stop();
    await inArchive(home.path, (tables) => tables.write([{ table: 'meta', ...(earlier as Row) }]));
    expect(await damagesOf('meta')).not.toEqual([]);
    await start();
    expect(await seenBy('bob')).toMatchObject({ cards: [{ unread: 3 }] });
    await server.stop();
    expect((await verifyStore(home.path)).damages).toEqual([]);
  });

  it('of which both copies are damaged keeps a server from starting where it vouches for what everyone sees', async () => {
    const both = async (key: Uint8Array) => {
      for (const each of [key, Buffer.concat([Buffer.from('t'), key])]) await flip(home.path, 'meta', each);
    };
    for (const key of [coveredKey(0), Buffer.from('newest')]) {
      await both(key);
      await expect(start()).rejects.toThrow(Damaged);
      await both(key);
    }
    expect(timers).toBe(0);
    // Of erasures: nothing comes back here, and no new one is begun before it is known which are done.
    await both(Buffer.from('ledger'));
    await start();
    expect(await seenBy('bob')).toMatchObject({ badge: 1 });
    await expect(erase(server.server, { conversation, seqs: [2] })).rejects.toThrow(Damaged);
    expect(log.read()).toMatch(/archive\/meta 6c6564676572: checksum differs.*nothing can be erased/);
    await server.stop();
    await both(Buffer.from('ledger'));
    await start();
    await erase(server.server, { conversation, seqs: [2] });
    await carriedOut(server.server, (await readLedger(ledgerPath(home.path)))?.end.erasures ?? 0);
  });
});

it.each(['members', 'records'] as const)(
  '[LIST-1] [SEE-2] each damaged row of the index of %s is made again',
  async (table) => {
    const rows = await rowsOf(home.path, table);
    expect(rows).toHaveLength(table === 'members' ? 3 : 1);
    for (const { key } of rows) await flip(home.path, table, key);
    expect(await damagesOf(table)).toHaveLength(rows.length);
    await start();
    for (const person of people) expect((await seenBy(person)).cards).toMatchObject([{ conversation }]);
    const bob = await RawClient.signIn(server, 'bob');
    expect((await bob.must('openTab', { record: account, limit: 9 })).cards).toMatchObject([{ conversation }]);
    await server.stop();
    expect((await verifyStore(home.path)).damages).toEqual([]);
  },
);

describe('[ALERT-3] a damaged row of the outbox', () => {
  it('is made again, and its mail goes out once', async () => {
    const rows = await rowsOf(home.path, 'outbox');
    expect(rows).toHaveLength(2);
    for (const { key } of rows) await flip(home.path, 'outbox', key);
    expect(await damagesOf('outbox')).toHaveLength(2);
    await start(mail);
    await until(() => mailed.length === 2);
    await server.stop();
    expect(mailed.sort()).toEqual(['bob@example.com', 'cid@example.com']);
    expect(await rowsOf(home.path, 'outbox')).toEqual([]);
    await start(mail);
    await server.stop();
    expect(mailed).toHaveLength(2);
  });

  it('is not about what was mailed before', async () => {
    await start(mail);
    await until(() => mailed.length === 2);
    await server.stop();
    await start();
    const ann = await RawClient.signIn(server, 'ann');
    await ann.must('reply', { conversation, text: 'three' }, 'three');
    await server.server.host.checkpoint();
    await server.stop();
    const [row] = await rowsOf(home.path, 'outbox');
    await flip(home.path, 'outbox', (row as Row).key);
    await start();
    await server.stop();
    const [again] = await rowsOf(home.path, 'outbox');
    const [before, after] = [row, again].map((one) => {
      const { key, value } = one as Row;
      return decodeOutbox(placeIn('outbox', key), value);
    });
    expect(before).toMatchObject({ from: 3, to: 3, kind: 'message' });
    expect(after).toMatchObject({ person: before?.person, conversation, from: 3, to: 3, kind: 'message' });
  });

  it('of which nobody can tell whose it is is left out and named; the others go on', async () => {
    const rows = await rowsOf(home.path, 'outbox');
    const stray = Buffer.concat([hashOf('nobody'), (rows[0] as Row).key.subarray(16)]);
    await inArchive(home.path, (tables) =>
      tables.write([{ table: 'outbox', key: stray, value: (rows[0] as Row).value }]),
    );
    await start(mail);
    await until(() => mailed.length === 2);
    expect(log.read()).toMatch(
      new RegExp(`archive/outbox ${stray.toString('hex')}: checksum differs.*cannot be made again`),
    );
    await server.stop();
    expect(await damagesOf('outbox')).toMatchObject([{ key: stray.toString('hex') }]);
  });
});

describe('damaged alert boxes', () => {
  const none = { email: { conversations: false, messages: false }, popup: { conversations: true, messages: true } };
  beforeEach(async () => {
    await start();
    const bob = await RawClient.signIn(server, 'bob');
    await bob.must('setAlerts', { preferences: none }, 'boxes');
    await server.stop();
    await flip(home.path, 'preferences', hashOf('bob'));
  });

  it('[ALERT-1] keep nobody from signing in, are not made up, and hold until they are set again', async () => {
    await start();
    const bob = await RawClient.signIn(server, 'bob');
    expect(await bob.ask('alerts', {})).toMatchObject({ t: 'error', name: 'damaged' });
    expect((await bob.must('list', { limit: 5 })).cards).toMatchObject([{ conversation }]);
    expect(await damagesOf('preferences')).toHaveLength(1);
    await bob.must('setAlerts', { preferences: none }, 'boxes-again');
    expect(await bob.must('alerts', {})).toEqual({ preferences: none });
    await server.stop();
    expect((await verifyStore(home.path)).damages).toEqual([]);
  });

  it('[ALERT-1] [ALERT-3] send no mail against a choice that cannot be read; others get theirs', async () => {
    await start(mail);
    await until(() => mailed.length === 1);
    expect(mailed).toEqual(['cid@example.com']);
    await until(() => /what is to be mailed of a conversation cannot be read/.test(log.read()));
    const bob = await RawClient.signIn(server, 'bob');
    const wanted = { ...none, email: { conversations: true, messages: true } };
    await bob.must('setAlerts', { preferences: wanted }, 'boxes-again');
    await until(() => mailed.length === 2);
    expect(mailed).toContain('bob@example.com');
  });
});

it('[ALERT-3] a damaged note of what became of mails ends no server, and no mail goes out twice', async () => {
  await start(mail);
  await until(() => mailed.length === 2);
  await server.stop();
  const rows = await rowsOf(home.path, 'mails');
  expect(rows).toHaveLength(2);
  for (const { key } of rows) await flip(home.path, 'mails', key);
  await start(mail);
  const ann = await RawClient.signIn(server, 'ann');
  await ann.must('reply', { conversation, text: 'three' }, 'three');
  await until(() => mailed.length === 4);
  await server.stop();
  expect(await damagesOf('mails')).toHaveLength(2);
  await start(mail);
  await server.stop();
  expect(await rowsOf(home.path, 'outbox')).toEqual([]);
  expect(mailed).toHaveLength(4);
});
