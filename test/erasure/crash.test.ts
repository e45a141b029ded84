/**
 * A crash before and after every step of an erasure, and the same erasure again after the next start: nothing of the text,
 * the name or the address is in any file then, and nothing else is missing.
 */
import { cpSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerPath } from '../../src/journal/data-directory.ts';
import { readLedger } from '../../src/journal/erasure-ledger-file.ts';
import { Unavailable } from '../../src/journal/journal.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { openStores, type Stores } from '../../src/stores.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, temporaryDirectory } from '../support/server.ts';
import { carriedOut, erase } from './erasing.ts';
import { filesHolding } from './search.ts';

const gone = { id: 'u7', first: 'Rübezahl', last: 'Riesengebirge', email: 'ruebezahl@berg.example' };
const traces = ['Das Passwort', 'Rübezahl', 'Riesengebirge', 'ruebezahl'];

let store: ReturnType<typeof temporaryDirectory>;
let conversation: string;

beforeAll(async () => {
  store = temporaryDirectory();
  const server = await startTestServer({ people: ['ann', 'bob', gone], stores: { path: store.path } });
  const [ann, u7] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'u7')];
  ({ conversation } = await ann.must('start', { text: 'Hello', people: ['u7', 'bob'] }));
  await u7.must('reply', { conversation, text: 'Das Passwort lautet' });
  await server.server.host.checkpoint();
  await ann.must('reply', { conversation, text: 'Danke' });
  // Not behind a checkpoint: the next start finds it in the journal.
  await server.crash();
});
afterAll(() => store.remove());

/** What an erasure writes to, in whichever order: each call is a step. */
const steps = {
  journal: ['append', 'checkpoint', 'roll', 'scrub'],
  archive: ['write', 'erase', 'noteErasedUpTo', 'scrub'],
  directory: ['write', 'scrub'],
  ledger: ['append'],
} as const;

/** Each step after the first `done` ones fails, as it does for a process that is no more. */
function endingAfter(stores: Stores, done: number): { readonly stores: Stores; steps(): number } {
  let count = 0;
  const ending = <T extends object>(port: T, names: readonly string[]): T =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (!names.includes(String(name))) return value.bind(target);
        return async (...given: unknown[]): Promise<unknown> => {
          count += 1;
          if (count > done) throw new Unavailable('the process is no more');
          return value.apply(target, given);
        };
      },
    });
  const { journal, archive, directory, ledger } = stores;
  return {
    steps: () => count,
    stores: {
      ...stores,
      journal: ending(journal, steps.journal),
      archive: ending(archive, steps.archive),
      directory: ending(directory, steps.directory),
      ledger: ending(ledger, steps.ledger),
    },
  };
}

/** A copy of the store, with a server on it that ends after so many steps of this erasure. Returns the steps begun. */
async function eraseUntil(path: string, done: number): Promise<number> {
  const ends = endingAfter(await openStores(path), done);
  let fenced = false;
  const server = await startTestServer({ stores: { open: () => ends.stores }, onFenced: () => (fenced = true) });
  const isOver = () => fenced || server.server.erasures.progress.failure !== null;
  try {
    const asked = erase(server.server, { person: 'u7' }).catch(() => undefined);
    while (!isOver() && !(await Promise.race([asked.then(() => true), pause(20).then(() => false)]))) {}
  } finally {
    await server.crash();
  }
  return ends.steps();
}

/** `asks`: the same erasure is asked for again; otherwise the start alone has to go on with one that is noted. */
async function eraseAgain(path: string, asks: boolean): Promise<void> {
  const noted = (await readLedger(ledgerPath(path)))?.end.erasures ?? 0;
  const server = await startTestServer({ stores: { path } });
  try {
    if (asks || noted === 0) await erase(server.server, { person: 'u7' });
    else await carriedOut(server.server, noted);
    expect(filesHolding(path, traces)).toEqual([]);
    const { entries } = await (await RawClient.signIn(server, 'ann')).must('history', {
      conversation,
      before: 99,
      limit: 9,
    });
    expect(entries.map((entry) => (entry.kind === 'message' ? (entry.erased ?? entry.text) : entry.kind))).toEqual([
      'Hello',
      true,
      'Danke',
    ]);
    expect(server.directory.person('u7')).toMatchObject({ last: '', email: null, active: false });
  } finally {
    await server.stop();
  }
  expect((await verifyStore(path)).damages).toEqual([]);
  expect((await readLedger(ledgerPath(path)))?.erasures).toHaveLength(1);
}

describe('an erasure that is cut off', () => {
  it('[ERASE-4] after any of its steps is whole when it is asked for again', async () => {
    let steps = Number.POSITIVE_INFINITY;
    let done = -1;
    while (done < steps) {
      done += 1;
      const copy = temporaryDirectory();
      try {
        cpSync(store.path, copy.path, { recursive: true });
        steps = await eraseUntil(copy.path, done);
        await eraseAgain(copy.path, done % 2 === 0);
      } catch (error) {
        throw new Error(`cut off after ${done} steps`, { cause: error });
      } finally {
        copy.remove();
      }
    }
    // All of them: each store was written to.
    expect(done).toBeGreaterThan(12);
  });
});
