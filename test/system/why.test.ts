/**
 * `parley why` beside real clients: after every step of a random history everybody's client says what it shows, and at the
 * end the store is asked why, as of every moment and position. The verdicts are what the clients were shown, and the rule
 * that each names is the one that the model of the rules gives.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withDirectory } from '../../src/admin/store-access.ts';
import { whyBadge } from '../../src/admin/why/badge.ts';
import type { Reason } from '../../src/admin/why/reason.ts';
import { whySees } from '../../src/admin/why/sees.ts';
import type { OpenDirectory } from '../../src/directory/create-directory.ts';
import type { Cut } from '../../src/journal/cut.ts';
import { openReadOnly, type StoreReader } from '../../src/journal/read-store.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { beginning, type History, historyArbitrary, peopleOf, records, resolve } from '../model/history.ts';
import * as model from '../model/model.ts';
import { seeded } from '../model/seed.ts';
import { temporaryDirectory } from '../support/server.ts';
import { type Observation, type Seen, ServerDriver } from './server-driver.ts';

/** What everybody was shown after one step; null for those who cannot sign in. */
interface Moment {
  readonly log: model.Log;
  readonly cuts: readonly Cut[];
  readonly shown: ReadonlyMap<model.Who, Observation | null>;
}

async function perform(history: History, path: string): Promise<{ moments: Moment[]; ids: Map<model.Talk, string> }> {
  const people = peopleOf(history);
  const log: model.Happening[] = beginning(people).filter((h) => h.what !== 'hired' || people.includes(h.who));
  const clock = systemClock();
  const driver = await ServerDriver.start(people, { stores: { path }, partitions: 1, clock });
  const moments: Moment[] = [];
  let head = 0;
  try {
    for (const [index, step] of history.steps.entries()) {
      const action = resolve(log, people, step, index + 1, `talk${index + 1}`);
      if ('happens' in action) log.push(...action.happens);
      await driver.perform(action, log);
      const at = clock.tick();
      const shown = new Map<model.Who, Observation | null>();
      for (const who of people) shown.set(who, model.isActive(log, who) ? await driver.observe(who) : null);
      const before = head;
      head = await headOf(path);
      // Rights bear no position: one that no command moved is as of the command before.
      const cuts: Cut[] = [{ time: at }, ...(head > before ? [{ position: head }] : [])];
      moments.push({ log: [...log], cuts, shown });
    }
    const talks = model.talksOf(log);
    return { moments, ids: new Map(talks.map((talk) => [talk, driver.conversationOf(talk) as string])) };
  } finally {
    await driver.stop();
  }
}

async function headOf(path: string): Promise<number> {
  const store = await openReadOnly(path);
  await store.close();
  return store.positions[0]?.head ?? 0;
}

async function asked(path: string, cut: Cut, ask: (store: StoreReader, of: OpenDirectory) => Promise<void>) {
  const store = await openReadOnly(path, cut);
  try {
    await withDirectory(path, (directory) => ask(store, directory));
  } finally {
    await store.close();
  }
}

async function compare(
  path: string,
  { log, cuts, shown }: Moment,
  ids: ReadonlyMap<model.Talk, string>,
): Promise<void> {
  for (const asOf of cuts) {
    await asked(path, asOf, async (store, directory) => {
      for (const [who, seen] of shown) {
        const badge = await whyBadge(store, directory, who, asOf);
        expect(badge?.active, who).toBe(seen !== null);
        if (seen !== null) expect(badge?.badge, `badge of ${who}`).toBe(seen.badge);
        for (const talk of model.talksOf(log)) {
          await compareTalk(store, directory, { who, talk, id: ids.get(talk) as string, asOf, log, seen });
        }
      }
    });
  }
}

interface Asked {
  readonly who: model.Who;
  readonly talk: model.Talk;
  readonly id: string;
  readonly asOf: Cut;
  readonly log: model.Log;
  readonly seen: Observation | null;
}

