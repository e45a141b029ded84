import { afterEach, describe, expect, it } from 'vitest';
import type { Card, Entry, ListCursor } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';
import { seeded } from '../wire/mutate.ts';
import { Follower, newestFirst } from './follower.ts';
import { delayedReads, slowReads } from './slow-archive.ts';

const seed = Number(process.env.PARLEY_SEED ?? 20_261_122);
const quick = { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 };
const people = ['ann', 'bob', 'cid', 'dora', 'eve'];
type Clients = [RawClient, RawClient, RawClient, RawClient, RawClient];

let server: TestServer;
afterEach(() => server.stop());
async function open(who: readonly string[] = people, options: TestServerOptions = {}): Promise<Clients> {
  server = await startTestServer({ people, ...options, limits: { ...quick, ...options.limits } });
  return (await Promise.all(who.map((person) => RawClient.signIn(server, person)))) as Clients;
}

/** The whole list, page by page. */
async function listOf(client: RawClient, limit = 50, withPerson?: string): Promise<Card[]> {
  const cards: Card[] = [];
  const filter = withPerson === undefined ? {} : { with: withPerson };
  for (let before: ListCursor | null = null; ; ) {
    const page: { cards: Card[]; next: ListCursor | null } = await client.must('list', {
      limit,
      ...filter,
      ...(before === null ? {} : { before }),
    });
    cards.push(...page.cards);
    before = page.next;
    if (before === null) return cards;
  }
}
const idsOf = (cards: readonly Card[]) => cards.map((card) => card.conversation);
const seqsOf = (entries: readonly Entry[]) => entries.map((entry) => entry.seq);

/** Everything that More shows, a page of `limit` at a time, behind the card's own entries. */
async function allOf(client: RawClient, card: Card, limit: number): Promise<Entry[]> {
  const entries = [...card.entries];
  for (let more = card.more, before = card.from; more; before = entries[0]?.seq ?? 1) {
    const page = await client.must('history', { conversation: card.conversation, before, limit });
    if (page.entries.length === 0) throw new Error('more was promised and nothing came');
    entries.unshift(...page.entries);
    more = page.more;
  }
  return entries;
}

const messagesIn = (entries: readonly Entry[]) => entries.filter((entry) => entry.kind === 'message').length;

