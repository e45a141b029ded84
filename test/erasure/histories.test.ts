/**
 * [ERASE-1] [ERASE-2] in stores with a history: of this version, with tails in the journal and checkpoints cut in half, and
 * of every earlier one. What was erased is in no file, and everything else is as it was.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { dataPaths, ledgerPath } from '../../src/journal/data-directory.ts';
import type { ArchivedEvent } from '../../src/journal/entry.ts';
import { readLedger } from '../../src/journal/erasure-ledger-file.ts';
import { openReadOnly } from '../../src/journal/read-store.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { all } from '../journal/journal-suite.ts';
import { type Folded, fold, type Recorded } from '../journal/random-history.ts';
import { makeStore } from '../journal/random-store.ts';
import { startTestServer, temporaryDirectory } from '../support/server.ts';
import { erase } from './erasing.ts';
import { filesHolding } from './search.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures');
const person = 'p4';
const runs = 3 * Number(process.env.PARLEY_RUNS ?? 1);

let home: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  home = temporaryDirectory('parley-histories-');
});
afterEach(() => home.remove());

/** The data directory that an earlier version wrote, and what it recorded. */
function unpack(name: string): Recorded[] {
  const from = join(fixtures, name, 'data');
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.gz')) continue;
    const to = join(home.path, path.slice(0, -'.gz'.length));
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, gunzipSync(readFileSync(join(from, path))));
  }
  return JSON.parse(readFileSync(join(fixtures, name, 'history.json'), 'utf8')) as Recorded[];
}

const isTheirs = (event: ConversationEvent) => 'text' in event && event.by === person;
const textsOf = (folded: Folded, wanted: (event: ConversationEvent) => boolean): string[] =>
  [...folded.events.values()]
    .flat()
    .flatMap(({ event }) => ('text' in event && wanted(event) ? [event.text ?? ''] : []));

/** Erases the person and one message of somebody else in the store, and looks at every file and every event. */
async function eraseIn(history: readonly Recorded[], what: string): Promise<void> {
  const folded = fold(history);
  const [conversation, events] = [...folded.events].find(([, list]) => list.some(({ event }) => isOthers(event))) as [
    string,
    ArchivedEvent[],
  ];
  const other = events.find(({ event }) => isOthers(event))?.event as ConversationEvent & { seq: number };
  const isGone = (id: string, event: ConversationEvent) => isTheirs(event) || (id === conversation && event === other);
  const kept = textsOf(folded, (event) => !isTheirs(event) && event !== other);
  // What nobody else said, nor a part of it.
  const traces = textsOf(folded, (event) => isTheirs(event) || event === other).filter(
    (text) => Buffer.byteLength(text) > 8 && !kept.some((one) => one.includes(text)),
  );
  expect(traces.length, what).toBeGreaterThan(2);
  expect(filesHolding(home.path, traces).length, what).toBeGreaterThan(2);
  // These histories come with rows of a directory that only look like one.
  rmSync(dataPaths(home.path).directory, { recursive: true });
  const server = await startTestServer({ stores: { path: home.path } });
  try {
    await erase(server.server, { person });
    await erase(server.server, { conversation, seqs: [other.seq] });
    expect(filesHolding(home.path, traces), what).toEqual([]);
  } finally {
    await server.server.close();
  }
  expect(filesHolding(home.path, traces), what).toEqual([]);
  // In fixtures of several partitions conversations are in others than a server would choose.
  if (history.every(({ partition }) => partition === 0)) {
    const verified = await verifyStore(home.path, { readLedger: () => readLedger(ledgerPath(home.path)) });
    expect(verified.damages, what).toEqual([]);
  }
  const store = await openReadOnly(home.path);
  for (const [id, list] of folded.events) {
    const expected = list.map(({ position, event }) => ({
      position,
      event: isGone(id, event) ? { ...event, text: null } : event,
    }));
    const found = await all(store.events(id));
    expect(found.slice(0, list.length), what).toEqual(expected);
    expect(
      found.slice(list.length).every(({ event }) => event.type === 'erased'),
      what,
    ).toBe(true);
  }
  await store.close();
}

function isOthers(event: ConversationEvent): boolean {
  return 'text' in event && event.by !== person && event.seq > 1 && Buffer.byteLength(event.text ?? '') > 8;
}

describe('erasing in a store with a history', () => {
  it.each(readdirSync(fixtures).filter((name) => name.startsWith('data-v')))(
    'that an earlier version wrote: %s',
    async (name) => {
      await eraseIn(unpack(name), name);
    },
  );

  it.each(Array.from({ length: runs }, (_, nth) => 20261130 + nth))('of this version (seed %i)', async (seed) => {
    const history = await makeStore(home.path, seed, { entries: 250 });
    await eraseIn(history, `seed ${seed}`);
  });
});
