/** [ERASE-4]: a snapshot from before an erasure still holds what was erased; what is restored of it does not. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkDirectoryStore, erasePeople } from '../../src/admin/store-access.ts';
import { applyAll } from '../../src/conversation/apply.ts';
import { erasing } from '../../src/conversation/erasing.ts';
import { noCommands } from '../../src/journal/answered-commands.ts';
import type { StoredState } from '../../src/journal/archive.ts';
import { erasedUpToChanges } from '../../src/journal/archive-erasing.ts';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import type { Cut } from '../../src/journal/cut.ts';
import { dataPaths, ledgerPath } from '../../src/journal/data-directory.ts';
import type { ArchivedEvent } from '../../src/journal/entry.ts';
import { Ledger } from '../../src/journal/erasure-ledger.ts';
import { readLedger } from '../../src/journal/erasure-ledger-file.ts';
import { encodeBlock } from '../../src/journal/format-block.ts';
import { decodeHistoryRow } from '../../src/journal/history-row.ts';
import { openReadOnly } from '../../src/journal/read-store.ts';
import { restoreSnapshot } from '../../src/journal/restore.ts';
import { ErasedMeanwhile, writeSnapshot } from '../../src/journal/snapshot.ts';
import { readManifest } from '../../src/journal/snapshot-manifest.ts';
import { allRows, type Change, highest, lowest } from '../../src/journal/tables.ts';
import { openLmdbTables } from '../../src/journal/tables-lmdb.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, temporaryDirectory } from '../support/server.ts';
import { erase } from './erasing.ts';
import { filesHolding } from './search.ts';

const gone = { id: 'u7', first: 'Rübezahl', last: 'Riesengebirge', email: 'ruebezahl@berg.example' };
const traces = ['Das Passwort', 'words of u7', 'Rübezahl', 'Riesengebirge', 'ruebezahl'];

const place = temporaryDirectory();
const dataDir = join(place.path, 'data');
const [before, between, after] = ['before', 'between', 'after'].map((name) => join(place.path, name)) as [
  string,
  string,
  string,
];
const target = join(place.path, 'restored');
let conversation: string;
/** Of the message that was erased, and of the one behind it. */
let times: { readonly erased: number; readonly next: number };
let ledger: Ledger;

/** Snapshots before, between and after the erasure of a message and that of a person. */
beforeAll(async () => {
  const server = await startTestServer({ people: ['ann', 'bob', gone], stores: { path: dataDir } });
  const [ann, u7] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'u7')];
  ({ conversation } = await ann.must('start', { text: 'Hello', people: ['u7', 'bob'] }));
  const erased = await ann.must('reply', { conversation, text: 'Das Passwort lautet' }, 'erased');
  const boxes = { conversations: true, messages: false };
  await u7.must('setAlerts', { preferences: { email: boxes, popup: boxes } });
  await server.server.host.checkpoint();
  const next = await ann.must('reply', { conversation, text: 'stays' });
  await u7.must('reply', { conversation, text: 'words of u7' });
  await ann.must('reply', { conversation, text: 'Das Passwort noch einmal' });
  times = { erased: erased.at, next: next.at };
  await writeSnapshot({ dataDir, to: before });
  await erase(server.server, { conversation, seqs: [2, 5] });
  await writeSnapshot({ dataDir, to: between });
  await erase(server.server, { person: 'u7' });
  await writeSnapshot({ dataDir, to: after });
  await server.server.close();
  ledger = (await readLedger(ledgerPath(dataDir))) as Ledger;
});
afterAll(() => place.remove());
beforeEach(() => rmSync(target, { recursive: true, force: true }));

async function restore(from: string, using: Ledger | null, until?: Cut): Promise<void> {
  await restoreSnapshot({
    from,
    dataDir: target,
    ...(until === undefined ? {} : { until }),
    ...(using === null ? {} : { erasures: { ledger: using, erasePeople } }),
  });
}

async function texts(): Promise<(string | null)[]> {
  const store = await openReadOnly(target);
  const found: (string | null)[] = [];
  for await (const { event } of store.events(conversation)) if ('text' in event) found.push(event.text);
  await store.close();
  return found;
}

describe('a snapshot', () => {
  it('says up to where in the ledger it is without what was erased, and holds none of that', async () => {
    expect((await readManifest(before)).erased).toBeUndefined();
    expect((await readManifest(between)).erased).toEqual(ledger.placeAt(1));
    expect((await readManifest(after)).erased).toEqual(ledger.placeAt(2));
    expect(filesHolding(before, traces).length).toBeGreaterThan(3);
    expect(filesHolding(between, ['Das Passwort'])).toEqual([]);
    expect(filesHolding(after, traces)).toEqual([]);
  });
});

describe('a snapshot between an erasure and its way to the journal', () => {
  it('is not made of two moments that do not belong together', async () => {
    await restore(before, null);
    const archive = openLmdbArchive(dataPaths(target).archive);
    const stored = (await archive.state(conversation)) as StoredState;
    const position = 1_000;
    const events = erasing(stored.state, [1], times.next + 1).map((event) => ({ position, event }));
    const state = applyAll(
      stored.state,
      events.map(({ event }) => event),
    );
    const nothingElse = { commands: noCommands, preferences: [], outbox: [], outboxDone: [], mails: [] };
    await archive.write({ ...nothingElse, partition: 0, conversations: [{ stored: { state, position }, events }] });
    await archive.close();
    const to = join(place.path, 'overtaken');
    await expect(writeSnapshot({ dataDir: target, to })).rejects.toThrow(ErasedMeanwhile);
    expect(existsSync(to)).toBe(false);
  });
});

