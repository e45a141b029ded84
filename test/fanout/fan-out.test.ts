import { afterEach, describe, expect, it } from 'vitest';
import type { ServerFrame } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';

let server: TestServer;
afterEach(() => server.stop());

const contact = { kind: 'contact', id: 'k' } as const;
const restricted = { view: ['ann', 'bob'], edit: ['ann'] };

async function open(people: string[], options: TestServerOptions = {}): Promise<RawClient[]> {
  server = await startTestServer({ people: ['ann', 'bob', 'cid', 'dora'], records: [contact], ...options });
  return Promise.all(people.map((person) => RawClient.signIn(server, person)));
}
type Clients = [RawClient, RawClient, RawClient, RawClient];
const kinds = (frames: ServerFrame[]) => frames.map((frame) => frame.t);
const find = <T extends ServerFrame['t']>(frames: ServerFrame[], t: T) =>
  frames.find((frame) => frame.t === t) as Extract<ServerFrame, { t: T }>;

describe('sidebar', () => {
  it('[START-5] a start reaches every participant as a card, unread for all but the starter, with the badge', async () => {
    const [ann, bob] = (await open(['ann', 'bob'])) as Clients;
    await ann.must('start', { text: 'hello', people: ['bob'], about: contact });
    const [mine, theirs] = [await ann.settled(), await bob.settled()];
    expect(find(mine, 'card').card).toMatchObject({ unread: 0, readUpTo: 1, about: { name: 'contact k' } });
    expect(find(theirs, 'card').card).toMatchObject({ unread: 1, readUpTo: 0, standing: 'participant' });
    expect(find(theirs, 'badge').badge).toBe(1);
    expect(kinds(mine)).not.toContain('badge');
  });

  it('[START-4] the same people starting again make a new conversation', async () => {
    const [ann, bob] = (await open(['ann', 'bob'])) as Clients;
    const first = await ann.must('start', { text: 'hello', people: ['bob'] });
    const second = await ann.must('start', { text: 'hello', people: ['bob'] });
    const third = await bob.must('start', { text: 'hello', people: ['ann'] });
    const list = await bob.must('list', { limit: 10 });
    expect(list.cards.map((card) => card.conversation)).toEqual(
      [third, second, first].map(({ conversation }) => conversation),
    );
  });

  it('[REPLY-2] a reply reaches all participants, every device, once, and each but the author as a pop-up', async () => {
    const [ann, ann2, bob, cid] = (await open(['ann', 'ann', 'bob', 'cid'])) as Clients;
    const { conversation } = await ann.must('start', { text: 'hello', people: ['bob', 'cid'] });
    for (const client of [ann, ann2, bob, cid]) await client.settled();
    await ann.must('reply', { conversation, text: 'more' });
    for (const client of [ann, ann2, bob, cid]) {
      const pushes = (await client.settled()).filter((frame) => frame.t === 'entries');
      expect(pushes).toMatchObject([{ entries: [{ seq: 2, by: 'ann', text: 'more' }] }]);
      expect((pushes[0] as { popup?: string }).popup).toBe(client.person === 'ann' ? undefined : 'message');
    }
  });

  it('[READ-1] a mark reaches the reader’s other devices and nobody else', async () => {
    const [ann, bob, bob2] = (await open(['ann', 'bob', 'bob'])) as Clients;
    const { conversation } = await ann.must('start', { text: 'hello', people: ['bob'] });
    for (const client of [ann, bob, bob2]) await client.settled();
    await bob.must('read', { conversation, upTo: 1 });
    expect(await bob2.settled()).toMatchObject([
      { t: 'mark', readUpTo: 1, unread: 0 },
      { t: 'badge', badge: 0 },
    ]);
    expect(await ann.settled()).toEqual([]);
  });

  it('[INVITE-2] [INVITE-3] an invitee gets a card that begins at their joining; the others get the notice', async () => {
    const [ann, bob, cid] = (await open(['ann', 'bob', 'cid'])) as Clients;
    const { conversation } = await ann.must('start', { text: 'before', people: ['bob'] });
    for (const client of [ann, bob]) await client.settled();
    await ann.must('invite', { conversation, people: ['cid', 'dora'] });
    const card = find(await cid.settled(), 'card');
    expect(card).toMatchObject({ popup: 'conversation', card: { from: 2, more: false, unread: 0, visible: [[2, 3]] } });
    expect(card.card.entries.map((entry) => entry.kind)).toEqual(['joined', 'joined']);
    const told = find(await bob.settled(), 'entries');
    expect(told).toMatchObject({ popup: 'message', entries: [{ who: 'cid' }, { who: 'dora' }] });
    expect(told.people.map((person) => person.id)).toContain('dora');
  });

  it('[LEAVE-4] a leaver gets their own notice and nothing behind it, however close it stands', async () => {
    const [ann, bob, cid] = (await open(['ann', 'bob', 'cid'])) as Clients;
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    for (const client of [ann, bob, cid]) await client.settled();
    const leave = bob.ask('leave', { conversation });
    const replies = [1, 2, 3].map((n) => ann.ask('reply', { conversation, text: `after ${n}` }));
    await Promise.all([leave, ...replies]);
    const left = await leave;
    const end = 'seq' in left ? left.seq : 0;
    const seen = (await bob.settled()).flatMap((frame) => (frame.t === 'entries' ? frame.entries : []));
    expect(seen.at(-1)).toMatchObject({ kind: 'left', by: 'bob', seq: end });
    const copy = await bob.must('history', { conversation, before: 100, limit: 100 });
    expect(copy.entries.at(-1)?.seq).toBe(end);
    expect((await cid.settled()).filter((frame) => frame.t === 'entries' && frame.popup === 'message').length).toBe(4);
  });

  it('[DELETE-1] [DELETE-3] a deleted copy is gone on every device; a notice does not bring it back, a message does', async () => {
    const [ann, bob, bob2] = (await open(['ann', 'bob', 'bob'])) as Clients;
    const { conversation } = await ann.must('start', { text: 'old', people: ['bob', 'cid'] });
    for (const client of [ann, bob, bob2]) await client.settled();
    await bob.must('delete', { conversation, upTo: 1 });
    expect(await bob2.settled()).toMatchObject([
      { t: 'gone', conversation },
      { t: 'badge', badge: 0 },
    ]);
    expect(await ann.settled()).toEqual([]);
    await ann.must('invite', { conversation, people: ['dora'] });
    expect(await bob2.settled()).toEqual([]);
    expect(await bob.refusal('reply', { conversation, text: 'x' })).toBe('deleted-reply');
    await ann.must('reply', { conversation, text: 'new' });
    const back = find(await bob2.settled(), 'card');
    expect(back.card).toMatchObject({ entries: [{ seq: 3, text: 'new' }], visible: [[2, 3]], unread: 1 });
    expect((await bob.must('get', { conversation })).card.entries.some((entry) => entry.seq === 1)).toBe(false);
  });
});