async function compareTalk(store: StoreReader, directory: OpenDirectory, one: Asked): Promise<void> {
  const { who, talk, id, asOf, log, seen } = one;
  const where = `${who}, ${talk}, as of ${JSON.stringify(asOf)}`;
  const inList = seen?.list.find((card) => card.talk === talk);
  const rec = model.startOf(log, talk)?.about ?? null;
  const inTab = rec === null ? undefined : seen?.tabs[records.indexOf(rec)]?.find((card) => card.talk === talk);
  const whole = await whySees(store, directory, { person: who, conversation: id, seq: null, asOf });
  expect(whole?.sidebar.shown, where).toBe(inList !== undefined);
  expect(whole?.tab?.shown, where).toBe(rec === null ? undefined : inTab !== undefined);
  let unread = 0;
  for (let seq = 1; seq <= model.linesOf(log, talk).length + 1; seq += 1) {
    const sees = await whySees(store, directory, { person: who, conversation: id, seq, asOf });
    if (sees === null) throw new Error(`no answer for ${where}`);
    expect(sees.sidebar.shown, `seq ${seq}, ${where}`).toBe(shows(inList, seq));
    expect(sees.tab?.shown, `seq ${seq} in the tab, ${where}`).toBe(rec === null ? undefined : shows(inTab, seq));
    const named = [inList, inTab].find((card) => card?.about != null)?.about;
    if (named !== undefined) expect(sees.tab?.name, where).toBe(named !== rec?.split(':')[0]);
    if (sees.sidebar.unread) unread += 1;
    expectRule(sees.sidebar.reasons, { ...one, seq });
    if (sees.tab !== null) expectTabRule(sees.tab.reasons, { ...one, seq });
  }
  expect(unread, `unread of ${where}`).toBe(inList?.unread ?? 0);
}

function shows(card: Seen | undefined, seq: number): boolean {
  return card?.lines.some((line) => line.seq === seq) ?? false;
}

/** The deciding rule comes first, and its events are of the kind that it is about. */
function expectRule(reasons: readonly Reason[], { who, talk, seq, log }: Asked & { readonly seq: number }): void {
  const [first] = reasons as [Reason];
  const mine = model.holdingOf(log, talk, who);
  const has = (lines: readonly model.Line[]) => lines.some((line) => line.seq === seq);
  const last = first.events.at(-1)?.event;
  const expected = (rules: readonly string[], type?: string) => {
    expect(rules, `${who}, seq ${seq} of ${talk}: ${first.text}`).toContain(first.rule);
    if (type !== undefined) expect(last, first.text).toMatchObject({ type, by: who });
  };
  if (!model.isActive(log, who)) expected(['CMD-4']);
  else if (seq > model.linesOf(log, talk).length || !mine.ever) expected(['SEE-1']);
  else if (!mine.listed) expected([mine.in ? 'DELETE-3' : 'DELETE-5'], 'deleted');
  else if (!has(mine.stints) && seq < (mine.stints[0]?.seq ?? 0)) {
    expected(['INVITE-2']);
    expect(last).toMatchObject({ type: 'joined', who, seq: mine.stints[0]?.seq });
  } else if (!has(mine.stints)) expected(['LEAVE-4'], 'left');
  else if (has(mine.copy)) {
    expected(['SEE-1']);
    expect(Number(fieldOf(first, 'seq'))).toBeLessThanOrEqual(seq);
  } else if (first.rule === 'INVITE-4') expect(last).toMatchObject({ type: 'joined', who });
  else {
    expected(['DELETE-4'], 'deleted');
    expect(Number(fieldOf(first, 'upTo'))).toBeGreaterThanOrEqual(seq);
  }
}

function fieldOf({ events }: Reason, name: 'seq' | 'upTo'): unknown {
  return Object.entries(events[0]?.event ?? {}).find(([field]) => field === name)?.[1];
}

function expectTabRule(reasons: readonly Reason[], { who, talk, seq, log }: Asked & { readonly seq: number }): void {
  const rules = reasons.map(({ rule }) => rule);
  const { about, secret } = model.startOf(log, talk) as NonNullable<ReturnType<typeof model.startOf>>;
  if (!model.isActive(log, who)) expect(rules).toEqual(['CMD-4']);
  else if (!model.mayView(log, who, about as string)) expect(rules).toEqual(['SEE-5', 'SEE-4']);
  else if (seq > model.linesOf(log, talk).length) expect(rules).toEqual(['SEE-2', 'SEE-1', 'SEE-4']);
  else if (!secret) expect(rules).toEqual(['SEE-2', 'SEE-2', 'SEE-4']);
  else expect(rules.slice(0, 2)).toEqual(['SEE-2', 'SEE-3']);
}

async function run(history: History): Promise<void> {
  const { path, remove } = temporaryDirectory();
  try {
    const { moments, ids } = await perform(history, path);
    for (const moment of moments) await compare(path, moment, ids);
  } finally {
    remove();
  }
}

describe('parley why, beside what clients show', () => {
  it('[SEE-1] to [SEE-6], [LIST-6]: verdict and rule for everyone and every entry, as of every step', async () => {
    const histories = historyArbitrary({ server: true, peopleMax: 5, stepsMax: 25 });
    await fc.assert(fc.asyncProperty(histories, run), seeded(24));
  }, 600_000);
});