describe('a restore', () => {
  it.each(['before', 'between', 'after'])(
    '[ERASE-4] of the snapshot %s leaves out all that the ledger names',
    async (name) => {
      await restore(join(place.path, name), ledger);
      expect(await texts()).toEqual(['Hello', null, 'stays', null, null]);
      expect(filesHolding(target, traces)).toEqual([]);
      const readIt = async () => ledger;
      const verified = await verifyStore(target, { checkDirectory: checkDirectoryStore, readLedger: readIt });
      expect(verified.damages).toEqual([]);
      const server = await startTestServer({ stores: { path: target } });
      try {
        expect(server.directory.person('u7')).toMatchObject({ last: '', email: null, active: false });
        const ann = await RawClient.signIn(server, 'ann');
        // Whatever its body was, the id is answered as the first time.
        expect(await ann.must('reply', { conversation, text: 'another text' }, 'erased')).toMatchObject({ seq: 2 });
      } finally {
        await server.server.close();
      }
    },
  );

  it('[ERASE-4] up to a point before the erasure leaves it out as well, and ends there', async () => {
    await restore(before, ledger, { time: times.next });
    expect(await texts()).toEqual(['Hello', null, 'stays']);
    expect(filesHolding(target, ['Das Passwort', 'Rübezahl'])).toEqual([]);
    rmSync(target, { recursive: true });
    await restore(before, ledger, { time: times.erased - 1 });
    expect(await texts()).toEqual(['Hello']);
  });

  it('refuses a ledger that is missing, older than the snapshot or another one, and makes nothing', async () => {
    const older = Ledger.parse(`${ledger.text.split('\n').slice(0, 2).join('\n')}\n`);
    const [first, second] = ledger.erasures;
    const another = Ledger.begin('another')
      .with(first as never)
      .with(second as never);
    for (const [unfit, is] of [
      [null, 'missing'],
      [older, 'older'],
      [another, 'another'],
    ] as const) {
      await expect(restore(after, unfit)).rejects.toMatchObject({ name: 'LedgerUnfit', is });
    }
    await restore(before, null);
    expect(await texts()).toContain('words of u7');
  });

  it('of what comes from before the first erasure needs no ledger', async () => {
    await restore(before, null);
    expect(await texts()).toEqual(['Hello', 'Das Passwort lautet', 'stays', 'words of u7', 'Das Passwort noch einmal']);
  });
});

describe('verifying', () => {
  const damagesWith = async (using: Ledger | null) => {
    const options = { checkDirectory: checkDirectoryStore, readLedger: async () => using };
    return (await verifyStore(target, options)).damages.map(({ store, what }) => `${store}: ${what}`);
  };

  it('[ERASE-4] finds what came back, by the ledger', async () => {
    await restore(before, null);
    expect(await damagesWith(ledger)).toEqual([]);
    const tables = openLmdbTables(dataPaths(target).archive);
    await tables.write([...erasedUpToChanges(ledger.end)]);
    await tables.close();
    const found = await damagesWith(ledger);
    // Seqs 4 and 5 are in the journal only.
    expect(found).toContain('archive/timeline: the text of seq 2 is there, though it was erased');
    expect(found).toContain('directory: directory: a person has a name, though they were erased');
  });

  it('[ERASE-4] finds a text that came back, by the event that erased it', async () => {
    await restore(after, ledger);
    const tables = openLmdbTables(dataPaths(target).archive);
    const changes: Change[] = [];
    for (const row of allRows(tables, 'timeline', lowest, highest)) {
      const { events, hash } = decodeHistoryRow('timeline', row, conversation);
      // Texts are not in the running hash: checksum and hash are as they would be.
      const back = events.map((one) => ({ ...one, event: { ...one.event, text: 'back' } }) as ArchivedEvent);
      changes.push({ table: 'timeline', key: row.key, value: encodeBlock(row.key, { events: back, hash }) });
    }
    await tables.write(changes);
    await tables.close();
    expect(await damagesWith(null)).toContain('archive/timeline: the text of seq 5 is there, though it was erased');
  });

  it('finds a ledger that is not of the store, and one that is damaged', async () => {
    await restore(after, ledger);
    const older = Ledger.parse(`${ledger.text.split('\n').slice(0, 2).join('\n')}\n`);
    expect(await damagesWith(ledger)).toEqual([]);
    expect(await damagesWith(older)).toEqual([expect.stringContaining('it is an older copy')]);
    expect(await damagesWith(null)).toEqual([expect.stringContaining('is missing')]);
    writeFileSync(`${target}.broken`, ledger.text.replace('person', 'people'));
    const { damages } = await verifyStore(target, { readLedger: () => readLedger(`${target}.broken`) });
    expect(damages).toMatchObject([{ store: 'ledger', what: expect.stringContaining('is not as it was written') }]);
  });
});