describe('alerts', () => {
  it('[LEAVE-5] [ALERT-2] everyone left behind is told of a leave, once on every device, and the leaver is not', async () => {
    const [ann, ann2, bob, cid] = (await open(['ann', 'ann', 'bob', 'cid'])) as Clients;
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    for (const client of [ann, ann2, bob, cid]) await client.settled();
    await bob.must('leave', { conversation });
    const popups = async (client: RawClient) =>
      (await client.settled()).flatMap((frame) => ('popup' in frame && frame.popup ? [frame.popup] : []));
    expect(await Promise.all([ann, ann2, cid, bob].map(popups))).toEqual([['message'], ['message'], ['message'], []]);
  });

  it('[ALERT-4] a pop-up names no record that its reader may not see, and carries text as text', async () => {
    const records = [{ ...contact, name: 'Canary Jones', view: ['ann'], edit: ['ann'] }];
    const [ann, bob] = (await open(['ann', 'bob'], { records })) as Clients;
    const text = '<img src=x onerror=alert(1)>\r\nBcc: all@example.com';
    await ann.must('start', { text, people: ['bob'], about: contact });
    const card = find(await bob.settled(), 'card');
    expect(card).toMatchObject({ popup: 'conversation', card: { about: { restricted: true }, entries: [{ text }] } });
    expect(Buffer.concat(bob.messages).includes('Canary')).toBe(false);
  });

  it('[ALERT-1] each box decides over its own pop-ups; joined and left follow the message box', async () => {
    const [ann, bob] = (await open(['ann', 'bob'])) as Clients;
    const boxes = (conversations: boolean, messages: boolean) =>
      bob.must('setAlerts', {
        preferences: { email: { conversations: true, messages: true }, popup: { conversations, messages } },
      });
    const popups = async () =>
      (await bob.settled()).flatMap((frame) => ('popup' in frame && frame.popup ? [frame.popup] : []));
    await boxes(false, true);
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    expect(await popups()).toEqual([]);
    await ann.must('invite', { conversation, people: ['dora'] });
    expect(await popups()).toEqual(['message']);
    await boxes(true, false);
    await ann.must('reply', { conversation, text: 'x' });
    await ann.must('start', { text: 'x', people: ['bob'] });
    expect(await popups()).toEqual(['conversation']);
  });

  it('[ALERT-1] boxes reach other devices, and stay over a restart before and after a checkpoint', async () => {
    const [, bob, bob2] = (await open(['ann', 'bob', 'bob'])) as Clients;
    const preferences = {
      email: { conversations: false, messages: true },
      popup: { conversations: true, messages: false },
    };
    await bob.must('setAlerts', { preferences });
    expect(find(await bob2.settled(), 'alerts').preferences).toEqual(preferences);
    for (const checkpoint of [false, true]) {
      if (checkpoint) await server.server.host.checkpoint();
      await server.crash();
      server = await startTestServer({ people: ['ann', 'bob'], stores: server.stores });
      const again = await RawClient.signIn(server, 'bob');
      expect(await again.must('alerts', {})).toEqual({ preferences });
    }
  });
});

