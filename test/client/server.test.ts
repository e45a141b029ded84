/** The SDK against the real server: two and three people, several devices, everything over real sockets. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ParleyError, ParleyEvent } from '../../src/client/index.ts';
import { openStores } from '../../src/stores.ts';
import { RawClient } from '../support/raw-client.ts';
import { company, picture, RealServer, texts, until } from './real-server.ts';

let real: RealServer;
beforeEach(async () => {
  real = await RealServer.start(['ann', 'bob', 'cid', 'dan']);
});
afterEach(() => real.close());

const names = (views: readonly { readonly id: string }[]) => views.map((view) => view.id);

describe('conversations', () => {
  it('[START-5][REPLY-3] a start reaches the others as unread, a reply comes back', async () => {
    const ann = await real.online('ann');
    const bob = await real.online('bob');
    const { conversation, seq } = await ann.parley.start({ text: 'hello', people: ['bob'] });
    expect(seq).toBe(1);
    expect(ann.parley.conversation(conversation).getSnapshot()).toMatchObject({ unread: 0, head: 1 });
    await until(() => bob.parley.sidebar.getSnapshot().badge === 1, 'badge of bob');
    const view = bob.parley.conversation(conversation).getSnapshot();
    expect(view).toMatchObject({ unread: 1, standing: 'participant', starter: { id: 'ann', last: 'ann' } });
    expect(view?.may).toEqual({ reply: true, invite: true, leave: false, delete: true, read: true });
    await bob.parley.reply(conversation, 'hello back');
    await until(() => ann.parley.sidebar.getSnapshot().badge === 1, 'badge of ann');
    expect(texts(ann.parley, conversation)).toEqual(['hello', 'hello back']);
    await until(() => bob.parley.sidebar.getSnapshot().badge === 0, 'bob has read by replying');
  });

  it('[READ-1][READ-2][REPLY-3] a read mark follows on the other device', async () => {
    const ann = await real.online('ann');
    const phone = await real.online('bob');
    const desk = await real.online('bob');
    const { conversation } = await ann.parley.start({ text: 'one', people: ['bob'] });
    await until(() => desk.parley.sidebar.getSnapshot().badge === 1, 'badge at the desk');
    await until(() => phone.parley.sidebar.getSnapshot().badge === 1, 'badge on the phone');
    expect(await phone.parley.read(conversation)).toEqual({ readUpTo: 1 });
    await until(() => desk.parley.sidebar.getSnapshot().badge === 0, 'no badge at the desk');
    expect(desk.parley.conversation(conversation).getSnapshot()).toMatchObject({ unread: 0, readUpTo: 1 });
    await expect(phone.parley.read(conversation)).rejects.toMatchObject({
      name: 'read-nothing-unread',
      rule: 'READ-2',
    });
  });

  it('[READ-3] Mark All Read covers everything this client has been sent', async () => {
    const ann = await real.online('ann');
    const bob = await real.online('bob');
    for (const text of ['one', 'two', 'three']) await ann.parley.start({ text, people: ['bob'] });
    await until(() => bob.parley.sidebar.getSnapshot().badge === 3, 'badge of three');
    expect(await bob.parley.readAll()).toEqual({ conversations: 3 });
    await until(() => bob.parley.sidebar.getSnapshot().badge === 0, 'no badge');
    expect(bob.parley.sidebar.getSnapshot().conversations.map((view) => view.unread)).toEqual([0, 0, 0]);
  });

  it('[INVITE-2][LEAVE-1][LEAVE-3][LEAVE-4] inviting and leaving', async () => {
    const [ann, bob, dan] = [await real.online('ann'), await real.online('bob'), await real.online('dan')];
    const { conversation } = await ann.parley.start({ text: 'before', people: ['bob'] });
    await until(() => bob.parley.conversation(conversation).getSnapshot() !== null, 'bob has it');
    await expect(bob.parley.leave(conversation)).rejects.toMatchObject({ rule: 'LEAVE-3' });
    await expect(ann.parley.leave(conversation)).rejects.toMatchObject({ rule: 'LEAVE-2' });
    await bob.parley.invite(conversation, ['dan']);
    await ann.parley.reply(conversation, 'after');
    await until(() => texts(dan.parley, conversation).includes('after'), 'dan hears');
    expect(texts(dan.parley, conversation)).toEqual(['bob joined', 'after']);
    expect(dan.parley.conversation(conversation).getSnapshot()).toMatchObject({ unread: 1, may: { leave: true } });
    await dan.parley.leave(conversation);
    await until(() => dan.parley.conversation(conversation).getSnapshot()?.standing === 'left', 'dan has left');
    await ann.parley.reply(conversation, 'among ourselves');
    await until(() => texts(bob.parley, conversation).includes('among ourselves'), 'bob hears');
    expect(texts(dan.parley, conversation)).toEqual(['bob joined', 'after', 'dan left']);
    expect(names(dan.parley.conversation(conversation).getSnapshot()?.participants ?? [])).toEqual([
      'ann',
      'bob',
      'dan',
    ]);
    expect(names(bob.parley.conversation(conversation).getSnapshot()?.participants ?? [])).toEqual(['ann', 'bob']);
    await expect(dan.parley.reply(conversation, 'wait')).rejects.toMatchObject({ rule: 'LEAVE-4' });
  });

  it('[DELETE-1][DELETE-3] a deleted copy is gone, and the next message brings it back with itself alone', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    const { conversation } = await ann.parley.start({ text: 'old', people: ['bob'] });
    await until(() => bob.parley.sidebar.getSnapshot().badge === 1, 'bob has it');
    await bob.parley.delete(conversation);
    await until(() => bob.parley.sidebar.getSnapshot().conversations.length === 0, 'gone');
    expect(bob.parley.sidebar.getSnapshot().badge).toBe(0);
    expect(ann.parley.sidebar.getSnapshot().conversations).toHaveLength(1);
    await ann.parley.reply(conversation, 'new');
    await until(() => bob.parley.sidebar.getSnapshot().badge === 1, 'back');
    expect(texts(bob.parley, conversation)).toEqual(['new']);
    expect(bob.parley.conversation(conversation).getSnapshot()?.more).toBe(false);
  });

  it('[LIST-3] More to the first message, Less to three; expanding marks nothing', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob', { historyPageSize: 10 })];
    const { conversation } = await ann.parley.start({ text: 'm1', people: ['bob'] });
    for (let i = 2; i <= 25; i++) await ann.parley.reply(conversation, `m${i}`);
    const store = bob.parley.conversation(conversation);
    await until(() => store.getSnapshot()?.head === 25, 'all came');
    const fresh = (await real.online('bob', { historyPageSize: 10 })).parley.conversation(conversation);
    for (const one of [store, fresh]) {
      const shown = () => (one.getSnapshot()?.entries ?? []).map((entry) => entry.seq);
      expect(shown()).toEqual([23, 24, 25]);
      await one.more();
      expect(shown()).toHaveLength(13);
      await one.more();
      expect(one.getSnapshot()).toMatchObject({ more: true, expanded: true });
      await one.more();
      expect(shown()).toHaveLength(25);
      expect(one.getSnapshot()).toMatchObject({ more: false, unread: 25 });
      one.less();
      expect(shown()).toEqual([23, 24, 25]);
      expect(one.getSnapshot()).toMatchObject({ more: true, expanded: false });
    }
  });

  it('[CMD-3] a conversation that is asked for before there is a connection comes with it', async () => {
    const ann = await real.online('ann');
    const { conversation } = await ann.parley.start({ text: 'Asked for at once', people: ['bob'] });
    const bob = real.client('bob').parley;
    await bob.conversation(conversation).load();
    expect(texts(bob, conversation)).toEqual(['Asked for at once']);
  });

  it('[SEE-5] what is not there and what is not yours are one answer', async () => {
    const [ann, cid] = [await real.online('ann'), await real.online('cid')];
    const { conversation } = await ann.parley.start({ text: 'secret', people: ['bob'] });
    const errors = await Promise.all(
      [conversation, 'x'.repeat(22)].map((id) =>
        cid.parley
          .conversation(id)
          .load()
          .catch((error: ParleyError) => error),
      ),
    );
    expect(errors[0]).toMatchObject({ name: 'not-found', rule: 'SEE-5' });
    expect(errors[1]).toEqual(errors[0]);
    expect(cid.parley.conversation(conversation).getSnapshot()).toBeNull();
  });
});

describe('the list', () => {
  it('[LIST-1][LIST-2] pages without a hole and without a double under concurrent messages', async () => {
    const ann = await real.online('ann');
    const ids: string[] = [];
    for (let i = 0; i < 23; i++) ids.push((await ann.parley.start({ text: `c${i}`, people: ['bob'] })).conversation);
    const bob = await real.online('bob', { pageSize: 5 });
    expect(names(bob.parley.sidebar.getSnapshot().conversations)).toEqual(ids.slice(18).reverse());
    await ann.parley.reply(ids[2] as string, 'up');
    await bob.parley.sidebar.loadOlder();
    await until(() => bob.parley.sidebar.getSnapshot().conversations[0]?.id === ids[2], 'the old one is up');
    while (bob.parley.sidebar.getSnapshot().more) await bob.parley.sidebar.loadOlder();
    const expected = [ids[2], ...[...ids].reverse().filter((id) => id !== ids[2])];
    expect(names(bob.parley.sidebar.getSnapshot().conversations)).toEqual(expected);
  });

  it('[LIST-4][LIST-5] filters by a person, live, and keeps the filter over a refresh', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    const withCid = (await ann.parley.start({ text: 'with cid', people: ['bob', 'cid'] })).conversation;
    const without = (await ann.parley.start({ text: 'without', people: ['bob'] })).conversation;
    await until(() => bob.parley.sidebar.getSnapshot().conversations.length === 2, 'both');
    await bob.parley.sidebar.filterBy('cid');
    expect(bob.parley.sidebar.getSnapshot()).toMatchObject({ badge: 2, filter: { id: 'cid', last: 'cid' } });
    expect(names(bob.parley.sidebar.getSnapshot().conversations)).toEqual([withCid]);
    await ann.parley.invite(without, ['cid']);
    await until(() => bob.parley.sidebar.getSnapshot().conversations.length === 2, 'the other shows cid now');
    for (let i = 0; i < 5; i++) await ann.parley.reply(without, `${i}`);
    await bob.parley.conversation(without).more();
    await bob.parley.sidebar.refresh();
    expect(bob.parley.sidebar.getSnapshot().filter?.id).toBe('cid');
    expect(bob.parley.conversation(without).getSnapshot()).toMatchObject({ expanded: false });
    expect(names(bob.parley.sidebar.getSnapshot().conversations)).toEqual([without, withCid]);
    expect((await bob.parley.correspondents('C')).map((one) => one.id)).toEqual(['cid']);
    await bob.parley.sidebar.filterBy(null);
    expect(bob.parley.sidebar.getSnapshot()).toMatchObject({ filter: null, loading: false });
  });

  it('[LIST-4] drops from a filtered list what a delete on another device has cut the person from', async () => {
    const [ann, bob, cid] = [await real.online('ann'), await real.online('bob'), await real.online('cid')];
    const { conversation } = await ann.parley.start({ text: 'with cid', people: ['bob', 'cid'] });
    await until(() => cid.parley.sidebar.getSnapshot().badge === 1, 'it reaches cid');
    await cid.parley.leave(conversation);
    for (let i = 0; i < 8; i++) await ann.parley.reply(conversation, `${i}`);
    const other = await real.online('bob');
    await other.parley.sidebar.filterBy('cid');
    expect(names(other.parley.sidebar.getSnapshot().conversations)).toEqual([conversation]);
    const raw = await RawClient.connect(real.url, 'bob');
    raw.send({ t: 'hello', v: 1, token: await real.token('bob') });
    await raw.next('welcome');
    // Less than all, as it is where messages came meanwhile.
    await raw.must('delete', { conversation, upTo: 5 });
    await until(() => other.parley.sidebar.getSnapshot().conversations.length === 0, 'cid is cut off');
    await bob.parley.sidebar.filterBy('cid');
    expect(bob.parley.sidebar.getSnapshot().conversations).toEqual([]);
  });

  it('snapshots are the identical objects until something in them changes', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    const one = (await ann.parley.start({ text: 'one', people: ['bob'] })).conversation;
    const two = (await ann.parley.start({ text: 'two', people: ['bob'] })).conversation;
    await until(() => bob.parley.sidebar.getSnapshot().badge === 2, 'both');
    const before = bob.parley.sidebar.getSnapshot();
    await bob.parley.alerts();
    expect(bob.parley.sidebar.getSnapshot()).toBe(before);
    const other = bob.parley.conversation(two).getSnapshot();
    await ann.parley.reply(one, 'more');
    await until(() => bob.parley.conversation(one).getSnapshot()?.head === 2, 'the reply');
    expect(bob.parley.sidebar.getSnapshot()).not.toBe(before);
    expect(bob.parley.conversation(two).getSnapshot()).toBe(other);
    expect(bob.parley.sidebar.getSnapshot().conversations).toContain(other);
  });
});

describe('the tab of a record', () => {
  it('[SEE-2][SEE-3] shows a stranger what is not private, live, whole', async () => {
    await real.server.directory.put({ records: [company('acme')] });
    const [ann, cid] = [await real.online('ann'), await real.online('cid')];
    const about = { kind: 'company', id: 'acme' } as const;
    const open = (await ann.parley.start({ text: 'open', people: ['bob'], about })).conversation;
    await ann.parley.start({ text: 'private', people: ['bob'], about, private: true });
    const tab = cid.parley.tab(about);
    await tab.open();
    expect(tab.getSnapshot()).toMatchObject({ state: 'open', record: { name: 'Company acme' } });
    expect(names(tab.getSnapshot().conversations)).toEqual([open]);
    expect(tab.getSnapshot().conversations[0]).toMatchObject({
      standing: 'viewer',
      may: { reply: false, invite: false, leave: false, delete: false, read: false },
    });
    await ann.parley.reply(open, 'more');
    await until(() => tab.getSnapshot().conversations[0]?.head === 2, 'live');
    const later = (await ann.parley.start({ text: 'later', people: ['bob'], about })).conversation;
    await until(() => tab.getSnapshot().conversations.length === 2, 'a new one');
    expect(names(tab.getSnapshot().conversations)).toEqual([later, open]);
    await ann.parley.invite(open, ['cid']);
    await until(() => tab.getSnapshot().conversations.some((view) => view.may.reply), 'cid may reply');
    tab.close();
    expect(tab.getSnapshot()).toMatchObject({ state: 'closed', conversations: [], record: null });
  });

  it('[SEE-6] closes when the right goes, and follows a rename', async () => {
    await real.server.directory.put({ records: [company('acme')] });
    const [ann, cid] = [await real.online('ann'), await real.online('cid')];
    const about = { kind: 'company', id: 'acme' } as const;
    const { conversation } = await ann.parley.start({ text: 'open', people: ['bob'], about });
    const tab = cid.parley.tab(about);
    await tab.open();
    await real.server.directory.put({ records: [company('acme', { name: 'Acme & Sons' })] });
    await until(() => tab.getSnapshot().record?.name === 'Acme & Sons', 'renamed in the tab');
    expect(tab.getSnapshot().conversations[0]?.about).toMatchObject({ name: 'Acme & Sons' });
    const named = () => ann.parley.conversation(conversation).getSnapshot()?.about;
    await until(() => JSON.stringify(named()).includes('Sons'), 'renamed in the list');
    await real.server.directory.put({ records: [company('acme', { view: ['ann'], edit: ['bob'] })] });
    await until(() => tab.getSnapshot().state === 'refused', 'refused');
    expect(tab.getSnapshot().conversations).toEqual([]);
    await until(() => named()?.restricted === true, '[SEE-4] restricted in the list');
    await expect(cid.parley.tab({ kind: 'company', id: 'none' }).open()).rejects.toMatchObject({ name: 'not-found' });
    expect(cid.parley.tab({ kind: 'company', id: 'none' }).getSnapshot().state).toBe('refused');
  });

  it('stays open until the last of those who hold it lets go, each once', async () => {
    await real.server.directory.put({ records: [company('held')] });
    const cid = await real.online('cid');
    const tab = cid.parley.tab({ kind: 'company', id: 'held' });
    const [first, second] = [tab.hold(), tab.hold()];
    await tab.open();
    first();
    first();
    expect(tab.getSnapshot().state).toBe('open');
    second();
    expect(tab.getSnapshot().state).toBe('closed');
  });

  it('is open when open() resolves: asked for before the first connection, twice, and over one that was cut', async () => {
    await real.server.directory.put({ records: [company('acme')] });
    const cid = real.client('cid');
    const tab = cid.parley.tab({ kind: 'company', id: 'acme' });
    void tab.open();
    await tab.open();
    expect(tab.getSnapshot().state).toBe('open');
    tab.close();
    const again = tab.open();
    cid.cut();
    await again;
    expect(tab.getSnapshot().state).toBe('open');
  });

  it('is open again after a reconnect', async () => {
    await real.server.directory.put({ records: [company('acme')] });
    const [ann, cid] = [await real.online('ann'), await real.online('cid')];
    const about = { kind: 'company', id: 'acme' } as const;
    const tab = cid.parley.tab(about);
    await tab.open();
    cid.cut();
    const { conversation } = await ann.parley.start({ text: 'meanwhile', people: ['bob'], about });
    await until(() => names(tab.getSnapshot().conversations).includes(conversation), 'came over the reconnect');
    await ann.parley.reply(conversation, 'and live');
    await until(() => tab.getSnapshot().conversations[0]?.head === 2, 'live again');
  });
});

describe('connections', () => {
  it('[CMD-3] a cut connection resumes with exactly what was missed', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    const { conversation } = await ann.parley.start({ text: 'm1', people: ['bob'] });
    await until(() => bob.parley.conversation(conversation).getSnapshot() !== null, 'bob has it');
    const abort = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const event of bob.parley.events({ signal: abort.signal })) {
        if (event.type === 'entries') seen.push(...event.detail.entries.map((entry) => entry.seq));
      }
    })();
    for (let i = 2; i <= 40; i++) {
      await ann.parley.reply(conversation, `m${i}`);
      if (i % 8 === 0) bob.cut();
    }
    await until(() => bob.parley.conversation(conversation).getSnapshot()?.head === 40, 'all came');
    abort.abort();
    await reading;
    expect(seen).toEqual(Array.from({ length: 39 }, (_, i) => i + 2));
    expect(bob.sockets.length).toBeGreaterThan(1);
    expect(bob.reasons).toEqual(['connect']);
  });

  it('[CMD-1] commands over cut connections are done once', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    const { conversation } = await ann.parley.start({ text: 'm1', people: ['bob'] });
    const replies: Promise<{ seq: number }>[] = [];
    for (let i = 2; i <= 60; i++) {
      replies.push(ann.parley.reply(conversation, `m${i}`));
      if (i % 7 === 0) {
        await replies.at(-4);
        ann.cut();
      }
    }
    const seqs = (await Promise.all(replies)).map((reply) => reply.seq);
    expect(seqs).toEqual(Array.from({ length: 59 }, (_, i) => i + 2));
    await until(() => bob.parley.conversation(conversation).getSnapshot()?.head === 60, 'bob has all');
    await until(() => ann.parley.outbox.getSnapshot().length === 0, 'the outbox is empty');
    expect(texts(bob.parley, conversation)).toEqual(['m58', 'm59', 'm60']);
  });

  it('comes back by itself after a restart of the server, with what was typed meanwhile', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    const drains: number[] = [];
    ann.parley.on('drain', ({ reconnectWithinMs }) => drains.push(reconnectWithinMs));
    const { conversation } = await ann.parley.start({ text: 'before', people: ['bob'] });
    await until(() => bob.parley.conversation(conversation).getSnapshot() !== null, 'bob has it');
    await real.down();
    const reply = ann.parley.reply(conversation, 'typed while it was down');
    expect(ann.parley.outbox.getSnapshot()).toMatchObject([{ status: 'pending' }]);
    await real.up();
    expect(await reply).toMatchObject({ seq: 2 });
    await until(() => texts(bob.parley, conversation).length === 2, 'bob has it');
    expect(drains).toEqual([300]);
    expect(ann.parley.state.getSnapshot()).toBe('online');
  });

  it('[CMD-3] resumes over a restart of the embedded store', async () => {
    const path = mkdtempSync(join(tmpdir(), 'parley-client-'));
    const embedded = await RealServer.start(['ann', 'bob'], () => openStores(path));
    const [ann, bob] = [await embedded.online('ann'), await embedded.online('bob')];
    const { conversation } = await ann.parley.start({ text: 'm1', people: ['bob'] });
    await until(() => bob.parley.conversation(conversation).getSnapshot() !== null, 'bob has it');
    const seen: number[] = [];
    bob.parley.on('entries', ({ entries }) => seen.push(...entries.map((entry) => entry.seq)));
    for (let i = 2; i <= 7; i++) {
      if (i % 3 === 0) await embedded.down();
      const reply = ann.parley.reply(conversation, `m${i}`);
      if (i % 3 === 0) await embedded.up();
      expect(await reply).toMatchObject({ seq: i });
    }
    await until(() => bob.parley.conversation(conversation).getSnapshot()?.head === 7, 'all came');
    expect(seen).toEqual([2, 3, 4, 5, 6, 7]);
    await embedded.close();
    rmSync(path, { recursive: true });
  });

  it('a token is renewed in the session; an expired one is replaced', async () => {
    const reasons: string[] = [];
    const states: string[] = [];
    const ann = await real.online('ann', {
      getToken: ({ reason }) => {
        reasons.push(reason);
        return real.token('ann', 3);
      },
    });
    ann.parley.on('state', (state) => states.push(state));
    await until(() => reasons.filter((reason) => reason === 'renew').length === 2, 'two renewals');
    expect(states).toEqual([]);
    expect(ann.sockets).toHaveLength(1);
    let fresh = true;
    const late: string[] = [];
    const bob = await real.online('bob', {
      getToken: ({ reason }) => {
        late.push(reason);
        if (reason === 'renew') return fresh ? real.token('bob', 1) : 'nonsense';
        return real.token('bob', reason === 'connect' ? 1 : 3_600);
      },
    });
    fresh = false;
    await until(
      () => late.includes('expired') && bob.parley.state.getSnapshot() === 'online',
      'online with a new token',
    );
    expect(bob.sockets.length).toBeGreaterThan(1);
  });

  it('a token that is not accepted is asked for again', async () => {
    const reasons: string[] = [];
    const client = await real.online('ann', {
      getToken: ({ reason }) => {
        reasons.push(reason);
        return reason === 'connect' ? 'nonsense' : real.token('ann');
      },
    });
    expect(reasons).toEqual(['connect', 'rejected']);
    expect(client.parley.me.getSnapshot()).toMatchObject({ id: 'ann', last: 'ann' });
  });

  it('[CMD-4] deactivation ends it for good', async () => {
    const ann = await real.online('ann');
    const errors: ParleyError[] = [];
    ann.parley.on('error', (error) => errors.push(error));
    await real.server.directory.put({ people: [{ ...directoryPerson('ann'), active: false }] });
    await until(() => ann.parley.state.getSnapshot() === 'closed', 'closed');
    expect(errors.at(-1)).toMatchObject({ name: 'deactivated', code: 4501 });
    await expect(ann.parley.start({ text: 'still?', people: ['bob'] })).rejects.toMatchObject({ name: 'closed' });
    expect(ann.sockets).toHaveLength(1);
  });
});

function directoryPerson(id: string) {
  const found = real.server.directory.person(id);
  if (found === undefined) throw new Error(id);
  return found;
}

describe('the rest', () => {
  it('[ALERT-1][ALERT-5] pop-ups come where the boxes say so, to everyone but the author', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    await bob.parley.setAlerts({
      email: { conversations: false, messages: false },
      popup: { conversations: true, messages: false },
    });
    expect(await bob.parley.alerts()).toMatchObject({ popup: { conversations: true, messages: false } });
    const popups: [string, string][] = [];
    for (const { parley, person } of [ann, bob]) parley.on('popup', (popup) => popups.push([person, popup.kind]));
    const { conversation } = await ann.parley.start({ text: 'hello', people: ['bob'] });
    await ann.parley.reply(conversation, 'again');
    await until(() => bob.parley.conversation(conversation).getSnapshot()?.head === 2, 'both came');
    expect(popups).toEqual([['bob', 'conversation']]);
  });

  it('people and records are found; participants are not offered', async () => {
    await real.server.directory.put({ records: [company('acme'), company('zeta')] });
    const ann = await real.online('ann');
    const { conversation } = await ann.parley.start({ text: 'hello', people: ['bob'] });
    expect(names(await ann.parley.people('B'))).toEqual(['bob']);
    expect(names(await ann.parley.people('', { conversation }))).toEqual(['cid', 'dan']);
    expect(await ann.parley.records('company z')).toEqual([{ kind: 'company', id: 'zeta', name: 'Company zeta' }]);
  });

  it('a name that changes is changed everywhere', async () => {
    const [ann, bob] = [await real.online('ann'), await real.online('bob')];
    const { conversation } = await ann.parley.start({ text: 'hello', people: ['bob'] });
    await until(() => bob.parley.conversation(conversation).getSnapshot() !== null, 'bob has it');
    await real.server.directory.put({ people: [{ ...directoryPerson('ann'), last: 'Married' }] });
    await until(() => bob.parley.conversation(conversation).getSnapshot()?.starter.last === 'Married', 'the new name');
    expect(bob.parley.conversation(conversation).getSnapshot()?.entries[0]?.by.last).toBe('Married');
  });

  it('events end with the client', async () => {
    const ann = await real.online('ann');
    const events: ParleyEvent['type'][] = [];
    const reading = (async () => {
      for await (const event of ann.parley.events()) events.push(event.type);
    })();
    await ann.parley.start({ text: 'hello', people: ['bob'] });
    await until(() => events.includes('entries'), 'an event');
    ann.parley.close();
    await reading;
    expect(events.at(-1)).toBe('state');
    expect(picture(ann.parley).conversations).toHaveLength(1);
  });
});