describe('order and pages', () => {
  it('[LIST-1] every conversation of which one has a copy, the newest visible message first; an invitee by joining; notices do not reorder', async () => {
    const [ann, bob, cid] = await open();
    const start = async (text: string, others = ['bob', 'cid']) =>
      (await ann.must('start', { text, people: others })).conversation;
    const [one, two, three] = [await start('1'), await start('2'), await start('3', ['cid'])];
    expect(idsOf(await listOf(bob))).toEqual([two, one]);
    await bob.must('reply', { conversation: one, text: 'up' });
    expect(idsOf(await listOf(bob))).toEqual([one, two]);
    await ann.must('invite', { conversation: two, people: ['dora'] });
    expect(idsOf(await listOf(bob))).toEqual([one, two]);
    await ann.must('invite', { conversation: three, people: ['bob'] });
    expect(idsOf(await listOf(bob))).toEqual([three, one, two]);
    expect(idsOf(await listOf(cid))).toEqual([one, three, two]);
    await bob.must('leave', { conversation: two });
    await ann.must('reply', { conversation: two, text: 'without bob' });
    expect(idsOf(await listOf(bob))).toEqual([three, one, two]);
    await bob.must('delete', { conversation: one, upTo: 2 });
    expect(idsOf(await listOf(bob))).toEqual([three, two]);
    expect(idsOf(await listOf(ann))).toEqual([two, one, three]);
  });

  it('[LIST-2] pages of every size are the same list, each conversation once, over a restart too', async () => {
    const [ann] = await open(['ann']);
    const ids: string[] = [];
    for (let n = 0; n < 23; n += 1)
      ids.unshift((await ann.must('start', { text: `${n}`, people: ['bob'] })).conversation);
    for (const limit of [1, 2, 7, 22, 23, 50]) expect(idsOf(await listOf(ann, limit))).toEqual(ids);
    await server.crash();
    server = await startTestServer({ stores: server.stores, limits: quick });
    const again = await RawClient.signIn(server, 'ann');
    for (const limit of [1, 7, 50]) expect(idsOf(await listOf(again, limit))).toEqual(ids);
  });

  it.each([1, 2, 3, 4])(
    `[LIST-2] walked while others write, start, invite and while the reader deletes: merged as the protocol says, nothing is missing or stale (seed ${seed} + %i)`,
    async (nth) => {
      const random = seeded(seed + nth);
      const below = (n: number) => Math.floor(random() * n);
      const [ann, bob, cid, bob2] = await open(['ann', 'bob', 'cid', 'bob'], {
        stores: slowReads(random, 3),
        limits: { residentConversationsMax: 4, checkpointIntervalMs: 15 },
      });
      const ids: string[] = [];
      for (let n = 0; n < 40; n += 1)
        ids.push((await ann.must('start', { text: `${n}`, people: ['bob', 'cid'] })).conversation);
      await server.server.host.checkpoint();
      const calm = new Set(ids);
      const late = await RawClient.signIn(server, 'bob');
      const follower = new Follower(late);
      let walking = true;
      const writing = (async () => {
        while (walking) {
          const conversation = ids[below(ids.length)] as string;
          calm.delete(conversation);
          const dice = below(10);
          if (dice === 0) ids.push((await cid.must('start', { text: 'new', people: ['bob', 'ann'] })).conversation);
          else if (dice === 1) await bob.ask('delete', { conversation, upTo: 1 });
          else if (dice === 2) await bob2.ask('read', { conversation, upTo: 1 });
          else if (dice === 3) await ann.ask('invite', { conversation, people: ['dora'] });
          else await (dice < 7 ? ann : cid).ask('reply', { conversation, text: `more ${dice}` });
        }
      })();
      const paged = idsOf(await listOf(late, 1 + below(6)));
      walking = false;
      await writing;
      // What nobody touched stands in the pages exactly once, in its place.
      const still = paged.filter((id) => calm.has(id));
      expect(still).toEqual([...ids].reverse().filter((id) => calm.has(id)));
      await follower.settle();
      const meant = await listOf(bob);
      expect(follower.order()).toEqual(idsOf(meant));
      for (const card of meant) {
        const { held, order, unread, readUpTo } = (() => {
          const found = follower.held.get(card.conversation);
          return { held: found, ...(found?.card as Card) };
        })();
        expect({ order, unread, readUpTo }).toEqual({
          order: card.order,
          unread: card.unread,
          readUpTo: card.readUpTo,
        });
        const tail = held?.entries.slice(-card.entries.length);
        expect(tail).toEqual(card.entries);
      }
      expect(follower.badge).toBe(meant.filter(({ unread }) => unread > 0).length);
    },
  );

  it('[LIST-2] a conversation that moves up while its page is made stands at its new place afterwards', async () => {
    const [ann, bob] = await open(['ann', 'bob'], {
      stores: slowReads(() => 1, 5),
      limits: { residentConversationsMax: 2 },
    });
    const ids: string[] = [];
    for (let n = 0; n < 12; n += 1)
      ids.unshift((await ann.must('start', { text: `${n}`, people: ['bob'] })).conversation);
    await server.server.host.checkpoint();
    const follower = new Follower(bob);
    await bob.settled();
    const page = bob.must('list', { limit: 10 });
    const ninth = ids[8] as string;
    await ann.must('reply', { conversation: ninth, text: 'up' });
    const { cards, next } = await page;
    expect(idsOf(cards)).toEqual(ids.slice(0, 10));
    await follower.settle();
    expect(follower.order()[0]).toBe(ninth);
    const rest = await bob.must('list', { limit: 10, before: next as ListCursor });
    expect(idsOf(rest.cards)).toEqual(ids.slice(10));
  });

  it('[LIST-2] the list of somebody who signs in while conversations start and are archived lacks none of them', async () => {
    const random = seeded(seed);
    const [ann] = await open(['ann'], {
      stores: slowReads(random, 6),
      limits: { residentConversationsMax: 2, checkpointIntervalMs: 5 },
    });
    const ids: string[] = [];
    for (let round = 0; round < 15; round += 1) {
      const fresh = people.slice(1)[round % 4] as string;
      const begun = Array.from({ length: 3 }, async () =>
        ids.push((await ann.must('start', { text: 'x', people: people.slice(1) })).conversation),
      );
      const client = await RawClient.signIn(server, fresh);
      await Promise.all(begun);
      await client.settled();
      expect(idsOf(await listOf(client)).sort()).toEqual([...ids].sort());
      await client.close();
    }
  });
});

