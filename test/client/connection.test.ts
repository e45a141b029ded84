/** The life of the connection, on a scripted far end and a virtual clock. */
import { describe, expect, it } from 'vitest';
import { ParleyError, type Sidebar } from '../../src/client/index.ts';
import { closeCodes } from '../../src/wire/close-codes.ts';
import { errorFrame } from '../../src/wire/errors.ts';
import type { ServerFrames } from '../../src/wire/frames.ts';
import { bob, card, message, online, room, scripted } from './scripted.ts';
import { settle } from './virtual-clock.ts';

const a = room('a');
const live: ServerFrames['live'] = { t: 'live', at: [9], directory: 4, badge: 0 };

describe('states', () => {
  it('[LIST-6] a list that lacks damaged conversations says how many, and is loaded afresh until it is whole', async () => {
    const { parley, clock, socket } = await scripted();
    socket().welcome({ epoch: '' });
    await settle();
    socket().list([card(a, [message(1, 'bob')])], { unavailable: 2 });
    await settle();
    expect(parley.sidebar.getSnapshot()).toMatchObject({ unavailable: 2, loading: false });
    socket().drop();
    await clock.advance(60_000);
    socket().accept();
    await settle();
    expect(socket().last('hello').resume).toMatchObject({ epoch: '' });
    socket().welcome({ epoch: 'e1' });
    await settle();
    socket().list([card(a, [message(1, 'bob')]), card(room('b'), [message(1, 'bob')])]);
    await settle();
    expect(parley.sidebar.getSnapshot()).toMatchObject({ unavailable: 0 });
    expect(parley.sidebar.getSnapshot().conversations).toHaveLength(2);
  });

  it('connecting until the list has been loaded, then online', async () => {
    const { parley, socket } = await scripted();
    const states: string[] = [];
    parley.on('state', (state) => states.push(state));
    expect(parley.state.getSnapshot()).toBe('connecting');
    socket().welcome({ badge: 1 });
    await settle();
    expect(parley.state.getSnapshot()).toBe('connecting');
    socket().list([card(a, [message(1, 'bob')], { unread: 1, readUpTo: 0 })], { badge: 1 });
    await settle();
    expect(states).toEqual(['online']);
    expect(parley.sidebar.getSnapshot()).toMatchObject({ badge: 1, loading: false, more: false });
    expect(parley.sidebar.getSnapshot().conversations.map((view) => view.id)).toEqual([a]);
    parley.close();
    expect(states).toEqual(['online', 'closed']);
  });

  it('the token goes into hello and never into the URL', async () => {
    const { socket, parley } = await online([]);
    expect(socket().url).toBe('ws://parley.test/v1');
    expect(socket().protocols).toBe('parley.v1');
    expect(socket().last('hello')).toMatchObject({ v: 1, token: 'token-1' });
    parley.close();
  });

  it('reconnects with backoff for as long as it takes, and says offline where there is no network', async () => {
    const { parley, clock, sockets, network, socket } = await online([]);
    socket().drop();
    expect(parley.state.getSnapshot()).toBe('reconnecting');
    for (let i = 0; i < 12; i++) {
      const before = sockets.length;
      await clock.advance(15_001);
      expect(sockets.length).toBeGreaterThan(before);
      socket().drop();
    }
    network.value = false;
    network.change();
    expect(parley.state.getSnapshot()).toBe('offline');
    const before = sockets.length;
    network.value = true;
    network.change();
    await settle();
    expect(sockets.length).toBe(before + 1);
    expect(parley.state.getSnapshot()).toBe('reconnecting');
    parley.close();
  });

  it('waits at least as long as the server asks before it comes back', async () => {
    const { parley, clock, sockets, socket } = await online([]);
    socket().drop();
    await clock.advance(15_001);
    const before = sockets.length;
    socket().say(errorFrame('address-limited', { retryAfterMs: 40_000 }));
    socket().drop(closeCodes['address-limited'].code);
    await clock.advance(39_999);
    expect(sockets.length).toBe(before);
    await clock.advance(15_001);
    expect(sockets.length).toBe(before + 1);
    parley.close();
  });

  it('an abort signal closes it, also before it began', async () => {
    const abort = new AbortController();
    const { parley, clock } = await scripted({ signal: abort.signal });
    abort.abort();
    expect(parley.state.getSnapshot()).toBe('closed');
    expect(clock.waiting).toBe(0);
    const never = await scripted({ signal: AbortSignal.abort() });
    expect(never.sockets).toHaveLength(0);
    expect(never.parley.state.getSnapshot()).toBe('closed');
  });

  it.each(Object.entries(closeCodes).filter(([, { client }]) => client === 'stop'))(
    'stops for good on %s and rejects what is under way with it',
    async (name, { code }) => {
      const { parley, clock, sockets, socket } = await online([card(a, [message(1, 'bob')])]);
      const errors: ParleyError[] = [];
      parley.on('error', (error) => errors.push(error));
      const reply = parley.reply(a, 'hello').catch((error: unknown) => error);
      socket().drop(code);
      expect(parley.state.getSnapshot()).toBe('closed');
      expect(await reply).toMatchObject({ name, code });
      expect(errors.map((error) => error.name)).toEqual([name]);
      await clock.advance(3_600_000);
      expect(sockets).toHaveLength(1);
      const why = { name: 'closed', message: `The client was closed: ${name}.`, cause: errors[0] };
      await expect(parley.reply(a, 'again')).rejects.toMatchObject(why);
      await expect(parley.people('b')).rejects.toMatchObject(why);
      parley.close();
      await expect(parley.readAll()).rejects.toMatchObject(why);
    },
  );

  it('what waits for the first load, or comes later, is refused with what ended the client before it', async () => {
    const { parley, socket } = await scripted();
    const waiting = parley.readAll().catch((error: unknown) => error);
    socket().drop(closeCodes.deactivated.code);
    const why = { name: 'closed', cause: { name: 'deactivated', code: closeCodes.deactivated.code } };
    expect(await waiting).toMatchObject(why);
    await expect(parley.readAll()).rejects.toMatchObject(why);
  });

  it('what is asked for after close() is refused without any other cause', async () => {
    const { parley } = await online([]);
    parley.close();
    for (const asked of [parley.reply(a, 'again'), parley.people('b')]) {
      const error = await asked.catch((refused: unknown) => refused);
      expect(error).toMatchObject({ name: 'closed', message: 'The client was closed.' });
      expect(error).not.toHaveProperty('cause');
    }
  });

  it('throws at once for what can never work', async () => {
    await expect(scripted({ url: 'https://host/v1' })).rejects.toThrow(TypeError);
  });
});

