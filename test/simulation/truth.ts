/**
 * What is true in a simulated world, learned where things become durable: the journal's entries and the writes of the
 * directory, in their order, told to the model of the rules. Each entry is held against the rules the moment it is durable:
 * the model, which shares nothing with the product, has to come to the same answer and the same events.
 */
import type { AlertPreferences, Answer, JournalEntry } from '../../src/journal/entry.ts';
import { pack } from '../../src/journal/format.ts';
import { entryMembers } from '../../src/journal/format-entry.ts';
import type { CommandFrame } from '../../src/wire/frames.ts';
import { happeningOf } from '../model/happening.ts';
import * as model from '../model/model.ts';
import { refusalOf } from '../model/refusal.ts';
import { Eraser } from './eraser.ts';

/** How much had happened: entries' happenings, and changes of the directory. */
export interface Moment {
  readonly talks: number;
  readonly directory: number;
}

interface Noted {
  readonly partition: number;
  readonly entry: JournalEntry;
  /** Before and after it. */
  readonly from: number;
  readonly to: number;
  readonly serial: number;
}

interface PartitionLog {
  readonly durable: Noted[];
  /** Handed to the journal, of unknown outcome. */
  attempted: JournalEntry[];
}

/** A command as a client sent it first. */
interface Asked {
  readonly frame: CommandFrame;
  readonly since: Moment;
}

export const defaultBoxes: AlertPreferences = {
  email: { conversations: true, messages: true },
  popup: { conversations: true, messages: true },
};

export class Truth {
  readonly #complain: (complaint: string) => void;
  readonly #partitions: PartitionLog[];
  #directory: model.Happening[] = [];
  #talks: model.Happening[] = [];
  #serial = 0;
  readonly #logs = new Map<string, model.Log>();
  readonly #asked = new Map<string, Asked>();
  readonly #answers = new Map<string, Answer>();
  #boxes: { readonly who: string; readonly boxes: AlertPreferences; readonly serial: number }[] = [];
  /** How often each answer was given. */
  readonly answered = new Map<string, number>();
  readonly eraser = new Eraser();
  /** Where each text stands, or stood. */
  readonly texts = new Map<string, { readonly talk: string; readonly seq: number }>();
  /** Set while a store of the past is put in place: what it lacks is gone, and that is right. */
  isRestoring = false;

  constructor(partitions: number, complain: (complaint: string) => void) {
    this.#partitions = Array.from({ length: partitions }, () => ({ durable: [], attempted: [] }));
    this.#complain = complain;
  }

  // ---- questions --------------------------------------------------------------------------------------------------------

  get now(): Moment {
    return { talks: this.#talks.length, directory: this.#directory.length };
  }

  get serial(): number {
    return this.#serial;
  }

  log({ talks, directory }: Moment = this.now): model.Log {
    const key = `${talks} ${directory}`;
    let log = this.#logs.get(key);
    if (log === undefined) {
      log = [...this.#directory.slice(0, directory), ...this.#talks.slice(0, talks)];
      this.#logs.set(key, log);
    }
    return log;
  }

  /** Newest durable position of each partition. */
  get heads(): number[] {
    return this.#partitions.map(({ durable }) => durable.length);
  }

  /** Null: not durable. */
  entryAt(partition: number, position: number): Noted | null {
    return this.#partitions[partition]?.durable[position - 1] ?? null;
  }

  answerTo(person: string, id: string): Answer | undefined {
    return this.#answers.get(`${person} ${id}`);
  }

  /** The person's boxes at each moment since. */
  boxesSince(who: string, serial: number): AlertPreferences[] {
    const all = this.#boxes.filter((each) => each.who === who);
    const before = all.findLast((each) => each.serial <= serial)?.boxes ?? defaultBoxes;
    return [before, ...all.filter((each) => each.serial > serial).map(({ boxes }) => boxes)];
  }

  /** How many lines of the conversation stand at these positions. */
  linesAt(talk: string, at: readonly number[]): number {
    let lines = 0;
    this.#partitions.forEach(({ durable }, partition) => {
      for (const { entry } of durable.slice(0, at[partition] ?? 0)) {
        if (entry.conversation === talk) lines += entry.events.filter((event) => 'seq' in event).length;
      }
    });
    return lines;
  }

  // ---- what happens -----------------------------------------------------------------------------------------------------