describe('three messages, more and less', () => {
  /** ann, bob and cid, and dora who comes and goes: two notices each time. */
  async function withNotices(times: number, options: TestServerOptions = {}) {
    const clients = await open(['ann', 'bob', 'cid', 'dora'], options);
    const [ann, , , dora] = clients;
    const { conversation } = await ann.must('start', { text: 'm1', people: ['bob', 'cid'] });
    for (const text of ['m2', 'm3', 'm4']) {
      await ann.must('reply', { conversation, text });
      for (let n = 0; n < times; n += 1) {
        await ann.must('invite', { conversation, people: ['dora'] });
        await dora.must('leave', { conversation });
      }
    }
    return { clients, conversation, head: 4 + 6 * times };
  }

  it('[LIST-3] a card has the three newest messages and every notice between and behind them; More walks to the first entry', async () => {
    const { clients, conversation, head } = await withNotices(25);
    const [, bob] = clients;
    const { card } = await bob.must('get', { conversation });
    expect(messagesIn(card.entries)).toBe(3);
    expect(seqsOf(card.entries)).toEqual(Array.from({ length: head - 1 }, (_, n) => n + 2));
    expect(card).toMatchObject({ from: 2, more: true, unread: 4 });
    await server.server.host.checkpoint();
    for (const limit of [1, 7, 200]) {
      expect(seqsOf(await allOf(bob, card, limit))).toEqual(Array.from({ length: head }, (_, n) => n + 1));
    }
    // Expanding never marks anything as read.
    expect((await bob.must('get', { conversation })).card).toMatchObject({ unread: 4, readUpTo: 0 });
  });

  it('[LIST-3] where too many notices stand between the messages, the card has fewer and More has the rest', async () => {
    const { clients, conversation, head } = await withNotices(20, { limits: { cardScanMax: 50 } });
    const [, bob] = clients;
    const { card } = await bob.must('get', { conversation });
    expect(messagesIn(card.entries)).toBeLessThan(3);
    expect(card.more).toBe(true);
    expect(seqsOf(await allOf(bob, card, 9))).toEqual(Array.from({ length: head }, (_, n) => n + 1));
  });

  it('[LIST-3] [SEE-1] More steps over the gap between two stints and stops at the delete mark, whatever the size of its pages', async () => {
    const [ann, bob] = await open();
    const { conversation } = await ann.must('start', { text: 'in 1', people: ['bob', 'cid'] });
    const say = (text: string) => ann.must('reply', { conversation, text });
    for (const n of [2, 3, 4, 5]) await say(`in ${n}`);
    await bob.must('leave', { conversation });
    for (const n of [7, 8, 9]) await say(`gap ${n}`);
    await ann.must('invite', { conversation, people: ['bob'] });
    for (const n of [11, 12]) await say(`again ${n}`);
    const walk = async () => {
      const { card } = await bob.must('get', { conversation });
      const walks = await Promise.all([1, 2, 3, 4, 5, 50].map((limit) => allOf(bob, card, limit)));
      for (const entries of walks) expect(seqsOf(entries)).toEqual(seqsOf(walks[0] as Entry[]));
      return { card, seqs: seqsOf(walks[0] as Entry[]) };
    };
    const whole = await walk();
    expect(whole.card.visible).toEqual([
      [1, 6],
      [10, 12],
    ]);
    expect(seqsOf(whole.card.entries)).toEqual([5, 6, 10, 11, 12]);
    expect(whole.seqs).toEqual([1, 2, 3, 4, 5, 6, 10, 11, 12]);
    await bob.must('delete', { conversation, upTo: 3 });
    expect((await walk()).seqs).toEqual([4, 5, 6, 10, 11, 12]);
    await bob.must('delete', { conversation, upTo: 8 });
    expect(await walk()).toMatchObject({ card: { more: false, visible: [[10, 12]] }, seqs: [10, 11, 12] });
    expect(await bob.must('history', { conversation, before: 10, limit: 50 })).toMatchObject({
      entries: [],
      more: false,
    });
    expect(Buffer.concat(bob.messages).includes('gap')).toBe(false);
  });
});

