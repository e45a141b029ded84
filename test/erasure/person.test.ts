/** [ERASE-2]: a person goes, and others keep what is theirs. */
import { afterEach, describe, expect, it } from 'vitest';
import { NotErasable } from '../../src/erasure/erasure-plan.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import type { Entry } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { erase } from './erasing.ts';
import { filesHolding } from './search.ts';

const contact = { kind: 'contact', id: 'k' } as const;
const gone = { id: 'u7', first: 'Rübezahl', last: 'Riesengebirge', email: 'ruebezahl@berg.example' };
const everyTrace = ['Rübezahl', 'Riesengebirge', 'ruebezahl', 'words of u7'];

let server: TestServer;
let ann: RawClient;
let u7: RawClient;
let both: string;
let theirs: string;
afterEach(() => server.stop());

const found = () => filesHolding((server.stores as { path: string }).path, everyTrace);
const said = (entries: readonly Entry[]) =>
  entries.map((entry) => (entry.kind === 'message' ? (entry.erased ? 'erased' : entry.text) : entry.kind));

/** Two conversations; in each `u7` wrote, once before a checkpoint and once behind it. */
async function open(): Promise<void> {
  server = await startTestServer({ people: ['ann', 'bob', gone], records: [contact], stores: 'lmdb' });
  [ann, u7] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'u7')];
  ({ conversation: both } = await ann.must('start', { text: 'from ann', people: ['u7', 'bob'], about: contact }));
  ({ conversation: theirs } = await u7.must('start', { text: 'words of u7, first', people: ['ann'] }));
  await u7.must('reply', { conversation: both, text: 'words of u7, second' }, 'second');
  const boxes = { conversations: false, messages: true };
  await u7.must('setAlerts', { preferences: { email: boxes, popup: boxes } });
  await server.server.host.checkpoint();
  await ann.must('reply', { conversation: both, text: 'answer of ann' });
  await u7.must('reply', { conversation: both, text: 'words of u7, third' });
  await ann.must('reply', { conversation: theirs, text: 'and ann' });
}

describe('an erased person', () => {
  it('[ERASE-2] leaves no byte of name, address and words in any file', async () => {
    await open();
    expect(found().length).toBeGreaterThan(3);
    const plan = await erase(server.server, { person: 'u7' });
    expect(plan).toEqual({ messages: 3, conversations: 2, erasedBefore: 0, name: true });
    expect(found()).toEqual([]);
    expect((await verifyStore((server.stores as { path: string }).path)).damages).toEqual([]);
  });

  it('[ERASE-2] [CMD-4] is signed out at once, and nobody under this id comes in again', async () => {
    await open();
    await erase(server.server, { person: 'u7' });
    expect(await u7.ended()).toMatchObject({ reason: 'deactivated' });
    const again = await RawClient.connect(server.url);
    again.send({ t: 'hello', v: 1, token: await server.token('u7') });
    expect(await again.ended()).toMatchObject({ reason: 'deactivated' });
    await expect(server.directory.put({ people: [{ ...gone, active: true }] })).rejects.toThrow('who was erased');
    expect(server.directory.person('u7')).toEqual({ id: 'u7', first: '', last: '', email: null, active: false });
  });

  it('[ERASE-1] leaves the others’ lists as they were, without a name', async () => {
    await open();
    const before = await ann.must('list', { limit: 10 });
    await ann.settled();
    await erase(server.server, { person: 'u7' });
    const after = await ann.must('list', { limit: 10 });
    const shown = (list: typeof before) => list.cards.map(({ entries: _, ...rest }) => rest);
    expect(shown(after)).toEqual(shown(before));
    expect(after.cards.map(({ entries }) => said(entries))).toEqual([
      ['erased', 'and ann'],
      ['erased', 'answer of ann', 'erased'],
    ]);
    expect(after.people.find(({ id }) => id === 'u7')).toEqual({ id: 'u7', first: '', last: '—', active: false });
    const told = await ann.settled();
    expect(told.flatMap((frame) => (frame.t === 'erased' ? [frame.seqs] : [])).sort()).toEqual([[1], [2, 4]]);
    expect(told.findLast((frame) => frame.t === 'person')).toMatchObject({ person: { id: 'u7', last: '—' } });
  });

  it('[ERASE-2] has no alert boxes and no waiting mail, and what they are named by stays with the others', async () => {
    await open();
    const { host } = server.server;
    await erase(server.server, { person: 'u7' });
    const state = (await host.state(both))?.state;
    expect([...(state?.members.keys() ?? [])]).toEqual(['ann', 'u7', 'bob']);
    await server.server.close();
    server = await startTestServer({ stores: server.stores });
    const people = (await (await RawClient.signIn(server, 'ann')).must('people', { last: '' })).people;
    expect(people.map(({ id }) => id)).toEqual(['bob']);
  });

  it('[ERASE-4] erased again, and where somebody never was', async () => {
    await open();
    await erase(server.server, { person: 'u7' });
    expect(await erase(server.server, { person: 'u7' })).toEqual({
      messages: 0,
      conversations: 0,
      erasedBefore: 3,
      name: false,
    });
    expect(server.server.erasures.progress).toEqual({ erasures: 1, carriedOut: 1, phase: null, failure: null });
    await expect(server.server.erasures.plan({ person: 'nobody' })).rejects.toThrow(NotErasable);
  });
});