  /** A command on its way to the server, whether for the first time or again. */
  asks(person: string, frame: CommandFrame): void {
    const key = `${person} ${frame.id}`;
    if (!this.#asked.has(key)) this.#asked.set(key, { frame, since: this.now });
  }

  changed(...happenings: readonly model.Happening[]): void {
    this.#directory.push(...happenings);
  }

  /** The directory as it was after so many changes: a store of the past has no others. */
  directoryBackTo(length: number): void {
    this.#directory.length = length;
    this.#logs.clear();
  }

  attempted(partition: number, entries: readonly JournalEntry[]): void {
    this.#partition(partition).attempted = [...entries];
  }

  durable(partition: number): void {
    const log = this.#partition(partition);
    const { attempted } = log;
    log.attempted = [];
    for (const entry of attempted) this.#take(partition, entry);
  }

  /** An owner found so much: nothing of what was durable may be missing, and what was under way is there or is not. */
  claimed(partition: number, head: number): void {
    const log = this.#partition(partition);
    if (head < log.durable.length) {
      if (!this.isRestoring)
        this.#complain(`[CMD-2] partition ${partition} ends at ${head}: ${log.durable.length} was durable`);
      log.durable.length = head;
      this.#rebuild();
    }
    const survived = log.attempted.filter(({ position }) => position > log.durable.length && position <= head);
    log.attempted = [];
    for (const entry of survived) this.#take(partition, entry);
    if (log.durable.length !== head)
      this.#complain(`partition ${partition} ends at ${head}: nobody wrote more than ${log.durable.length}`);
  }

  /** An entry read again is the one that was written. */
  replayed(partition: number, entry: JournalEntry): void {
    const noted = this.entryAt(partition, entry.position)?.entry;
    if (noted === undefined || !bytesOf(noted).equals(bytesOf(entry)))
      this.#complain(`[CMD-2] partition ${partition} has another entry at ${entry.position} than was written`);
  }

  #partition(partition: number): PartitionLog {
    return this.#partitions[partition] as PartitionLog;
  }

  #rebuild(): void {
    const noted = this.#partitions.flatMap(({ durable }) => durable).sort((a, b) => a.serial - b.serial);
    for (const log of this.#partitions) log.durable.length = 0;
    this.#talks = [];
    this.#boxes = [];
    this.#answers.clear();
    this.texts.clear();
    this.#logs.clear();
    for (const { partition, entry } of noted) this.#note(partition, entry);
  }