describe('a connection that dies without a word', () => {
  it('is found by a ping that nothing follows', async () => {
    const { parley, clock, sockets, socket } = await online([]);
    await clock.advance(25_000);
    expect(socket().count('ping')).toBe(1);
    await clock.advance(15_000);
    expect(sockets[0]?.closedByClient).toBe(true);
    expect(sockets).toHaveLength(2);
    parley.close();
  });

  it('stays while pongs come', async () => {
    const { parley, clock, sockets, socket } = await online([]);
    for (let i = 0; i < 20; i++) {
      await clock.advance(10_000);
      if (socket().count('ping') > 0) socket().say({ t: 'pong' });
    }
    expect(sockets).toHaveLength(1);
    expect(socket().count('ping')).toBeGreaterThan(5);
    parley.close();
  });

  it('is given up when there is no welcome', async () => {
    const { parley, clock, sockets } = await scripted();
    await clock.advance(21_000);
    expect(sockets).toHaveLength(2);
    parley.close();
  });

  it('bytes that are no frame end it', async () => {
    const { parley, clock, sockets, socket } = await online([]);
    const errors: string[] = [];
    parley.on('error', (error) => errors.push(error.name));
    socket().bytes(Uint8Array.of(0xc1));
    await clock.advance(1_000);
    expect(errors).toEqual(['frame-unreadable']);
    expect(sockets).toHaveLength(2);
    parley.close();
  });

  it('frames that this client does not know are passed over', async () => {
    const { parley, socket } = await online([]);
    socket().say({ t: 'weather', sunny: true } as never);
    expect(parley.state.getSnapshot()).toBe('online');
    parley.close();
  });
});

