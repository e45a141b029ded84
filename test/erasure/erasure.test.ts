/** [ERASE-1] to [ERASE-4] as people and their devices see them, and as the disk does. */
import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyStore } from '../../src/journal/verify.ts';
import type { Entry, ServerFrames } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';
import { erase } from './erasing.ts';
import { filesHolding } from './search.ts';

const contact = { kind: 'contact', id: 'k' } as const;
const secret = 'Das Passwort lautet Rübezahl-77';
const other = 'Something that stays: Möhre';

let server: TestServer;
afterEach(() => server.stop());

async function open(options: TestServerOptions = {}): Promise<void> {
  server = await startTestServer({
    people: ['ann', 'bob', 'cid', 'dora'],
    records: [contact],
    stores: 'lmdb',
    ...options,
  });
}
const signIn = (person: string, resume?: Parameters<typeof RawClient.signIn>[2]) =>
  RawClient.signIn(server, person, resume);
const pathOf = () => (server.stores as { path: string }).path;
const found = (...words: string[]) => filesHolding(pathOf(), words);
const said = (entries: readonly Entry[]) =>
  entries.map((entry) => (entry.kind === 'message' ? (entry.erased ? 'erased' : entry.text) : entry.kind));

/** A conversation of three about the contact: seqs 1 to 4, of which 2 is the secret. */
async function conversationOf(ann: RawClient): Promise<string> {
  const { conversation } = await ann.must('start', { text: 'Hello', people: ['bob', 'cid'], about: contact });
  await ann.must('reply', { conversation, text: secret }, 'the-secret');
  await ann.must('reply', { conversation, text: other });
  await ann.must('reply', { conversation, text: 'the end' });
  return conversation;
}