  #take(partition: number, entry: JournalEntry): void {
    const before = this.#partition(partition).durable.at(-1)?.entry.at ?? 0;
    if (entry.at <= before) this.#complain(`an entry of ${entry.at} after one of ${before}`);
    this.#check(entry, this.log());
    this.#note(partition, entry);
    this.#checkAnswer(entry);
  }

  #note(partition: number, entry: JournalEntry): void {
    const from = this.#talks.length;
    this.#serial += 1;
    for (const event of entry.events) {
      const talk = entry.conversation as string;
      if ('text' in event && event.text !== null) this.texts.set(event.text, { talk, seq: event.seq });
      this.#talks.push(happeningOf(talk, event));
    }
    if (entry.preferences !== null) {
      const { person: who, boxes } = entry.preferences;
      this.#boxes.push({ who, boxes, serial: this.#serial });
    }
    if (entry.command !== null) this.#answers.set(`${entry.command.person} ${entry.command.id}`, entry.command.answer);
    this.#partition(partition).durable.push({ partition, entry, from, to: this.#talks.length, serial: this.#serial });
  }

  // ---- the rules ----------------------------------------------------------------------------------------------------------

  #check(entry: JournalEntry, before: model.Log): void {
    const { command } = entry;
    if (command === null) {
      if (entry.events.some((event) => event.type === 'erased')) return this.#checkErasure(entry, before);
      return this.#checkReadAllPart(entry, before);
    }
    const { person, id, answer } = command;
    const asked = this.#asked.get(`${person} ${id}`);
    if (asked === undefined) return this.#complain(`${person} was answered ${id}, which nobody asked`);
    if (this.#answers.has(`${person} ${id}`))
      this.#complain(`[CMD-1] ${asked.frame.t} ${id} of ${person} was done twice`);
    const { frame } = asked;
    if (frame.t === 'readAll') return this.#checkReadAll(person, frame.at, answer, before);
    if (frame.t === 'setAlerts') {
      if (JSON.stringify(entry.preferences?.boxes) !== JSON.stringify(frame.preferences))
        this.#complain(`[ALERT-1] ${person} has other boxes than were asked for`);
      return;
    }
    const ask = askOf(person, frame, entry.conversation ?? '');
    const name = 'refused' in answer ? answer.refused : null;
    const refusals = this.#directoriesSince(asked.since).map((directory) =>
      refusalOf(this.log({ talks: this.#talks.length, directory }), ask),
    );
    if (!refusals.includes(name))
      this.#complain(`${JSON.stringify(frame)} of ${person}: the rules say ${refusals[0]}, the server ${name}`);
    const said = name ?? frame.t;
    this.answered.set(said, (this.answered.get(said) ?? 0) + 1);
    const meant = name === null ? model.happeningsOf(ask, entry.at) : [];
    const happened = entry.events.map((event) => happeningOf(entry.conversation as string, event));
    if (JSON.stringify(meant) !== JSON.stringify(happened))
      this.#complain(`${JSON.stringify(frame)} of ${person} made happen ${JSON.stringify(happened)}`);
  }

  /** ERASE-1: of messages that somebody asked for, and each once. */
  #checkErasure(entry: JournalEntry, before: model.Log): void {
    const talk = entry.conversation as string;
    const lines = model.linesOf(before, talk);
    const named: number[] = [];
    for (const event of entry.events) {
      if (event.type === 'erased') named.push(...event.seqs);
      else this.#complain(`an erasure came with ${event.type}`);
    }
    for (const seq of named) {
      const line = lines[seq - 1];
      if (typeof line?.text !== 'string' || !this.eraser.isAsked(talk, line))
        this.#complain(`[ERASE-1] entry ${seq} of ${talk} was erased, and nobody asked for it`);
    }
    if (new Set(named).size !== named.length) this.#complain(`[ERASE-1] of ${talk} were erased ${named}`);
  }

  /** Which length of the directory a decision was made at is not known; between being asked and being durable. */
  #directoriesSince(since: Moment): number[] {
    const lengths: number[] = [];
    for (let length = this.#directory.length; length >= Math.min(since.directory, this.#directory.length); length -= 1)
      lengths.push(length);
    return lengths;
  }

  #checkAnswer({ command, conversation, events }: JournalEntry): void {
    if (command === null || !('ok' in command.answer) || conversation === null) return;
    const { ok } = command.answer;
    const mine = model.holdingOf(this.log(), conversation, command.person);
    const head = model.linesOf(this.log(), conversation).length;
    const [event] = events;
    const wrong =
      (event?.type === 'started' && (ok.conversation !== conversation || ok.seq !== 1)) ||
      ((event?.type === 'replied' || event?.type === 'left') && ok.seq !== head) ||
      (event?.type === 'joined' &&
        JSON.stringify(ok.seqs) !== JSON.stringify(events.map((_, nth) => head - events.length + 1 + nth))) ||
      (event?.type === 'read' && ok.readUpTo !== mine.readUpTo);
    if (wrong) this.#complain(`${command.person} was answered ${JSON.stringify(ok)} at seq ${head}`);
  }

  #checkReadAllPart({ conversation, events }: JournalEntry, before: model.Log): void {
    const [event] = events;
    if (event?.type !== 'read' || conversation === null) return this.#complain('an entry that nobody asked for');
    const mine = model.holdingOf(before, conversation, event.by);
    if (!mine.unread.some((seq) => seq <= event.upTo) || event.upTo > mine.end)
      this.#complain(`[READ-3] ${event.by} marked up to ${event.upTo} what had ${JSON.stringify(mine.unread)} unread`);
    const asked = [...this.#asked].some(
      ([key, { frame }]) =>
        key.startsWith(`${event.by} `) &&
        frame.t === 'readAll' &&
        event.upTo === Math.min(this.linesAt(conversation, frame.at), mine.end),
    );
    if (!asked)
      this.#complain(
        `[READ-3] ${event.by} marked ${conversation} up to ${event.upTo}, which was not what they had been sent`,
      );
  }

  #checkReadAll(person: string, at: readonly number[], answer: Answer, before: model.Log): void {
    if (!model.isActive(before, person)) return;
    const left = model.talksOf(before).filter((talk) => {
      const mine = model.holdingOf(before, talk, person);
      const shown = Math.min(this.linesAt(talk, at), mine.end);
      return mine.unread.some((seq) => seq <= shown);
    });
    if (left.length > 0)
      this.#complain(`[READ-3] ${person} marked all as read, and ${left} still is not: ${JSON.stringify(answer)}`);
  }
}

function bytesOf(entry: JournalEntry): Buffer {
  return Buffer.from(pack(entryMembers(entry)));
}

type AskFrame = Exclude<CommandFrame, { t: 'readAll' } | { t: 'setAlerts' }>;

function askOf(who: string, frame: AskFrame, started: string): model.Ask {
  switch (frame.t) {
    case 'start': {
      const about = frame.about === undefined ? null : `${frame.about.kind}:${frame.about.id}`;
      return {
        verb: 'start',
        who,
        talk: started,
        text: frame.text,
        people: frame.people,
        about,
        secret: frame.private ?? false,
      };
    }
    case 'reply':
      return { verb: 'reply', who, talk: frame.conversation, text: frame.text };
    case 'read':
      return { verb: 'read', who, talk: frame.conversation, upTo: frame.upTo };
    case 'invite':
      return { verb: 'invite', who, talk: frame.conversation, people: frame.people };
    case 'leave':
      return { verb: 'leave', who, talk: frame.conversation };
    case 'delete':
      return { verb: 'delete', who, talk: frame.conversation, upTo: frame.upTo };
  }
}