describe('tokens', () => {
  it('an expired or rejected one is replaced at once, saying why', async () => {
    const { parley, clock, reasons, socket } = await online([]);
    socket().drop(closeCodes['token-expired'].code);
    await clock.advance(0);
    expect(reasons).toEqual(['connect', 'expired']);
    socket().accept();
    expect(socket().last('hello').token).toBe('token-2');
    socket().say(errorFrame('token-invalid'));
    socket().drop(closeCodes['token-invalid'].code);
    await clock.advance(60_000);
    expect(reasons.slice(0, 3)).toEqual(['connect', 'expired', 'rejected']);
    parley.close();
  });

  it('one that is still good is used again', async () => {
    const { parley, clock, reasons, sockets, socket } = await online([]);
    socket().drop();
    await clock.advance(1_000);
    expect(sockets).toHaveLength(2);
    expect(reasons).toEqual(['connect']);
    parley.close();
  });

  it('is renewed before it expires, over and over', async () => {
    const all = await scripted();
    const { parley, clock, reasons, socket } = all;
    const inMinutes = (minutes: number) => (clock.now() + minutes * 60_000) * 1000;
    socket().welcome({ expiresAt: inMinutes(10), heartbeatMs: 3_600_000 });
    await settle();
    socket().list([]);
    await clock.advance(9 * 60_000 + 1_000);
    expect(reasons).toEqual(['connect', 'renew']);
    expect(socket().last('renew').token).toBe('token-2');
    socket().answer('renew', { expiresAt: inMinutes(10) });
    await clock.advance(9 * 60_000 + 1_000);
    expect(reasons).toEqual(['connect', 'renew', 'renew']);
    expect(all.sockets).toHaveLength(1);
    parley.close();
  });

  it('getToken may fail; the client says so and goes on trying', async () => {
    let calls = 0;
    const errors: string[] = [];
    const all = await scripted({
      getToken: () => {
        calls += 1;
        if (calls < 3) throw new Error('no network');
        return 'token';
      },
    });
    all.parley.on('error', (error) => errors.push(error.name));
    await all.clock.advance(5_000);
    expect(all.sockets).toHaveLength(1);
    expect(errors).toEqual(['token-unavailable']);
    expect(calls).toBe(3);
    all.parley.close();
  });

  it('one of another person closes the client: what it holds is not theirs', async () => {
    const { parley, clock, socket } = await online([]);
    socket().drop();
    await clock.advance(1_000);
    socket().welcome({ person: bob, resumed: true });
    expect(parley.state.getSnapshot()).toBe('closed');
  });
});

describe('drain', () => {
  it('stays until a random part of the time is over, then connects again and resumes', async () => {
    const { parley, clock, sockets, socket } = await online([]);
    const drains: number[] = [];
    parley.on('drain', ({ reconnectWithinMs }) => drains.push(reconnectWithinMs));
    socket().say({ t: 'drain', reconnectWithinMs: 4_000 });
    await clock.advance(1_900);
    expect([drains, sockets.length, parley.state.getSnapshot()]).toEqual([[4_000], 1, 'online']);
    await clock.advance(200);
    expect(sockets).toHaveLength(2);
    socket().accept();
    expect(socket().last('hello').resume).toEqual({ epoch: 'e1', at: [5], directory: 3 });
    parley.close();
  });

  it('waits the rest of it where the server closes first', async () => {
    const { parley, clock, sockets, socket } = await online([]);
    socket().say({ t: 'drain', reconnectWithinMs: 4_000 });
    await clock.advance(1_000);
    socket().drop(closeCodes.drain.code);
    await clock.advance(900);
    expect(sockets).toHaveLength(1);
    await clock.advance(200);
    expect(sockets).toHaveLength(2);
    parley.close();
  });
});