describe('an erased message', () => {
  it('[ERASE-1] stays at its place without its text, and nothing else changes for anyone', async () => {
    await open();
    const [ann, bob] = [await signIn('ann'), await signIn('bob')];
    const conversation = await conversationOf(ann);
    const before = await bob.must('list', { limit: 10 });
    const plan = await erase(server.server, { conversation, seqs: [2] });
    expect(plan).toEqual({ messages: 1, conversations: 1, erasedBefore: 0, name: false });
    const after = await bob.must('list', { limit: 10 });
    const shown = (list: typeof before) => list.cards.map(({ entries: _, ...rest }) => rest);
    expect(shown(after)).toEqual(shown(before));
    expect([after.badge, after.people, after.next]).toEqual([before.badge, before.people, before.next]);
    const { entries } = await bob.must('history', { conversation, before: 99, limit: 50 });
    expect(said(entries)).toEqual(['Hello', 'erased', other, 'the end']);
    expect(entries[1]).toMatchObject({ kind: 'message', seq: 2, by: 'ann', text: '', erased: true });
  });

  it('[ERASE-3] is told at once, in lists and in tabs, to each of what they see', async () => {
    await open();
    const [ann, bob, dora] = [await signIn('ann'), await signIn('bob'), await signIn('dora')];
    const conversation = await conversationOf(ann);
    await dora.must('openTab', { record: contact, limit: 10 });
    await bob.must('delete', { conversation, upTo: 2 });
    const eve = await signIn('cid');
    for (const client of [ann, bob, dora, eve]) await client.settled();
    await erase(server.server, { conversation, seqs: [2, 3] });
    const told = async (client: RawClient) =>
      (await client.settled()).flatMap((frame) =>
        frame.t === 'erased' || frame.t === 'tabErased' ? [[frame.t, frame.seqs]] : [],
      );
    expect(await told(ann)).toEqual([['erased', [2, 3]]]);
    expect(await told(bob)).toEqual([['erased', [3]]]);
    expect(await told(dora)).toEqual([['tabErased', [2, 3]]]);
    expect(await told(eve)).toEqual([['erased', [2, 3]]]);
  });

  it('[ERASE-3] is told to whoever resumes, also behind news and a restart', async () => {
    await open();
    const [ann, bob] = [await signIn('ann'), await signIn('bob')];
    const conversation = await conversationOf(ann);
    const { epoch, directory } = bob.welcome as ServerFrames['welcome'];
    const resume = { epoch, directory, at: server.server.host.positions() };
    await bob.close();
    await erase(server.server, { conversation, seqs: [2] });
    await ann.must('reply', { conversation, text: 'news' });
    const stores = server.stores;
    await server.server.close();
    server = await startTestServer({ stores });
    const again = await signIn('bob', resume);
    expect(again.welcome?.resumed).toBe(true);
    const frames = await again.settled();
    expect(frames.find((frame) => frame.t === 'erased')).toMatchObject({ conversation, seqs: [2] });
    expect(frames.find((frame) => frame.t === 'card')).toMatchObject({ card: { unread: 5 } });
  });

  it('[ERASE-1] is shown to nobody from the moment it is told, before a checkpoint has taken it over', async () => {
    await open({ limits: { checkpointIntervalMs: 600_000 } });
    const { host } = server.server;
    const ann = await signIn('ann');
    const conversation = await conversationOf(ann);
    const textOf = async (seq: number) =>
      (await host.timeline(conversation, seq, seq, 1)).map(({ event }) => 'text' in event && event.text);
    // One that is in memory only, and one that the archive has.
    await host.erase(conversation, async () => [4]);
    expect(await textOf(4)).toEqual([null]);
    await host.checkpoint();
    await host.erase(conversation, async () => [2]);
    expect(await textOf(2)).toEqual([null]);
    for await (const { event } of host.events(conversation)) {
      if ('text' in event && (event.seq === 2 || event.seq === 4)) expect(event.text).toBeNull();
    }
    expect(await server.server.erasures.plan({ conversation, seqs: [2, 4] })).toMatchObject({ messages: 0 });
    expect(await textOf(3)).toEqual([other]);
  });

  it('[ERASE-4] is in no file any more, wherever it was: the archive, the journal, memory', async () => {
    await open();
    const ann = await signIn('ann');
    const conversation = await conversationOf(ann);
    await server.server.host.checkpoint();
    await ann.must('reply', { conversation, text: `again: ${secret}` });
    expect(found('Rübezahl').length).toBeGreaterThan(1);
    await erase(server.server, { conversation, seqs: [2, 5] });
    expect(found('Rübezahl')).toEqual([]);
    expect(found('Möhre').length).toBeGreaterThan(0);
    expect((await verifyStore(pathOf())).damages).toEqual([]);
    await server.server.close();
    expect(found('Rübezahl')).toEqual([]);
    server = await startTestServer({ stores: server.stores });
    const { entries } = await (await signIn('bob')).must('history', { conversation, before: 99, limit: 50 });
    expect(said(entries)).toEqual(['Hello', 'erased', other, 'the end', 'erased']);
  });

  it('[ERASE-1] is overwritten in every file of the journal that there was, not only removed with it', async () => {
    await open({ limits: { checkpointIntervalMs: 600_000, commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 } });
    const ann = await signIn('ann');
    const conversation = await conversationOf(ann);
    const long = 'x'.repeat(16_000);
    for (let n = 0; n < 300; n += 1) await ann.must('reply', { conversation, text: long });
    // Names of our own for the same files: what is dropped can be looked into.
    const [journal, links] = [join(pathOf(), 'journal'), join(pathOf(), 'links')];
    mkdirSync(links);
    const segments = readdirSync(journal).filter((name) => name.startsWith('frames-'));
    for (const name of segments) linkSync(join(journal, name), join(links, name));
    expect(segments.length).toBeGreaterThan(2);
    expect(filesHolding(links, ['Rübezahl'])).toHaveLength(1);
    await erase(server.server, { conversation, seqs: [2] });
    expect(found('Rübezahl')).toEqual([]);
    expect(filesHolding(links, ['xxxxxxxx'])).toEqual([]);
  });
});
