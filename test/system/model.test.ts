/**
 * A whole server against the model of the rules: after every step of a random history each person's list, cards,
 * copies, badge, unread, tabs, refusals and pop-ups are what the rules say, for those who have just come back from a
 * disconnect too, and after crashes of the server.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Action,
  beginning,
  type History,
  historyArbitrary,
  peopleOf,
  records,
  resolve,
} from '../model/history.ts';
import * as model from '../model/model.ts';
import { seeded } from '../model/seed.ts';
import { type Shown, shownInSidebar, shownInTab } from '../model/shown.ts';
import { type Kept, type Observation, type Seen, ServerDriver } from './server-driver.ts';

const cardMessages = 3;

async function runOnServer(history: History): Promise<void> {
  const people = peopleOf(history);
  // The directory of the server is without the crowd.
  const log: model.Happening[] = beginning(people).filter((h) => h.what !== 'hired' || people.includes(h.who));
  const driver = await ServerDriver.start(people);
  try {
    await driver.everyone(log);
    for (const [index, step] of history.steps.entries()) {
      const nth = index + 1;
      const action = resolve(log, people, step, nth, `talk${nth}`);
      const before = log.length;
      if ('happens' in action) log.push(...action.happens);
      const answer = await driver.perform(action, log);
      expect(answer, `step ${nth}: ${JSON.stringify(action).slice(0, 300)}`).toBe(expectedAnswer(action, log));
      await compare(driver, log, people, before, nth);
    }
    await driver.everyone(log);
    await compare(driver, log, people, log.length, history.steps.length + 1);
  } finally {
    await driver.stop();
  }
}

function expectedAnswer(action: Action, log: model.Log): string | null {
  if (action.kind === 'read all') {
    if (!model.isActive(log, action.who)) return 'person-deactivated';
    return action.happens.length === 0 ? 'read-nothing-unread' : null;
  }
  return action.kind === 'ask' ? action.refusal : null;
}

async function compare(
  driver: ServerDriver,
  log: model.Log,
  people: readonly model.Who[],
  before: number,
  nth: number,
): Promise<void> {
  const alerts = alertsSince(log, before);
  await Promise.all(
    people.map(async (who) => {
      if (!driver.isOnline(who)) return;
      expect(await driver.settle(who), `pop-ups of ${who} after step ${nth}`).toEqual(alerts.get(who) ?? []);
      const seen = await driver.observe(who);
      const meant = expected(log, people, who, seen);
      if (!isDeepStrictEqual(seen, meant)) expect(seen, `what ${who} sees after step ${nth}`).toEqual(meant);
    }),
  );
}

/** The pop-ups of everything that one step made happen: one for each person and conversation. */
function alertsSince(log: model.Log, before: number): Map<model.Who, string[]> {
  const kinds = new Map<model.Who, string>();
  for (let length = before + 1; length <= log.length; length += 1) {
    const last = log[length - 1] as model.Happening;
    for (const [who, kind] of model.alertedBy(log.slice(0, length))) {
      if (!('talk' in last) || kinds.get(who)?.endsWith('conversation')) continue;
      kinds.set(who, `${last.talk} ${kind}`);
    }
  }
  return new Map([...kinds].map(([who, kind]) => [who, [kind]]));
}

// ---- what the model says, in the form of an observation ----------------------------------------------------------------

function expected(log: model.Log, people: readonly model.Who[], who: model.Who, seen: Observation): Observation {
  const sidebar = model.sidebarOf(log, who);
  const list = sidebar.map(({ talk }) => {
    const { copy } = model.holdingOf(log, talk, who);
    return { ...seenOf(shownInSidebar(log, talk, who) as Shown), card: onCard(copy) };
  });
  const others = people.filter((other) => other !== who);
  const tabs = records.map((rec) => inTab(log, rec, who));
  return {
    list,
    badge: model.badgeOf(log, who),
    filtered: people.map((other) => model.sidebarOf(log, who, other).map(({ talk }) => talk)),
    correspondents: others.filter((other) => sidebar.some(({ talk }) => model.peopleShown(log, talk, who).has(other))),
    tabs,
    mirror: {
      badge: model.badgeOf(log, who),
      list: fromThere(
        list.map(({ card: _, ...conversation }) => conversation),
        seen.mirror.list,
      ),
      tabs: tabs.filter((tab) => tab !== null).map((tab, nth) => fromThere(tab, seen.mirror.tabs[nth] ?? [])),
    },
  };
}

/** Where a client began to listen is its own affair; from there on it has everything. */
function fromThere(whole: readonly Seen[], kept: readonly Kept[]): Kept[] {
  return whole.map((conversation, nth) => {
    const from = kept[nth]?.from ?? 0;
    return { ...conversation, from, lines: conversation.lines.filter(({ seq }) => seq >= from) };
  });
}

/** LIST-3: the three newest messages and what stands between and behind them. */
function onCard(lines: readonly model.Line[]): number {
  const messages = lines.filter(({ kind }) => kind === 'message');
  const first = messages.at(-cardMessages);
  return first === undefined ? lines.length : lines.filter(({ seq }) => seq >= first.seq).length;
}

/** A server's times are its own. */
function seenOf({ order: _, lines, ...shown }: Shown): Seen {
  return { ...shown, lines: lines.map(({ at: __, ...line }) => line) };
}

function inTab(log: model.Log, rec: model.Rec, who: model.Who): Seen[] | null {
  const talks = model.tabOf(log, who, rec);
  if (talks === null) return null;
  const shown = talks.map((talk) => shownInTab(log, talk, who) as Shown);
  return shown.sort((a, b) => b.order - a.order).map(seenOf);
}

describe('a server and the model of the rules', () => {
  it('[SEE-1] to [CMD-4]: agree for everyone after every step of random histories, disconnects and crashes', async () => {
    const histories = historyArbitrary({ server: true, peopleMax: 6, stepsMax: 40 });
    await fc.assert(fc.asyncProperty(histories, runOnServer), seeded(200));
  }, 600_000);
});
