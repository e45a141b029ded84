/** Stores that earlier versions wrote: `make-fixture.ts` says where they come from. They open and read the same for ever. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbArchive } from '../../src/journal/archive-lmdb.ts';
import { dataPaths, openDataDirectory } from '../../src/journal/data-directory.ts';
import { openDiskJournal } from '../../src/journal/journal-disk.ts';
import { openReadOnly } from '../../src/journal/read-store.ts';
import { restoreSnapshot } from '../../src/journal/restore.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { expectArchive } from './archive-suite.ts';
import { all } from './journal-suite.ts';
import { fold, type Recorded, randomHistory } from './random-history.ts';
import { directoryRows, openAsServer, readDirectoryRows } from './random-store.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');

describe.each(readdirSync(fixtures).filter((name) => name.startsWith('data-v')))('%s', (name) => {
  let home: string;
  const history = historyOf(join(fixtures, name, 'history.json'));
  const folded = fold(history);
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'parley-fixture-'));
    unpack(join(fixtures, name));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  function unpack(from: string): void {
    for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.gz')) continue;
      const to = join(home, relative('.', path.slice(0, -'.gz'.length)));
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, gunzipSync(readFileSync(join(from, path))));
    }
  }

  async function expectHistory(dataDir: string): Promise<void> {
    expect((await verifyStore(dataDir)).damages).toEqual([]);
    const reader = await openReadOnly(dataDir);
    for (const [id, { state }] of folded.states) {
      expect(await reader.state(id)).toEqual(state);
      expect(await all(reader.events(id))).toEqual(folded.events.get(id));
    }
    await reader.close();
    const { heads } = await openAsServer(dataDir);
    expect(heads).toEqual(heads.map((_, partition) => history.filter((each) => each.partition === partition).length));
    const archive = openLmdbArchive(dataPaths(dataDir).archive);
    await expectArchive(archive, folded);
    await archive.close();
    expect(readDirectoryRows(dataDir)).toEqual(directoryRows.map((row) => ({ ...row })));
  }

  it('its data directory opens and holds its history', () => expectHistory(join(home, 'data')));

  it('its data directory goes on where it ends', async () => {
    const dataDir = join(home, 'data');
    const more = randomHistory(9, { entries: 30 }).map(({ entry }) => entry);
    const { heads } = await openAsServer(dataDir);
    const data = await openDataDirectory(dataDir);
    const journal = openDiskJournal({ path: dataPaths(dataDir).journal, ...data.meta });
    const claim = await journal.claim(0);
    const head = heads[0] as number;
    const appended = more.map((entry, index) => ({ ...entry, position: head + 1 + index }));
    await journal.append(claim, appended.slice(0, 10));
    await journal.append(claim, appended.slice(10));
    const from = history.filter(({ partition }) => partition === 0).map(({ entry }) => entry);
    expect(await all(journal.replay(await journal.claim(0)))).toEqual([...from.slice(claim.checkpoint), ...appended]);
    const next = await journal.claim(0);
    await journal.checkpoint(next, head + 5);
    await journal.close();
    await data.close();
    const reopened = openDiskJournal({ path: dataPaths(dataDir).journal, ...data.meta });
    expect(await all(reopened.replay(await reopened.claim(0)))).toEqual(appended.slice(5));
    await reopened.close();
  });

  it('its snapshot restores to its history', async () => {
    await restoreSnapshot({ from: join(home, 'snapshot'), dataDir: join(home, 'restored') });
    await expectHistory(join(home, 'restored'));
  });
});

function historyOf(path: string): Recorded[] {
  return JSON.parse(readFileSync(path, 'utf8'), (_, value) =>
    typeof value?.hex === 'string' ? new Uint8Array(Buffer.from(value.hex, 'hex')) : value,
  );
}
