/**
 * `parley why mail` beside a real mail server: random histories, now and then the wait of e-mails passes; what the model of
 * the rules says of each e-mail is what the mail server took or not, and what the store explains.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whyMail } from '../../src/admin/why/mail.ts';
import { notNeeded } from '../../src/alerts/wanted.ts';
import type { MailOutcome } from '../../src/journal/archive.ts';
import type { Cut } from '../../src/journal/cut.ts';
import { openReadOnly, type StoreReader } from '../../src/journal/read-store.ts';
import { restoreSnapshot } from '../../src/journal/restore.ts';
import { writeSnapshot } from '../../src/journal/snapshot.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { limits } from '../../src/limits.ts';
import { beginning, type History, historyArbitrary, peopleOf, resolve } from '../model/history.ts';
import * as model from '../model/model.ts';
import { seeded } from '../model/seed.ts';
import { type MailSink, mailingTo, mailLimits, startMailSink } from '../support/mail-sink.ts';
import { temporaryDirectory } from '../support/server.ts';
import { shiftedClock } from '../support/shifted-clock.ts';
import { ServerDriver } from './server-driver.ts';

const waitMs = 60_000;
/** Whose mails the mail server refuses, and who has no address. */
const refused = 'p3';
const unaddressed = 'p4';
const boxesOf = (who: model.Who) => ({ conversations: who !== 'p1', messages: who !== 'p2' });

interface Expected {
  readonly from: number;
  readonly to: number;
  readonly kind: 'conversation' | 'message';
  readonly outcome: MailOutcome;
}

/** What becomes of the e-mail to one person about one conversation, by the model; `since`: of lines behind this one. */
function expectedMail(log: model.Log, who: model.Who, talk: model.Talk, since: number): Expected | null {
  const mine = model.holdingOf(log, talk, who);
  const isMessage = (line: model.Line) => line.kind === 'message';
  const first = mine.stints.find((line) => line.seq > since && isMessage(line) && line.who !== who);
  const last = model.linesOf(log, talk).findLast(isMessage);
  if (first === undefined || last === undefined) return null;
  const unread = mine.unread.filter((seq) => seq >= first.seq && seq <= last.seq);
  const kind = first.seq === 1 ? 'conversation' : 'message';
  const isFirst = kind === 'conversation' && unread.includes(1);
  const boxes = boxesOf(who);
  const row = { from: first.seq, to: last.seq, kind } as const;
  if (unread.length === 0) return { ...row, outcome: 'nothing-unread' };
  if (!model.isActive(log, who)) return { ...row, outcome: 'deactivated' };
  if (who === unaddressed) return { ...row, outcome: 'no-address' };
  const isWanted = (isFirst && boxes.conversations) || (unread.length > (isFirst ? 1 : 0) && boxes.messages);
  if (!isWanted) return { ...row, outcome: 'boxes' };
  return { ...row, outcome: who === refused ? 'refused' : 'sent' };
}

class Run {
  readonly #people: readonly model.Who[];
  readonly #sink: MailSink;
  readonly #path: string;
  readonly #log: model.Happening[];
  readonly #expected = new Map<string, Expected[]>();
  readonly #mailedUpTo = new Map<model.Talk, number>();

  constructor(people: readonly model.Who[], sink: MailSink, path: string) {
    this.#people = people;
    this.#sink = sink;
    this.#path = path;
    this.#log = beginning(people).filter((h) => h.what !== 'hired' || people.includes(h.who));
  }