describe('filter and refresh', () => {
  it('[LIST-4] only who is visible in one’s own copy matches: not who came after one left, went before one joined, or is cut off', async () => {
    const [ann, bob, cid, dora] = await open();
    const { conversation: left } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    await bob.must('leave', { conversation: left });
    await ann.must('invite', { conversation: left, people: ['dora'] });
    const { conversation: joined } = await ann.must('start', { text: 'x', people: ['cid', 'dora'] });
    await dora.must('leave', { conversation: joined });
    await ann.must('invite', { conversation: joined, people: ['bob'] });
    const { conversation: cut } = await ann.must('start', { text: 'x', people: ['bob', 'eve'] });
    const filter = async (person: string) => idsOf(await listOf(bob, 1, person));
    expect(await filter('ann')).toEqual([cut, joined, left]);
    expect(await filter('cid')).toEqual([joined, left]);
    expect(await filter('dora')).toEqual([]);
    expect(await filter('eve')).toEqual([cut]);
    expect(await filter('nobody')).toEqual([]);
    const named = async (last: string) => (await bob.must('correspondents', { last })).people.map(({ id }) => id);
    expect(await named('')).toEqual(['ann', 'cid', 'eve']);
    const eve = await RawClient.signIn(server, 'eve');
    await ann.must('invite', { conversation: cut, people: ['cid'] });
    await eve.must('leave', { conversation: cut });
    await bob.must('delete', { conversation: cut, upTo: 3 });
    await ann.must('reply', { conversation: cut, text: 'without eve' });
    expect(await filter('eve')).toEqual([]);
    expect(await named('e')).toEqual([]);
    await cid.settled();
  });

  it('[LIST-4] correspondents are found by the beginning of their last name, case and accents aside, deactivated ones too', async () => {
    const named = [
      { id: 'p1', first: 'Zoë', last: 'Ångström' },
      { id: 'p2', first: 'Al', last: 'Angel' },
      { id: 'p3', first: 'Bo', last: 'van Dyk' },
      { id: 'p4', first: 'Cy', last: 'Vance' },
    ];
    const [ann] = await open(['ann'], { people: ['ann', ...named] });
    await ann.must('start', { text: 'x', people: ['p1', 'p2', 'p3', 'p4'] });
    await server.directory.put({
      people: [{ ...(named[1] as { id: string; first: string; last: string }), email: null, active: false }],
    });
    const found = async (last: string) => (await ann.must('correspondents', { last })).people.map(({ id }) => id);
    expect((await found('ANG')).sort()).toEqual(['p1', 'p2']);
    expect((await found('v')).sort()).toEqual(['p3', 'p4']);
    expect(await found('van ')).toEqual(['p3']);
    expect(await found('ann')).toEqual([]);
  });

  it('[LIST-5] the first page asked for again with the same filter shows what is new, three messages each', async () => {
    const [ann, bob] = await open();
    const { conversation: one } = await ann.must('start', { text: '1', people: ['bob', 'cid'] });
    const { conversation: two } = await ann.must('start', { text: '2', people: ['bob'] });
    expect(idsOf(await listOf(bob, 50, 'cid'))).toEqual([one]);
    for (const text of ['a', 'b', 'c', 'd']) await ann.must('reply', { conversation: one, text });
    const { conversation: three } = await ann.must('start', { text: '3', people: ['bob', 'cid'] });
    const again = await bob.must('list', { limit: 50, with: 'cid' });
    expect(again.cards.map((card) => [card.conversation, messagesIn(card.entries)])).toEqual([
      [three, 1],
      [one, 3],
    ]);
    expect(again.badge).toBe(3);
    expect(idsOf(await listOf(bob))).toEqual([three, one, two]);
  });
});