describe('rights', () => {
  it('[SEE-4] a restricted name is in no card, list, push, tab or search of whoever lacks a right', async () => {
    const secret = { ...contact, name: 'Canary Jones', ...restricted };
    const [ann, bob, cid] = (await open(['ann', 'bob', 'cid'], { records: [secret] })) as Clients;
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'], about: contact });
    for (const client of [bob, cid]) {
      await client.must('list', { limit: 10 });
      await client.must('get', { conversation });
      await client.must('records', { name: '' });
      await client.must('records', { name: 'canary' });
      await client.ask('openTab', { record: contact, limit: 10 });
      await client.settled();
      expect(Buffer.concat(client.messages).includes('Canary')).toBe(false);
    }
    expect(find(await ann.settled(), 'card').card.about).toMatchObject({ name: 'Canary Jones', restricted: false });
    const tab = await bob.must('openTab', { record: contact, limit: 10 });
    expect(tab).toMatchObject({ record: { name: null }, cards: [{ about: { kind: 'contact', restricted: true } }] });
  });

  it('[SEE-6] a change of rights reaches lists and open tabs at once', async () => {
    const [ann, bob, cid, dora] = (await open(['ann', 'bob', 'cid', 'dora'])) as Clients;
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob'], about: contact });
    await dora.must('openTab', { record: contact, limit: 10 });
    for (const client of [ann, bob, cid, dora]) await client.settled();
    await server.directory.put({ records: [{ ...contact, name: 'Renamed', view: ['ann', 'bob'], edit: ['ann'] }] });
    expect((await dora.next('tabClosed')).record).toEqual(contact);
    expect(await bob.next('about')).toMatchObject({ conversation, about: { kind: 'contact', restricted: true } });
    expect(await ann.next('about')).toMatchObject({ about: { name: 'Renamed' } });
    await ann.must('reply', { conversation, text: 'after' });
    expect(kinds(await dora.settled())).toEqual([]);
    expect(await dora.ask('openTab', { record: contact, limit: 10 })).toMatchObject({ name: 'not-found' });
  });

  it('[SEE-6] what changed in the directory while away comes with the resume', async () => {
    const [ann, bob] = (await open(['ann', 'bob'])) as Clients;
    await ann.must('start', { text: 'x', people: ['bob'], about: contact });
    await bob.settled();
    const place = {
      epoch: bob.welcome?.epoch as string,
      at: server.server.host.positions(),
      directory: server.directory.version,
    };
    await bob.close();
    await server.directory.put({
      records: [{ ...contact, name: 'Renamed', view: ['ann'], edit: ['ann'] }],
      people: [{ id: 'ann', first: 'Anna', last: 'Ann', email: null, active: true }],
    });
    const again = await RawClient.signIn(server, 'bob', place);
    expect(again.welcome?.resumed).toBe(true);
    const frames = await again.settled();
    expect(find(frames, 'card').card.about).toEqual({ kind: 'contact', restricted: true });
    expect(find(frames, 'person').person).toMatchObject({ id: 'ann', first: 'Anna' });
    expect(find(frames, 'live').directory).toBe(server.directory.version);
  });
});

