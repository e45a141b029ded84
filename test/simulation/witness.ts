/**
 * Sees every byte that leaves the server, at the moment it leaves, and holds it against the truth: what is told is durable,
 * every entry stands where it is said to stand, nobody is told what they may not know, and cards, marks, badges and pop-ups
 * are what the model of the rules says.
 *
 * News bear the place of their entry, and are held against the moment of that entry. An answer is made at some moment
 * between its question and its leaving, and what is pushed meanwhile waits behind it: that may be of any of those moments.
 */
import { decodeServerFrame } from '../../src/wire/codec.ts';
import {
  type Card,
  type ClientFrame,
  type CommandFrame,
  commandTypes,
  type Entry,
  type ServerFrame,
} from '../../src/wire/frames.ts';
import * as model from '../model/model.ts';
import { type Shown, shownInSidebar, shownInTab } from '../model/shown.ts';
import type { Moment, Truth } from './truth.ts';

/** One session at the server. */
export interface Seat {
  person: string | null;
  /** When its hello came, while nothing has answered it. */
  helloSince: Moment | null;
  /** Between `welcome` and `live`. */
  catchingUp: Moment | null;
  readonly asked: Map<string, { readonly frame: ClientFrame & { id: string }; readonly since: Moment; times: number }>;
  /** What was pushed while the last answer was made leaves with it. */
  answered: { readonly event: number; readonly since: Moment } | null;
}

export function createSeat(): Seat {
  return { person: null, helloSince: null, catchingUp: null, asked: new Map(), answered: null };
}

const commands: ReadonlySet<string> = new Set(commandTypes);
/** Answers that say nothing of any rule. */
const faults = new Set([
  'busy',
  'unavailable',
  'rate-limited',
  'read-only',
  'token-expired',
  'token-invalid',
  'person-deactivated',
  'not-signed-in',
  'too-many-tabs',
  'position-unknown',
]);
/** What a canary looks like, wherever it is met. */
const canaries = /(?:(?:text|name)-\d+|last-[a-z]+)\./g;

type View = 'sidebar' | 'tab';
type Window = readonly Moment[];

export class Witness {
  readonly #truth: Truth;
  readonly #complain: (complaint: string) => void;
  readonly #epoch: () => string;
  /** When the event began that is run just now. */
  #began: Moment;
  #event = 0;
  /** Canaries that were met, and allowed. */
  seen = 0;

  constructor(truth: Truth, epoch: () => string, complain: (complaint: string) => void) {
    this.#truth = truth;
    this.#epoch = epoch;
    this.#complain = complain;
    this.#began = truth.now;
  }

  eventBegins(): void {
    this.#event += 1;
    this.#began = this.#truth.now;
  }

  /** A frame has come in at the server. `person`: of the hello's token. */
  heard(seat: Seat, frame: ClientFrame, person: string | null): void {
    if (frame.t === 'hello') {
      seat.person = person;
      seat.helloSince = this.#truth.now;
    } else if ('id' in frame) {
      const before = seat.asked.get(frame.id);
      if (before === undefined) seat.asked.set(frame.id, { frame, since: this.#truth.now, times: 1 });
      else before.times += 1;
    }
  }

  told(seat: Seat, bytes: Uint8Array): void {
    const frame = decodeServerFrame(bytes);
    if (seat.person === null) return this.#toStranger(frame);
    const window = this.#windowOf(seat, frame);
    // The close code says why; whether someone has ever been active before is for the hello to find out.
    if (frame.t !== 'error' && !this.#ever(window, (log) => model.isActive(log, seat.person as string)))
      this.#complain(`[CMD-4] ${seat.person}, deactivated, was told ${show(frame)}`);
    this.#scan(seat, seat.person, bytes, frame, window);
    this.#frame(seat, seat.person, frame, window);
    if (frame.t === 'ok' || frame.t === 'error') this.#answered(seat, frame.id);
  }

  /** ALERT-4: nothing in a mail that its reader may not see at this moment. */
  mailed(person: string, texts: readonly string[]): void {
    const now = this.#truth.now;
    const log = this.#truth.log(now);
    for (const canary of texts.flatMap((text) => text.match(canaries) ?? [])) {
      const place = this.#truth.texts.get(canary);
      const allowed =
        place === undefined
          ? this.#mayKnow(log, person, canary)
          : model.holdingOf(log, place.talk, person).unread.includes(place.seq) && !this.#isErased(log, canary);
      if (!allowed) this.#complain(`[ALERT-3] [ALERT-4] ${person} was mailed ${canary}`);
    }
    if (!model.isActive(log, person)) this.#complain(`[CMD-4] ${person}, deactivated, was mailed`);
  }

  #answered(seat: Seat, id: string | undefined): void {
    const asked = seat.asked.get(id ?? '');
    if (asked === undefined) return;
    asked.times -= 1;
    if (asked.times === 0) seat.asked.delete(id as string);
    if (!commands.has(asked.frame.t)) seat.answered = { event: this.#event, since: asked.since };
  }

  // ---- moments ------------------------------------------------------------------------------------------------------------

  /** When the oldest of it may have been made. */
  #oldestOf(seat: Seat, frame: ServerFrame): Moment {
    const asked = 'id' in frame ? seat.asked.get(frame.id ?? '') : undefined;
    const since = asked !== undefined ? [asked.since] : this.#heldSince(seat);
    return {
      talks: Math.min(...since.map(({ talks }) => talks)),
      directory: Math.min(...since.map(({ directory }) => directory)),
    };
  }

  #windowOf(seat: Seat, frame: ServerFrame): Window {
    const oldest = this.#oldestOf(seat, frame);
    const entry = 'at' in frame && frame.t !== 'welcome' && frame.t !== 'live' ? this.#entryOf(frame.at) : null;
    return this.#between(entry ?? oldest.talks, entry ?? this.#truth.now.talks, oldest.directory);
  }

  #entryOf(at: readonly [number, number] | undefined): number | null {
    if (at === undefined) return null;
    return this.#truth.entryAt(at[0], at[1])?.to ?? null;
  }