describe('the badge', () => {
  it('[LIST-6] counts all of the list also for who signs in while something is said to them', async () => {
    let meanwhile: (() => Promise<unknown>) | null = null;
    const stores = delayedReads(async (method) => {
      if (method !== 'state' || meanwhile === null) return;
      const work = meanwhile;
      meanwhile = null;
      await work();
    });
    const [ann] = await open(['ann'], { stores, limits: { residentConversationsMax: 1 } });
    for (const text of ['1', '2', '3']) await ann.must('start', { text, people: ['bob'] });
    await server.server.host.checkpoint();
    await ann.must('start', { text: 'of others', people: ['cid'] });
    meanwhile = () => ann.must('start', { text: '4', people: ['bob'] });
    const bob = await RawClient.signIn(server, 'bob');
    const badges = (await bob.settled()).flatMap((frame) => (frame.t === 'badge' ? [frame.badge] : []));
    expect(meanwhile).toBeNull();
    expect([bob.welcome?.badge, ...badges]).toEqual([4]);
  });

  it(`[LIST-6] told, listed, welcomed and counted are one number, after every command, reconnect and restart (seed ${seed})`, async () => {
    const random = seeded(seed);
    const below = (n: number) => Math.floor(random() * n);
    const pick = <T>(from: readonly T[]) => from[below(from.length)] as T;
    let clients: RawClient[] = await open(people, { stores: 'memory', partitions: 3 });
    let told = clients.map((client) => client.welcome?.badge as number);
    const ids: string[] = [];
    for (let step = 0; step < 250; step += 1) {
      const client = pick(clients);
      const conversation = pick(ids) ?? 'AAAAAAAAAAAAAAAAAAAAAA';
      const others = people.filter((person) => person !== client.person && random() < 0.5);
      const upTo = 1 + below(8);
      const dice = ids.length === 0 ? 0 : below(22);
      if (dice < 2) {
        const begun = await client.ask('start', { text: 'x', people: others });
        if ('conversation' in begun) ids.push(begun.conversation);
      } else if (dice < 9) await client.ask('reply', { conversation, text: 'y' });
      else if (dice < 12) await client.ask('read', { conversation, upTo });
      else if (dice < 14) await client.ask('readAll', { at: server.server.host.positions() });
      else if (dice < 17) await client.ask('invite', { conversation, people: others.slice(0, 1) });
      else if (dice < 19) await client.ask('leave', { conversation });
      else if (dice < 21) await client.ask('delete', { conversation, upTo });
      else if (below(4) === 0) {
        for (const each of clients) each.socket.terminate();
        await server.crash();
        server = await startTestServer({ stores: server.stores, partitions: 3, limits: quick });
        clients = await Promise.all(people.map((person) => RawClient.signIn(server, person)));
        told = clients.map((each) => each.welcome?.badge as number);
      } else {
        const nth = clients.indexOf(client);
        await client.close();
        clients[nth] = await RawClient.signIn(server, client.person);
        expect(clients[nth]?.welcome?.badge, `seed ${seed}, step ${step}: welcome`).toBe(told[nth]);
      }
      for (const [nth, each] of clients.entries()) {
        for (const frame of await each.settled()) if (frame.t === 'badge') told[nth] = frame.badge;
        const { cards, badge } = await each.must('list', { limit: 50 });
        const counted = cards.filter((card) => card.unread > 0).length;
        expect([told[nth], badge], `seed ${seed}, step ${step}: ${each.person} counts ${counted}`).toEqual([
          counted,
          counted,
        ]);
      }
    }
  });

  it('[LIST-6] [READ-3] Mark All Read clears the badge of who has left with something unread, up to where they left', async () => {
    const [ann, bob, cid] = await open();
    const { conversation } = await ann.must('start', { text: 'unread', people: ['bob', 'cid'] });
    await bob.must('leave', { conversation });
    await ann.must('reply', { conversation, text: 'behind' });
    expect((await bob.must('list', { limit: 1 })).badge).toBe(1);
    expect(await bob.must('readAll', { at: server.server.host.positions() })).toEqual({ conversations: 1 });
    expect((await bob.must('list', { limit: 1 })).badge).toBe(0);
    await cid.settled();
  });
});