describe('tabs', () => {
  it('[SEE-2] a viewer’s tab shows a public conversation whole and follows it, whatever others delete', async () => {
    const [ann, bob, , dora] = (await open(['ann', 'bob', 'cid', 'dora'])) as Clients;
    await dora.must('openTab', { record: contact, limit: 10 });
    const { conversation } = await ann.must('start', { text: 'one', people: ['bob'], about: contact });
    expect((await dora.next('tabCard')).card).toMatchObject({ conversation, standing: 'viewer', unread: 0 });
    await bob.must('delete', { conversation, upTo: 1 });
    await ann.must('reply', { conversation, text: 'two' });
    expect(await dora.next('tabEntries')).toMatchObject({ entries: [{ seq: 2, text: 'two' }] });
    const page = await dora.must('history', { conversation, before: 100, limit: 10, tab: true });
    expect(page.entries.map((entry) => entry.seq)).toEqual([1, 2]);
    expect(await dora.refusal('reply', { conversation, text: 'x' })).toBe('reply-not-participant');
    expect(await dora.ask('get', { conversation })).toMatchObject({ name: 'not-found' });
  });

  it('[SEE-3] a private one shows to current participants, each their own stints; a leaver’s tab loses it, their copy stays', async () => {
    const [ann, bob, cid, dora] = (await open(['ann', 'bob', 'cid', 'dora'])) as Clients;
    for (const client of [bob, cid, dora]) await client.must('openTab', { record: contact, limit: 10 });
    const { conversation } = await ann.must('start', { text: 'one', people: ['bob'], about: contact, private: true });
    await ann.must('invite', { conversation, people: ['cid'] });
    expect((await cid.next('tabCard')).card).toMatchObject({ visible: [[2, 2]], entries: [{ kind: 'joined' }] });
    await bob.must('delete', { conversation, upTo: 2 });
    const own = await bob.must('openTab', { record: contact, limit: 10 });
    expect(own.cards[0]?.entries.map((entry) => entry.seq)).toEqual([1, 2]);
    expect(own.cards[0]?.standing).toBe('deleted');
    await ann.must('reply', { conversation, text: 'three' });
    await bob.must('leave', { conversation });
    expect(await bob.next('tabGone')).toMatchObject({ conversation });
    expect((await bob.must('openTab', { record: contact, limit: 10 })).cards).toEqual([]);
    expect((await bob.must('get', { conversation })).card.standing).toBe('left');
    expect(kinds(await dora.settled())).toEqual([]);
  });

  it('pages a tab, and more tabs than allowed are refused by name', async () => {
    const [ann] = (await open(['ann'], { limits: { tabsPerSessionMax: 2 } })) as Clients;
    for (let n = 0; n < 7; n += 1) await ann.must('start', { text: `${n}`, people: ['bob'], about: contact });
    const first = await ann.must('openTab', { record: contact, limit: 4 });
    const second = await ann.must('openTab', { record: contact, limit: 4, before: first.next as never });
    expect(
      [...first.cards, ...second.cards]
        .map((card) => card.entries[0])
        .map((entry) => entry?.kind === 'message' && entry.text),
    ).toEqual(['6', '5', '4', '3', '2', '1', '0']);
    expect(second.next).toBeNull();
    await server.directory.put({
      records: ['x', 'y'].map((id) => ({
        kind: 'contact' as const,
        id,
        name: id,
        view: 'everyone' as const,
        edit: 'everyone' as const,
      })),
    });
    await ann.must('openTab', { record: { kind: 'contact', id: 'x' }, limit: 4 });
    expect(await ann.ask('openTab', { record: { kind: 'contact', id: 'y' }, limit: 4 })).toMatchObject({
      name: 'too-many-tabs',
    });
    await ann.must('closeTab', { record: contact });
    await ann.must('openTab', { record: { kind: 'contact', id: 'y' }, limit: 4 });
  });
});
