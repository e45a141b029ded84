/** An erasure that is asked for while the server ends, and one of which the note in the ledger failed. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ErasureLedger } from '../../src/journal/erasure-ledger.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openStores, type Stores } from '../../src/stores.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, temporaryDirectory } from '../support/server.ts';
import { carriedOut, erase } from './erasing.ts';
import { filesHolding } from './search.ts';

let home: ReturnType<typeof temporaryDirectory>;
let server: TestServer;
let conversation: string;
let fences: Error[];
const start = async (altered: (stores: Stores) => Partial<Stores> = () => ({})) => {
  server = await startTestServer({
    people: ['ann', 'bob'],
    stores: {
      open: async () => {
        const stores = await openStores(home.path);
        return { ...stores, ...altered(stores) };
      },
    },
    onFenced: (error) => fences.push(error),
  });
};
/** The port, of which one method does something else with the call. */
function around<P extends object>(port: P, name: keyof P, call: (go: () => Promise<unknown>) => Promise<unknown>): P {
  return new Proxy(port, {
    get(target, member) {
      const method: unknown = Reflect.get(target, member, target);
      if (typeof method !== 'function') return method;
      if (member !== name) return method.bind(target);
      return (...given: unknown[]) => call(() => method.apply(target, given));
    },
  });
}
const textsOfAnn = async () => {
  const ann = await RawClient.signIn(server, 'ann');
  const { entries } = await ann.must('history', { conversation, before: 99, limit: 9 });
  return entries.map((entry) => (entry.kind === 'message' ? (entry.erased ? 'erased' : entry.text) : entry.kind));
};

beforeEach(async () => {
  home = temporaryDirectory('parley-drain-');
  fences = [];
  await start();
  const ann = await RawClient.signIn(server, 'ann');
  ({ conversation } = await ann.must('start', { text: 'the first Geheimnis', people: ['bob'] }));
  await ann.must('reply', { conversation, text: 'the second Geheimnis' });
  await server.stop();
});
afterEach(async () => {
  await server.stop();
  home.remove();
  expect(fences).toEqual([]);
});

/** The next server carries out so many erasures, of which no byte is left then. */
async function expectErasedByTheNext(erasures: number): Promise<void> {
  await start();
  await carriedOut(server.server, erasures);
  expect(await textsOfAnn()).toEqual(['erased', 'erased']);
  await server.stop();
  expect(filesHolding(home.path, ['Geheimnis'])).toEqual([]);
}

it('[ERASE-4] asked for when the server has let go of the journal waits for the next one, and the server ends in order', async () => {
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let hasLetGo = false;
  const release = async (go: () => Promise<unknown>) => {
    await go();
    hasLetGo = true;
    await held;
  };
  await start(({ journal }) => ({ journal: around<Journal>(journal, 'release', release) }));
  const stopping = server.stop();
  while (!hasLetGo) await pause(5);
  const { erasures } = await server.server.erasures.erase({ conversation, seqs: [1, 2] });
  expect(erasures).toBe(1);
  letGo();
  await stopping;
  await expectErasedByTheNext(1);
});

it('[ERASE-4] asked for before the end, and noted while the server waits for it, is not begun any more', async () => {
  let letGo: () => void = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let isNoting = false;
  const append = async (go: () => Promise<unknown>) => {
    isNoting = true;
    await held;
    return go();
  };
  let rolls = 0;
  const roll = (go: () => Promise<unknown>) => {
    rolls += 1;
    return go();
  };
  await start(({ journal, ledger }) => ({
    journal: around<Journal>(journal, 'roll', roll),
    ledger: around<ErasureLedger>(ledger, 'append', append),
  }));
  const asked = server.server.erasures.erase({ conversation, seqs: [1, 2] });
  while (!isNoting) await pause(5);
  const stopping = server.stop();
  letGo();
  expect((await asked).erasures).toBe(1);
  await stopping;
  expect(rolls).toBe(0);
  await expectErasedByTheNext(1);
});

it.each([
  ['was written all the same', true],
  ['was not written', false],
] as const)('[ERASE-4] whose note failed and %s keeps no later one from being carried out', async (_, isWritten) => {
  let failures = 0;
  const append = async (go: () => Promise<unknown>) => {
    if (failures > 0) return go();
    failures += 1;
    if (isWritten) await go();
    throw new Error('EIO: of the test');
  };
  await start(({ ledger }) => ({ ledger: around<ErasureLedger>(ledger, 'append', append) }));
  await expect(server.server.erasures.erase({ conversation, seqs: [1] })).rejects.toThrow(/EIO/);
  await erase(server.server, { conversation, seqs: [2] });
  expect(await textsOfAnn()).toEqual([isWritten ? 'erased' : 'the first Geheimnis', 'erased']);
  await erase(server.server, { conversation, seqs: [1] });
  expect(server.server.erasures.progress).toMatchObject({ erasures: 2, carriedOut: 2, failure: null });
  expect(await textsOfAnn()).toEqual(['erased', 'erased']);
});

it.each([
  ['was not written', true],
  ['was written all the same', false],
])('[ERASE-2] [CMD-4] of a person, whose note failed and %s: active afterwards is %s', async (_, isActive) => {
  const append = async (go: () => Promise<unknown>) => {
    if (!isActive) await go();
    throw new Error('EACCES: of the test');
  };
  await start(({ ledger }) => ({ ledger: around<ErasureLedger>(ledger, 'append', append) }));
  await expect(server.server.erasures.erase({ person: 'ann' })).rejects.toThrow(/EACCES/);
  expect(server.directory.person('ann')).toMatchObject({ first: expect.any(String), active: isActive });
  if (isActive) expect(await textsOfAnn()).toEqual(['the first Geheimnis', 'the second Geheimnis']);
});