describe('replies', () => {
  const record = { kind: 'contact', id: 'k' } as const;

  it('[REPLY-1] only current participants reply, in the sidebar or a tab, with a text that shows something and fits', async () => {
    const [ann, bob, cid, dora] = await open(people, { records: [record] });
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'], about: record });
    await dora.must('openTab', { record, limit: 5 });
    expect(await dora.refusal('reply', { conversation, text: 'x' })).toBe('reply-not-participant');
    for (const text of ['', ' ', '\n\t', '\u200b', '\u00a0\u3000', '\u2800'])
      expect(await bob.refusal('reply', { conversation, text }), JSON.stringify(text)).toBe('text-blank');
    expect(await bob.refusal('reply', { conversation, text: 'x'.repeat(16_385) })).toBe('text-too-long');
    expect(await bob.refusal('reply', { conversation, text: 'é'.repeat(8_193) })).toBe('text-too-long');
    expect(await bob.must('reply', { conversation, text: 'é'.repeat(8_192) })).toMatchObject({ seq: 2 });
    expect(await bob.must('reply', { conversation, text: '🙂'.repeat(4_096) })).toMatchObject({ seq: 3 });
    await cid.must('openTab', { record, limit: 5 });
    expect(await cid.must('reply', { conversation, text: 'from the tab' })).toMatchObject({ seq: 4 });
    await cid.must('leave', { conversation });
    expect(await cid.refusal('reply', { conversation, text: 'x' })).toBe('left-reply');
  });

  it('[REPLY-2] [REPLY-3] a reply reaches everyone, reads for its author only, whose other device follows without an alert', async () => {
    const [ann, bob, cid, bob2] = await open(['ann', 'bob', 'cid', 'bob']);
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    await ann.must('reply', { conversation, text: 'y' });
    for (const client of [ann, bob, cid, bob2]) await client.settled();
    await bob.must('reply', { conversation, text: 'z' });
    const told = await Promise.all([ann, bob, cid, bob2].map((client) => client.settled()));
    const popups = told.map((frames) =>
      frames.map((frame) => (frame.t === 'entries' ? (frame.popup ?? 'silent') : frame.t)),
    );
    expect(popups).toEqual([['message', 'badge'], ['silent', 'badge'], ['message'], ['silent', 'badge']]);
    expect((await bob2.must('get', { conversation })).card).toMatchObject({ readUpTo: 3, unread: 0 });
    expect((await cid.must('get', { conversation })).card).toMatchObject({ readUpTo: 0, unread: 3 });
  });

  it('[REPLY-4] whoever writes at once, everyone sees one and the same order', async () => {
    const clients = await open();
    const [ann] = clients;
    const { conversation } = await ann.must('start', { text: 'x', people: people.slice(1) });
    await Promise.all(
      clients.flatMap((client) =>
        Array.from({ length: 30 }, (_, n) => client.must('reply', { conversation, text: `${client.person} ${n}` })),
      ),
    );
    const seen = await Promise.all(
      clients.map(async (client) => {
        const pushed = (await client.settled()).flatMap((frame) => (frame.t === 'entries' ? frame.entries : []));
        const { entries } = await client.must('history', { conversation, before: 1_000, limit: 200 });
        expect(pushed).toEqual(entries.slice(1));
        return entries;
      }),
    );
    for (const entries of seen) expect(entries).toEqual(seen[0]);
    for (const person of people) {
      const own = (seen[0] as Entry[]).flatMap((entry) =>
        entry.kind === 'message' && entry.by === person ? [entry.text] : [],
      );
      expect(own.slice(-30)).toEqual(Array.from({ length: 30 }, (_, n) => `${person} ${n}`));
    }
  });
});

describe('rights that change while an answer is made', () => {
  it('[SEE-6] hold for it: no page of a tab and none of its history goes to who may no longer view the record', async () => {
    const record = { kind: 'contact', id: 'k' } as const;
    let meanwhile: (() => Promise<void>) | null = null;
    const stores = delayedReads(async (method) => {
      if (method === 'timeline') await meanwhile?.();
    });
    const [ann, dora] = await open(['ann', 'dora'], {
      records: [record],
      stores,
      limits: { residentConversationsMax: 1 },
    });
    const { conversation } = await ann.must('start', { text: 'canary', people: ['bob'], about: record });
    await server.server.host.checkpoint();
    for (let n = 0; n < 3; n += 1) await ann.must('start', { text: 'other', people: ['bob'] });
    for (const ask of [
      () => dora.ask('history', { conversation, before: 100, limit: 5, tab: true }),
      () => dora.ask('openTab', { record, limit: 5 }),
    ]) {
      await server.directory.put({ records: [{ ...record, name: 'k', view: 'everyone', edit: 'everyone' }] });
      let asked = 0;
      meanwhile = () => {
        asked += 1;
        return server.directory.put({ records: [{ ...record, name: 'k', view: ['ann'], edit: ['ann'] }] });
      };
      expect(await ask()).toMatchObject({ name: 'not-found' });
      expect(asked).toBeGreaterThan(0);
      meanwhile = null;
    }
    expect(Buffer.concat(dora.messages).includes('canary')).toBe(false);
  });
});