  async go(history: History): Promise<void> {
    const clock = shiftedClock();
    const driver = await ServerDriver.start(this.#people, {
      people: this.#people.map((id) => (id === unaddressed ? { id, email: null } : id)),
      stores: { path: this.#path },
      partitions: 1,
      clock,
      limits: { ...mailLimits, mailWaitMs: waitMs },
      mail: mailingTo(this.#sink.port),
    });
    let middle = 0;
    try {
      for (const who of this.#people) {
        const preferences = { email: boxesOf(who), popup: { conversations: true, messages: true } };
        await driver.as(who, (client) => client.must('setAlerts', { preferences }));
      }
      for (const [index, step] of history.steps.entries()) {
        // Crashes have tests of their own; what a history would do about connections is time to wait here.
        const isWait = ['restart', 'reconnect', 'checkpoint'].includes(step.move) || index === history.steps.length - 1;
        if (index * 2 <= history.steps.length) middle = clock.tick();
        if (isWait) {
          await this.#wait(driver, () => clock.pass(waitMs));
          continue;
        }
        const action = resolve(this.#log, this.#people, step, index + 1, `talk${index + 1}`);
        if ('happens' in action) this.#log.push(...action.happens);
        await driver.perform(action, this.#log);
      }
    } finally {
      await driver.stop();
    }
    const ids = model.talksOf(this.#log).map((talk) => [talk, driver.conversationOf(talk) as string] as const);
    await this.#restored(new Map(ids), { time: middle });
  }

  async #wait(driver: ServerDriver, pass: () => void): Promise<void> {
    for (const talk of model.talksOf(this.#log)) {
      for (const who of this.#people) {
        const mail = expectedMail(this.#log, who, talk, this.#mailedUpTo.get(talk) ?? 0);
        if (mail !== null) this.#of(who, talk).push(mail);
      }
      this.#mailedUpTo.set(talk, model.linesOf(this.#log, talk).length);
    }
    pass();
    await expect
      .poll(() => this.#asked((store) => this.#known(store, driver)), { timeout: 20_000 })
      .toEqual(this.#all());
    await this.#asked((store) => this.#compare(store, driver));
    for (const who of this.#people) {
      const sent = this.#talks(who).flatMap((mails) => mails.filter(({ outcome }) => outcome === 'sent'));
      expect(this.#sink.taken.filter(({ to }) => to.includes(`${who}@example.com`)).length, who).toBe(sent.length);
    }
  }

  #of(who: model.Who, talk: model.Talk): Expected[] {
    const mails = this.#expected.get(`${who} ${talk}`) ?? [];
    this.#expected.set(`${who} ${talk}`, mails);
    return mails;
  }

  #talks(who: model.Who): Expected[][] {
    return model.talksOf(this.#log).map((talk) => this.#of(who, talk));
  }

  #all(): (readonly [who: model.Who, talk: model.Talk, mails: Expected[]])[] {
    const talks = model.talksOf(this.#log);
    return this.#people.flatMap((who) =>
      talks.map((talk) => [who, talk, this.#of(who, talk).slice(-limits.mailRecordsKept)] as const),
    );
  }

  async #known(store: StoreReader, driver: ServerDriver): Promise<unknown> {
    return Promise.all(
      this.#all().map(async ([who, talk]) => {
        const records = await store.mails(who, driver.conversationOf(talk) as string);
        return [who, talk, records.map(({ from, to, kind, outcome }) => ({ from, to, kind, outcome }))];
      }),
    );
  }

  /** The reasons fit the outcome, and the server's own functions come to it again from what is recorded. */
  async #compare(store: StoreReader, driver: ServerDriver): Promise<void> {
    for (const [who, talk] of this.#all()) {
      const conversation = driver.conversationOf(talk) as string;
      const why = await whyMail(store, { person: who, conversation, seq: null, asOf: undefined });
      for (const { record, reasons, state } of why?.mails ?? []) {
        const reader = {
          active: record.outcome !== 'deactivated',
          address: record.outcome === 'no-address' ? null : 'x',
          boxes: record.boxes,
        };
        const isNeeded = record.outcome === 'sent' || record.outcome === 'refused';
        expect(notNeeded(record, state, who, reader)).toBe(isNeeded ? null : record.outcome);
        if (isNeeded) expect(record.boxes).toEqual(boxesOf(who));
        const rules = { deactivated: 'CMD-4', boxes: 'ALERT-1', sent: 'ALERT-1' } as Record<string, string>;
        if (record.outcome === 'nothing-unread') expect(reasons[1]?.events.length).toBeGreaterThan(0);
        else expect(reasons.map(({ rule }) => rule)).toEqual(['ALERT-3', rules[record.outcome] ?? 'ALERT-3']);
      }
      for (let seq = 1; seq <= model.linesOf(this.#log, talk).length; seq += 1) {
        const one = await whyMail(store, { person: who, conversation, seq, asOf: undefined });
        const line = model.linesOf(this.#log, talk)[seq - 1];
        const isMailed = line?.kind === 'message' && line.who !== who;
        const mails = isMailed ? this.#of(who, talk).slice(-limits.mailRecordsKept) : [];
        expect(one?.mails.length).toBe(mails.filter(({ from, to }) => from <= seq && seq <= to).length);
        if (line?.kind === 'message' && line.who === who) expect(one?.reasons[0]?.rule).toBe('ALERT-5');
        if (one?.mails.length === 0) expect(one.reasons, `seq ${seq} of ${talk} for ${who}`).not.toEqual([]);
      }
    }
  }

  /** A snapshot restored holds the same; one restored up to an earlier moment, what was decided on what is there. */
  async #restored(ids: ReadonlyMap<model.Talk, string>, until: Cut): Promise<void> {
    const [to, whole, part] = ['snapshot', 'whole', 'part'].map((name) => `${this.#path}-${name}`) as [
      string,
      string,
      string,
    ];
    await writeSnapshot({ dataDir: this.#path, to });
    await restoreSnapshot({ from: to, dataDir: whole });
    await restoreSnapshot({ from: to, dataDir: part, until });
    expect((await verifyStore(part)).damages).toEqual([]);
    for (const [who, talk] of this.#all()) {
      const conversation = ids.get(talk) as string;
      const recordsIn = (path: string) => this.#asked((store) => store.mails(who, conversation), path);
      const records = await recordsIn(this.#path);
      const { v = 0 } = (await this.#asked((store) => store.state(conversation), part)) ?? {};
      expect(await recordsIn(whole)).toEqual(records);
      expect(await recordsIn(part)).toEqual(records.filter((record) => record.v <= v));
    }
  }

  async #asked<T>(ask: (store: StoreReader) => Promise<T>, path = this.#path): Promise<T> {
    const store = await openReadOnly(path);
    try {
      return await ask(store);
    } finally {
      await store.close();
    }
  }
}

async function run(history: History): Promise<void> {
  const { path: home, remove } = temporaryDirectory();
  const path = join(home, 'data');
  const sink = await startMailSink({ rcpt: (address) => (address.startsWith(`${refused}@`) ? { code: 550 } : null) });
  try {
    await new Run(peopleOf(history), sink, path).go(history);
  } finally {
    await sink.close();
    remove();
  }
}

describe('parley why mail, beside a mail server', () => {
  it('[ALERT-1] [ALERT-3] [ALERT-5] [CMD-4]: what was sent, what not, and why', async () => {
    const histories = historyArbitrary({ server: true, peopleMax: 5, stepsMax: 30 });
    await fc.assert(fc.asyncProperty(histories, run), seeded(12));
  }, 600_000);
});