  #heldSince(seat: Seat): Moment[] {
    const since = [this.#began];
    if (seat.helloSince !== null) since.push(seat.helloSince);
    if (seat.catchingUp !== null) since.push(seat.catchingUp);
    for (const { frame, since: asked } of seat.asked.values()) if (!commands.has(frame.t)) since.push(asked);
    if (seat.answered?.event === this.#event) since.push(seat.answered.since);
    return since;
  }

  /** Newest first: that is where most is found. */
  #between(from: number, to: number, directory: number): Moment[] {
    const moments: Moment[] = [];
    for (let d = this.#truth.now.directory; d >= Math.min(directory, this.#truth.now.directory); d -= 1) {
      for (let talks = to; talks >= Math.min(from, to); talks -= 1) moments.push({ talks, directory: d });
    }
    return moments;
  }

  #ever(window: Window, holds: (log: model.Log) => boolean): boolean {
    return window.some((moment) => holds(this.#truth.log(moment)));
  }

  // ---- what may be known ----------------------------------------------------------------------------------------------------

  #toStranger(frame: ServerFrame): void {
    if (frame.t !== 'error' && frame.t !== 'drain') this.#complain(`someone who has not signed in was told ${frame.t}`);
  }

  #scan(seat: Seat, person: string, bytes: Uint8Array, frame: ServerFrame, window: Window): void {
    // News of an entry are of that entry's moment, and yet have nothing that was erased before they were made.
    const oldest = this.#truth.log(this.#oldestOf(seat, frame));
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    for (const canary of new Set(text.match(canaries) ?? [])) {
      if (this.#isErased(oldest, canary)) this.#complain(`[ERASE-1] ${person} was told ${canary} in ${show(frame)}`);
      else if (this.#ever(window, (log) => this.#mayKnow(log, person, canary))) this.seen += 1;
      else this.#complain(`[SEE-1] to [SEE-6] ${person} was told ${canary} in ${show(frame)}`);
    }
  }

  #mayKnow(log: model.Log, person: string, canary: string): boolean {
    if (canary.startsWith('name')) return this.#mayKnowName(log, person, canary);
    if (canary.startsWith('last')) return !model.isForgotten(log, canary.slice('last-'.length, -1));
    const place = this.#truth.texts.get(canary);
    if (place === undefined || this.#isErased(log, canary)) return false;
    const shows = (shown: Shown | null) => shown?.lines.some(({ seq }) => seq === place.seq) ?? false;
    return shows(shownInSidebar(log, place.talk, person)) || shows(shownInTab(log, place.talk, person));
  }

  #isErased(log: model.Log, canary: string): boolean {
    const place = this.#truth.texts.get(canary);
    return place !== undefined && model.linesOf(log, place.talk)[place.seq - 1]?.text === null;
  }