describe('resuming', () => {
  it('a new name outlives the old one of an answer that came just before it, in the same turn', async () => {
    const { parley, socket } = await online([card(a, [message(1, 'bob')])]);
    const refreshed = parley.sidebar.refresh();
    await settle();
    // One after the other and without a pause, as a socket hands over what came in one packet.
    socket().list([card(a, [message(1, 'bob')])]);
    socket().say({ t: 'person', directory: 4, person: { ...bob, last: 'Brown' } });
    await refreshed;
    expect(parley.sidebar.getSnapshot().conversations[0]?.participants.map((one) => one.last)).toContain('Brown');
  });

  it('[CMD-3] goes on from the position of the last frame, and shows nothing of a catch-up before its end', async () => {
    const { parley, clock, socket } = await online([card(a, [message(1, 'bob')])]);
    socket().say({ t: 'entries', at: [0, 7], conversation: a, entries: [message(2, 'bob')], people: [] });
    socket().say({ t: 'badge', badge: 1 });
    socket().drop();
    await clock.advance(1_000);
    socket().welcome({ resumed: true, badge: 1, at: [9], directory: 4 });
    expect(socket().last('hello').resume).toEqual({ epoch: 'e1', at: [7], directory: 3 });
    const before = parley.sidebar.getSnapshot();
    expect(before.conversations[0]?.head).toBe(2);
    let told = 0;
    parley.sidebar.subscribe(() => {
      told += 1;
    });
    const b = room('b');
    socket().say({
      t: 'card',
      card: card(a, [message(3, 'bob')], { visible: [[1, 3]], unread: 2, readUpTo: 1 }),
      people: [],
    });
    socket().say({ t: 'card', card: card(b, [message(1, 'bob')], { order: 99, unread: 1, readUpTo: 0 }), people: [] });
    expect(parley.sidebar.getSnapshot()).toBe(before);
    expect(parley.state.getSnapshot()).toBe('reconnecting');
    socket().say({ ...live, badge: 2 });
    expect(told).toBe(1);
    expect(parley.state.getSnapshot()).toBe('online');
    const after = parley.sidebar.getSnapshot();
    expect(after.badge).toBe(2);
    expect(after.conversations.map(({ id, unread, head }) => [id, unread, head])).toEqual([
      [b, 1, 1],
      [a, 2, 3],
    ]);
    parley.close();
  });

  it('[SEE-6] a new name stays, though an answer on its way still has the old one', async () => {
    const b = room('b');
    const { parley, socket } = await online([card(a, [message(1, 'bob')])]);
    const nameOfBob = () =>
      parley
        .conversation(a)
        .getSnapshot()
        ?.participants.find(({ id }) => id === 'bob')?.last;
    const asked = parley.conversation(b).load();
    await settle();
    socket().say({ t: 'person', directory: 4, person: { ...bob, last: 'Bright' } });
    socket().answer('get', { card: card(b, [message(1, 'bob')]), people: [bob] });
    await asked;
    expect(nameOfBob()).toBe('Bright');
    const askedAfterwards = parley.people('Br');
    await settle();
    socket().answer('people', { people: [{ ...bob, last: 'Brown' }] });
    await askedAfterwards;
    expect(nameOfBob()).toBe('Brown');
    parley.close();
  });

  it('[SEE-6] names of a history that cannot be resumed are those of its answers', async () => {
    const { parley, clock, socket } = await online([card(a, [message(1, 'bob')])]);
    const asked = parley.people('B');
    await settle();
    socket().say({ t: 'person', directory: 4, person: { ...bob, last: 'Bright' } });
    socket().drop();
    await clock.advance(1_000);
    socket().welcome({ epoch: 'e2' });
    await settle();
    socket().answer('people', { people: [{ ...bob, last: 'Brown' }] });
    await asked;
    socket().list([card(a, [message(1, 'bob')])], { people: [] });
    await settle();
    expect(
      parley
        .conversation(a)
        .getSnapshot()
        ?.participants.find(({ id }) => id === 'bob')?.last,
    ).toBe('Brown');
    parley.close();
  });

  it('[CMD-3] a catch-up cut off in the middle begins again from the same place', async () => {
    const { parley, clock, socket } = await online([card(a, [message(1, 'bob')])]);
    socket().drop();
    await clock.advance(1_000);
    socket().welcome({ resumed: true, at: [9], directory: 4 });
    socket().say({ t: 'card', card: card(a, [message(2, 'bob')], { visible: [[1, 2]] }), people: [] });
    socket().drop();
    await clock.advance(2_000);
    socket().welcome({ resumed: true, at: [9], directory: 4 });
    expect(socket().last('hello').resume).toEqual({ epoch: 'e1', at: [5], directory: 3 });
    socket().say(live);
    expect(parley.state.getSnapshot()).toBe('online');
    parley.close();
  });

  it('[CMD-3] loads afresh where the server says so, keeping what was expanded', async () => {
    const entries = [1, 2, 3, 4, 5].map((seq) => message(seq, 'bob'));
    const { parley, clock, socket } = await online([card(a, entries)]);
    await parley.conversation(a).more();
    expect(parley.conversation(a).getSnapshot()?.entries).toHaveLength(5);
    socket().drop();
    await clock.advance(1_000);
    socket().welcome({ resumed: false, epoch: 'e2', at: [2] });
    await settle();
    expect(parley.conversation(a).getSnapshot()?.entries).toHaveLength(5);
    socket().list([card(a, entries.slice(1, 4), { from: 2, visible: [[1, 4]], more: true })]);
    await settle();
    socket().answer('history', { entries: [message(1, 'bob')], people: [], more: false });
    await settle();
    const view = parley.conversation(a).getSnapshot();
    expect(view?.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4]);
    expect(view?.expanded).toBe(true);
    socket().drop();
    await clock.advance(1_000);
    socket().accept();
    expect(socket().last('hello').resume).toMatchObject({ epoch: 'e2', at: [2] });
    parley.close();
  });

  it.each<[string, (sidebar: Sidebar) => Promise<void>]>([
    ['loadOlder', (sidebar) => sidebar.loadOlder()],
    ['refresh', (sidebar) => sidebar.refresh()],
    ['filterBy', (sidebar) => sidebar.filterBy('bob')],
  ])('[CMD-3] %s under way is done when the list that begins afresh is there', async (_name, act) => {
    const { parley, clock, socket } = await scripted();
    socket().welcome();
    await settle();
    socket().list([card(a, [message(2, 'bob')])], { next: { order: 20, conversation: a } });
    await settle();
    let isDone = false;
    const acting = act(parley.sidebar).then(() => {
      isDone = true;
    });
    // The second time it is the load that took its place which is cut short.
    for (const epoch of ['e2', 'e3']) {
      await settle();
      expect(isDone).toBe(false);
      socket().drop();
      await clock.advance(2_000);
      socket().welcome({ epoch, at: [2] });
    }
    // Of all and, where there is a filter, of what matches it.
    for (let list = 0; list < 2; list += 1) {
      await settle();
      socket().list([card(room('b'), [message(1, 'bob')])]);
    }
    await acting;
    expect(parley.sidebar.getSnapshot()).toMatchObject({ loading: false, more: false });
    expect(parley.sidebar.getSnapshot().conversations.map(({ id }) => id)).toEqual([room('b')]);
    parley.close();
  });

  it('loadOlder of a tab under way is done when the tab has been loaded anew, and ends with a tab that is closed', async () => {
    const { parley, clock, socket } = await online([]);
    const record = { kind: 'company', id: 'acme', name: 'Acme' } as const;
    const page = { record, people: [bob], next: { order: 20, conversation: a }, at: [5] };
    const tab = parley.tab(record);
    const opening = tab.open();
    await settle();
    socket().answer('openTab', { ...page, cards: [card(a, [message(2, 'bob')])] });
    await opening;
    const older = tab.loadOlder();
    socket().drop();
    await clock.advance(1_000);
    socket().welcome({ resumed: true });
    socket().say(live);
    await settle();
    socket().answer('openTab', { ...page, cards: [card(room('b'), [message(3, 'bob')])] });
    await older;
    expect(tab.getSnapshot().conversations.map(({ id }) => id)).toEqual([room('b')]);
    const cut = tab.loadOlder().catch((error: unknown) => error);
    tab.close();
    expect(await cut).toMatchObject({ name: 'AbortError', message: 'The tab was closed.' });
    parley.close();
  });

  it('[CMD-3] a first load cut off in the middle is no place to resume from', async () => {
    const { parley, clock, socket } = await scripted();
    socket().welcome();
    await settle();
    socket().drop();
    await clock.advance(1_000);
    socket().accept();
    expect(socket().last('hello').resume).toBeUndefined();
    parley.close();
  });
});

it('errors are ParleyErrors with code, rule and retryable', async () => {
  const { parley, socket } = await online([card(a, [message(1, 'bob')])]);
  const refused = parley.leave(a);
  socket().say(errorFrame('leave-starter', { id: socket().last('leave').id }));
  const error = await refused.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ParleyError);
  expect(error).toMatchObject({ name: 'leave-starter', code: 2502, rule: 'LEAVE-2', retryable: false });
  parley.close();
});