describe('searches', () => {
  const staff = [
    { id: 'ann', first: 'Ann', last: 'Archer' },
    { id: 'bob', first: 'Bob', last: 'Baker' },
    { id: 'b2', first: 'Ben', last: 'Bäcker' },
    { id: 'b3', first: 'Bea', last: 'Baker', active: false },
    { id: 'b4', first: 'Abe', last: 'Baker' },
    { id: 'cid', first: 'Cid', last: 'Cole' },
  ];

  it('[INVITE-1] [START-1] people by last name: active, not oneself, not the current participants; who left is offered again', async () => {
    const [ann, bob, cid] = await open(['ann', 'bob', 'cid'], { people: staff });
    const found = async (client: RawClient, last: string, conversation?: string) =>
      (await client.must('people', { last, ...(conversation === undefined ? {} : { conversation }) })).people.map(
        ({ id }) => id,
      );
    expect(await found(ann, 'ba')).toEqual(['b2', 'b4', 'bob']);
    expect(await found(ann, 'arch')).toEqual([]);
    const { conversation } = await ann.must('start', { text: 'x', people: ['bob', 'cid'] });
    expect(await found(ann, '', conversation)).toEqual(['b2', 'b4']);
    await bob.must('delete', { conversation, upTo: 1 });
    expect(await found(ann, 'ba', conversation)).toEqual(['b2', 'b4']);
    await bob.must('leave', { conversation });
    expect(await found(ann, 'ba', conversation)).toEqual(['b2', 'b4', 'bob']);
    expect(await bob.ask('people', { last: '', conversation })).toMatchObject({ name: 'not-found' });
    await server.directory.put({
      people: [{ ...(staff[4] as { id: string; first: string; last: string }), email: null, active: false }],
    });
    expect(await found(cid, 'bak', conversation)).toEqual(['bob']);
  });

  it('[START-2] [SEE-4] records by name: those one may view, found by name only where one may see it', async () => {
    const some = ['ann', 'bob'];
    const records = [
      { kind: 'contact', id: '1', name: 'Ånna Open' },
      { kind: 'company', id: '2', name: 'Anna Works' },
      { kind: 'contact', id: '3', name: 'Anna Secret', view: some, edit: ['ann'] },
      { kind: 'contact', id: '4', name: 'Anna Unseen', view: ['cid'] },
    ] as const;
    const [ann, bob, cid] = await open(['ann', 'bob', 'cid'], { people: staff, records });
    const found = async (client: RawClient, name: string, kind?: 'contact') =>
      (await client.must('records', { name, ...(kind === undefined ? {} : { kind }) })).records
        .map(({ id, name: shown }) => `${id} ${shown}`)
        .sort();
    expect(await found(ann, 'anna')).toEqual(['1 Ånna Open', '2 Anna Works', '3 Anna Secret']);
    expect(await found(ann, 'anna', 'contact')).toEqual(['1 Ånna Open', '3 Anna Secret']);
    expect(await found(bob, 'anna')).toEqual(['1 Ånna Open', '2 Anna Works']);
    expect(await found(bob, '')).toEqual(['1 Ånna Open', '2 Anna Works', '3 null']);
    expect(await found(cid, '')).toEqual(['1 Ånna Open', '2 Anna Works', '4 Anna Unseen']);
    await server.directory.put({ removeRecords: [{ kind: 'company', id: '2' }] });
    expect(await found(cid, 'anna')).toEqual(['1 Ånna Open', '4 Anna Unseen']);
  });
});

it('a list is sorted as the protocol says also where two are equally new', () => {
  const cards = [
    { order: 1, conversation: 'a' },
    { order: 1, conversation: 'b' },
    { order: 2, conversation: 'A' },
  ];
  expect([...cards].sort(newestFirst).map(({ conversation }) => conversation)).toEqual(['A', 'b', 'a']);
});
