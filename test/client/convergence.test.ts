/**
 * Clients that lose their connection at random end up with what a client has that has never seen anything before: after
 * every burst each list, badge, conversation and tab equals a fresh client's. A failing seed is in the test's title;
 * `PARLEY_SEED` runs that one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConversationView, Parley, Person } from '../../src/client/index.ts';
import { type Client, company, person, picture, RealServer, until } from './real-server.ts';

const people = ['ann', 'bob', 'cid', 'dan', 'eve'];
const acme = { kind: 'company', id: 'acme' } as const;
const seeds = process.env.PARLEY_SEED === undefined ? [1, 2, 3, 4] : [Number(process.env.PARLEY_SEED)];
const bursts = 3;
const steps = 30;

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

let real: RealServer;
beforeAll(async () => {
  real = await RealServer.start(people);
});
afterAll(() => real.close());

describe('[CMD-3] after random disconnects every client shows what a fresh one shows', () => {
  it.each(seeds)('seed %i', async (seed) => {
    const random = randomOf(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    await real.server.directory.put({ records: [company('acme')], people: people.map((id) => person(id)) });
    const clients: Client[] = [];
    for (const id of [...people, 'bob']) clients.push(await real.online(id, { pageSize: 4, historyPageSize: 5 }));
    for (const { parley } of clients) await parley.tab(acme).open();
    const filters = new Map<Client, string>();

    for (let burst = 0; burst < bursts; burst++) {
      const under: Promise<unknown>[] = [];
      for (let step = 0; step < steps; step++) {
        under.push(act(pick(clients), random, pick).catch(() => {}));
        if (random() < 0.15) pick(clients).cut();
        if (random() < 0.05) {
          const name = `Acme ${step}`;
          const view = random() < 0.3 ? ['ann', 'bob'] : 'everyone';
          under.push(real.server.directory.put({ records: [company('acme', { name, view, edit: view })] }));
        }
        if (random() < 0.05) {
          under.push(real.server.directory.put({ people: [person(pick(people), `Name-${step}`)] }));
        }
        if (random() < 0.4) await new Promise((resolve) => setTimeout(resolve, random() * 12));
      }
      await Promise.all(under);
      for (const client of clients) await same(client, filters.get(client) ?? null);
      const filtering = pick(clients);
      const by = pick([...people, null].filter((id) => id !== filtering.person));
      await filtering.parley.sidebar.filterBy(by);
      if (by === null) filters.delete(filtering);
      else filters.set(filtering, by);
    }
    for (const { parley } of clients) parley.close();
  });
});

async function act({ parley, person: me }: Client, random: () => number, pick: <T>(from: readonly T[]) => T) {
  const others = people.filter((id) => id !== me);
  const views = parley.sidebar.getSnapshot().conversations;
  const view = views.length === 0 ? undefined : pick(views);
  const dice = random();
  if (view === undefined || dice < 0.12) {
    const size = 1 + Math.floor(random() * 3);
    const about = random() < 0.5 ? { about: acme } : {};
    return parley.start({ text: `by ${me}`, people: others.slice(0, size), private: random() < 0.3, ...about });
  }
  if (dice < 0.5) return parley.reply(view.id, `${random()}`);
  if (dice < 0.6) return parley.read(view.id);
  if (dice < 0.65) return parley.readAll();
  if (dice < 0.75) return parley.invite(view.id, [pick(others)]);
  if (dice < 0.82) return parley.leave(view.id);
  if (dice < 0.9) return parley.delete(view.id);
  if (dice < 0.95) return parley.conversation(view.id).more();
  if (dice < 0.98) return parley.sidebar.loadOlder();
  return parley.sidebar.refresh();
}

/** Compares the client with a fresh one: what More revealed, the list, the badge, the tab. */
async function same(client: Client, filter: string | null): Promise<void> {
  const { parley } = client;
  await until(() => parley.state.getSnapshot() === 'online', `${client.person} online again`);
  const { parley: fresh } = await real.online(client.person, { pageSize: 4, historyPageSize: 5 });
  if (filter !== null) await fresh.sidebar.filterBy(filter);
  await fresh
    .tab(acme)
    .open()
    .catch(() => {});
  // A tab that was refused stays so, until it is opened again.
  await parley
    .tab(acme)
    .open()
    .catch(() => {});
  await agreed(parley, fresh);
  for (const view of parley.sidebar.getSnapshot().conversations) {
    const whole = fresh.conversation(view.id);
    while (whole.getSnapshot()?.more) await whole.more();
    const shown = parley.conversation(view.id).getSnapshot()?.entries ?? [];
    expect(shown).toEqual(whole.getSnapshot()?.entries.slice(-shown.length));
    whole.less();
    parley.conversation(view.id).less();
  }
  await agreed(parley, fresh);
  const { badge, conversations } = picture(parley);
  if (filter === null) expect(conversations.filter((view) => view.unread > 0)).toHaveLength(badge);
  fresh.close();
}

/** One line for each conversation, so that a difference can be read. Names are compared where the list names people. */
function whatShows(parley: Parley): string[] {
  const { conversations, badge, filter } = parley.sidebar.getSnapshot();
  const tab = parley.tab(acme).getSnapshot();
  return [
    `badge ${badge} filter ${filter?.id}`,
    ...conversations.map((view) => `copy ${line(view, (one) => `${one.id}=${one.first} ${one.last}`)}`),
    `tab ${tab.state} ${JSON.stringify(tab.record)}`,
    ...tab.conversations.map((view) => `tab ${line(view, (one) => one.id)}`),
  ];
}

/** Without what depends on how much of it has been revealed. */
function line(view: ConversationView, name: (person: Person) => string): string {
  const { id, about, standing, readUpTo, unread, order, head, may } = view;
  const entries = view.entries
    .slice(-3)
    .map((entry) => `${entry.seq} ${entry.kind} ${name(entry.by)} ${entry.kind === 'message' ? entry.text : ''}`);
  const rest = { about, standing, readUpTo, unread, order, head, may, starter: name(view.starter) };
  return `${id} ${JSON.stringify({ ...rest, participants: view.participants.map(name), entries })}`;
}

/** All pages loaded on both sides, and the same in them. Frames under way get their time. */
async function agreed(parley: Parley, fresh: Parley): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    for (const one of [parley, fresh]) {
      await one.alerts();
      while (one.sidebar.getSnapshot().more) await one.sidebar.loadOlder();
      while (one.tab(acme).getSnapshot().more) await one.tab(acme).loadOlder();
    }
    const [a, b] = [whatShows(parley), whatShows(fresh)];
    if (JSON.stringify(a) === JSON.stringify(b) || performance.now() > deadline) {
      expect(a).toEqual(b);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