  #mayKnowName(log: model.Log, person: string, name: string): boolean {
    return log.some((h) => h.what === 'secured' && h.name === name && model.nameOf(log, person, h.rec) === name);
  }

  // ---- frames ---------------------------------------------------------------------------------------------------------------

  #frame(seat: Seat, person: string, frame: ServerFrame, window: Window): void {
    const fault = (rule: string, meant: unknown) =>
      this.#complain(`[${rule}] ${person} was told ${show(frame)}; the rules say ${JSON.stringify(meant)}`);
    if ('at' in frame && frame.at !== undefined && frame.t !== 'welcome' && frame.t !== 'live') {
      if (this.#truth.entryAt(frame.at[0], frame.at[1]) === null) return fault('CMD-2', 'that it is not durable');
    }
    switch (frame.t) {
      case 'welcome':
      case 'live':
        if (frame.at.some((position, partition) => position > (this.#truth.heads[partition] ?? 0)))
          fault('CMD-2', this.#truth.heads);
        if (!this.#ever(window, (log) => model.badgeOf(log, person) === frame.badge))
          fault('LIST-6', model.badgeOf(this.#truth.log(), person));
        if (frame.t === 'welcome') {
          if (frame.epoch !== this.#epoch()) fault('CMD-3', this.#epoch());
          if (frame.resumed) seat.catchingUp = seat.helloSince;
          seat.helloSince = null;
        } else seat.catchingUp = null;
        break;
      case 'badge':
        if (!this.#ever(window, (log) => model.badgeOf(log, person) === frame.badge))
          fault('LIST-6', model.badgeOf(this.#truth.log(), person));
        break;
      case 'entries':
        this.#news(person, frame, window, fault);
        break;
      case 'card':
        this.#card(person, 'sidebar', frame.card, window, fault);
        if (frame.at !== undefined) this.#popup(person, frame.at, frame.popup, frame.card.conversation, fault);
        break;
      case 'erased':
      case 'tabErased':
        this.#erased(person, frame.t === 'erased' ? 'sidebar' : 'tab', frame, window, fault);
        break;
      case 'gone':
        if (!this.#ever(window, (log) => shownInSidebar(log, frame.conversation, person) === null))
          fault('DELETE-1', 'that it is there');
        break;
      case 'mark': {
        const is = (log: model.Log) => {
          const mine = model.holdingOf(log, frame.conversation, person);
          return mine.readUpTo === frame.readUpTo && mine.unread.length === frame.unread;
        };
        if (!this.#ever(window, is))
          fault('READ-4', model.holdingOf(this.#truth.log(window[0]), frame.conversation, person));
        break;
      }
      case 'tabCard':
        this.#card(person, 'tab', frame.card, window, fault);
        break;
      case 'tabEntries':
        this.#lines(person, 'tab', frame.conversation, frame.entries, window, fault);
        break;
      case 'tabGone':
        if (!this.#ever(window, (log) => shownInTab(log, frame.conversation, person) === null))
          fault('SEE-3', 'that it is there');
        break;
      case 'tabClosed':
        if (!this.#ever(window, (log) => !model.mayView(log, person, recOf(frame.record))))
          fault('SEE-5', 'that they may view it');
        break;
      case 'ok':
        this.#ok(seat, person, frame, window, fault);
        break;
      case 'error':
        this.#error(seat, person, frame, window, fault);
        break;
    }
  }

  #news(person: string, frame: Extract<ServerFrame, { t: 'entries' }>, window: Window, fault: Fault): void {
    const noted = this.#truth.entryAt(frame.at[0], frame.at[1]);
    const seqs = noted?.entry.events.flatMap((event) => ('seq' in event ? [event.seq] : [])) ?? [];
    if (JSON.stringify(frame.entries.map(({ seq }) => seq)) !== JSON.stringify(seqs)) fault('REPLY-4', seqs);
    this.#lines(person, 'sidebar', frame.conversation, frame.entries, window, fault);
    this.#popup(person, frame.at, frame.popup, frame.conversation, fault);
  }

  #popup(person: string, at: readonly [number, number], popup: string | undefined, talk: string, fault: Fault): void {
    const noted = this.#truth.entryAt(at[0], at[1]);
    if (noted === null) return;
    let kind: 'conversation' | 'message' | undefined;
    const directory = this.#truth.now.directory;
    for (let talks = noted.from + 1; talks <= noted.to; talks += 1) {
      const alerted = model.alertedBy(this.#truth.log({ talks, directory })).get(person);
      if (kind !== 'conversation') kind = alerted ?? kind;
    }
    const meant = this.#truth
      .boxesSince(person, noted.serial)
      .map(({ popup: boxes }) => (kind === 'conversation' ? boxes.conversations : boxes.messages));
    const wanted = kind !== undefined && meant.includes(popup !== undefined);
    if (popup === undefined ? kind !== undefined && !wanted : popup !== kind || !wanted)
      fault('ALERT-1', { kind, meant, talk });
  }

  /** ERASE-1, ERASE-3: each of them is erased, and stands in what the view shows. */
  #erased(person: string, view: View, frame: ErasedFrame, window: Window, fault: Fault): void {
    const is = (log: model.Log) => {
      const lines = shownIn(view, log, frame.conversation, person)?.lines ?? [];
      return frame.seqs.every((seq) => lines.some((line) => line.seq === seq && line.text === null));
    };
    if (!this.#ever(window, is))
      fault('ERASE-3', shownIn(view, this.#truth.log(window[0]), frame.conversation, person));
  }

  /** What is erased may be told so of an earlier moment, too. */
  #isLine(talk: string, entry: Entry, line: model.Line): boolean {
    if (entry.seq !== line.seq || entry.at !== line.at || entry.by !== line.who) return false;
    if (entry.kind === 'joined') return line.kind === 'came' && entry.who === line.guest;
    if (entry.kind === 'left') return line.kind === 'went';
    if (!entry.erased) return line.kind === 'message' && entry.text === line.text;
    return entry.text === '' && model.linesOf(this.#truth.log(), talk)[entry.seq - 1]?.text === null;
  }

  /** Every one of them stands so in what the view shows. */
  #lines(person: string, view: View, talk: string, entries: readonly Entry[], window: Window, fault: Fault): void {
    const is = (log: model.Log) => {
      const shown = shownIn(view, log, talk, person);
      return shown !== null && entries.every((entry) => shown.lines.some((line) => this.#isLine(talk, entry, line)));
    };
    if (!this.#ever(window, is)) fault('SEE-1', shownIn(view, this.#truth.log(window[0]), talk, person)?.lines ?? null);
  }

  #card(person: string, view: View, card: Card, window: Window, fault: Fault): void {
    const isLine = (entry: Entry, line: model.Line) => this.#isLine(card.conversation, entry, line);
    const is = (log: model.Log) => isCard(card, shownIn(view, log, card.conversation, person), isLine);
    if (!this.#ever(window, is)) fault('LIST-3', shownIn(view, this.#truth.log(window[0]), card.conversation, person));
  }

  #ok(seat: Seat, person: string, frame: Extract<ServerFrame, { t: 'ok' }>, window: Window, fault: Fault): void {
    const asked = seat.asked.get(frame.id)?.frame;
    if (asked === undefined) return fault('CMD-1', 'that nobody asked');
    if (commands.has(asked.t)) {
      const answer = this.#truth.answerTo(person, frame.id);
      if (answer === undefined) return fault('CMD-2', 'that it is not durable');
      if (!('ok' in answer) || JSON.stringify(answer.ok) !== JSON.stringify(frame.result)) fault('CMD-1', answer);
      return;
    }
    const isStill = window.length === 1;
    const log = this.#truth.log();
    switch (asked.t) {
      case 'list': {
        const { cards, badge, next } = frame.result as { cards: Card[]; badge: number; next: unknown };
        for (const card of cards) this.#card(person, 'sidebar', card, window, fault);
        if (!this.#ever(window, (then) => model.badgeOf(then, person) === badge))
          fault('LIST-6', model.badgeOf(log, person));
        if (!isStill) break;
        const before = asked.before;
        const all = model
          .sidebarOf(log, person, asked.with ?? null)
          .filter(
            ({ order, talk }) =>
              before === undefined || order < before.order || (order === before.order && talk < before.conversation),
          );
        const meant = all.slice(0, asked.limit).map(({ talk }) => talk);
        if (JSON.stringify(cards.map((card) => card.conversation)) !== JSON.stringify(meant)) fault('LIST-1', meant);
        // With a filter a last page may turn out to be empty.
        const isLast = all.length <= asked.limit;
        if (next === null ? !isLast : isLast && asked.with === undefined) fault('LIST-2', all.length);
        break;
      }
      case 'get':
        this.#card(person, 'sidebar', (frame.result as { card: Card }).card, window, fault);
        break;
      case 'history': {
        const { entries, more } = frame.result as { entries: Entry[]; more: boolean };
        const is = (then: model.Log) => {
          const shown = shownIn(asked.tab ? 'tab' : 'sidebar', then, asked.conversation, person);
          const before = shown?.lines.filter(({ seq }) => seq < asked.before) ?? [];
          const page = before.slice(-asked.limit);
          return (
            shown !== null &&
            more === before.length > page.length &&
            entries.length === page.length &&
            page.every((line, nth) => this.#isLine(asked.conversation, entries[nth] as Entry, line))
          );
        };
        if (!this.#ever(window, is))
          fault('LIST-3', shownIn(asked.tab ? 'tab' : 'sidebar', log, asked.conversation, person)?.lines);
        break;
      }
      case 'openTab': {
        const { cards } = frame.result as { cards: Card[] };
        for (const card of cards) this.#card(person, 'tab', card, window, fault);
        if (!this.#ever(window, (then) => model.mayView(then, person, recOf(asked.record))))
          fault('SEE-5', 'not-found');
        if (!isStill || asked.before !== undefined) break;
        const meant = (model.tabOf(log, person, recOf(asked.record)) ?? []).length;
        if (cards.length !== Math.min(asked.limit, meant)) fault('SEE-2', meant);
        break;
      }
      case 'people': {
        const { people } = frame.result as { people: { id: string }[] };
        const inside = asked.conversation === undefined ? [] : model.participantsOf(log, asked.conversation);
        const wrong = people.filter(({ id }) => id === person || inside.includes(id) || !model.isActive(log, id));
        if (isStill && wrong.length > 0) fault('INVITE-1', wrong);
        break;
      }
      case 'correspondents': {
        if (!isStill) break;
        const { people } = frame.result as { people: { id: string }[] };
        const shown = new Set(
          model.sidebarOf(log, person).flatMap(({ talk }) => [...model.peopleShown(log, talk, person)]),
        );
        shown.delete(person);
        const meant = [...shown].sort();
        if (JSON.stringify(people.map(({ id }) => id).sort()) !== JSON.stringify(meant)) fault('LIST-4', meant);
        break;
      }
    }
  }

  #error(seat: Seat, person: string, frame: Extract<ServerFrame, { t: 'error' }>, window: Window, fault: Fault): void {
    if (frame.name === 'internal') return fault('law 5', 'that a throw is a bug');
    if (faults.has(frame.name)) return;
    const asked = seat.asked.get(frame.id ?? '')?.frame;
    if (asked === undefined) return fault('CMD-1', 'that nobody asked');
    if (commands.has(asked.t)) {
      const answer = this.#truth.answerTo(person, asked.id);
      if (answer === undefined) return fault('CMD-2', 'that the refusal is not durable');
      if (!('refused' in answer) || answer.refused !== frame.name) fault('CMD-1', answer);
      return;
    }
    if (frame.name !== 'not-found') return fault('SEE-5', 'not-found');
    const isNot = (log: model.Log) => {
      switch (asked.t) {
        case 'openTab':
          return !model.mayView(log, person, recOf(asked.record));
        case 'get':
          return shownInSidebar(log, asked.conversation, person) === null;
        case 'history':
          return shownIn(asked.tab ? 'tab' : 'sidebar', log, asked.conversation, person) === null;
        case 'people':
          return !model.participantsOf(log, asked.conversation ?? '').includes(person);
        default:
          return false;
      }
    };
    if (!this.#ever(window, isNot)) fault('SEE-5', 'that it is there');
  }
}

type ErasedFrame = Extract<ServerFrame, { t: 'erased' | 'tabErased' }>;
type Fault = (rule: string, meant: unknown) => void;

function show(frame: ServerFrame): string {
  return JSON.stringify(frame).slice(0, 700);
}

function recOf({ kind, id }: { readonly kind: string; readonly id: string }): model.Rec {
  return `${kind}:${id}`;
}

function shownIn(view: View, log: model.Log, talk: string, person: string): Shown | null {
  if (model.startOf(log, talk) === undefined) return null;
  return view === 'tab' ? shownInTab(log, talk, person) : shownInSidebar(log, talk, person);
}

function isCard(card: Card, shown: Shown | null, isLine: (entry: Entry, line: model.Line) => boolean): boolean {
  if (shown === null) return false;
  const visible = new Set<number>();
  for (const [from, to] of card.visible) for (let seq = from; seq <= to; seq += 1) visible.add(seq);
  const lines = shown.lines.filter(({ seq }) => seq >= card.from);
  return (
    card.starter === shown.starter &&
    card.private === shown.secret &&
    card.standing === shown.standing &&
    card.unread === shown.unread &&
    card.readUpTo === shown.readUpTo &&
    card.order === shown.order &&
    aboutOf(card) === shown.about &&
    [...card.participants].sort().join() === shown.names.join() &&
    visible.size === shown.lines.length &&
    shown.lines.every(({ seq }) => visible.has(seq)) &&
    card.entries.length === lines.length &&
    lines.every((line, nth) => isLine(card.entries[nth] as Entry, line)) &&
    card.more === shown.lines.length > lines.length
  );
}

function aboutOf({ about }: Card): string | null {
  return about === null ? null : about.restricted ? about.kind : about.name;
}

export function isCommand(frame: ClientFrame): frame is CommandFrame {
  return commands.has(frame.t);
}
