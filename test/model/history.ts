/**
 * Random histories for whatever follows the rules: the machine alone, or a whole server. A history is a list of steps
 * made of small numbers; a number means something only against the model's log at that moment ("the third current
 * participant", "somewhere below the head"), so that a shrunk history is still one.
 */
import fc from 'fast-check';
import {
  type Ask,
  type Happening,
  type Holders,
  happeningsOf,
  holdingOf,
  isActive,
  type Log,
  linesOf,
  markAllRead,
  participantsOf,
  type Rec,
  type Talk,
  talksOf,
  type Who,
} from './model.ts';
import { refusalOf } from './refusal.ts';

/** How often each comes, against the others. */
const ruleMoves = { start: 3, reply: 7, read: 4, invite: 4, leave: 4, delete: 5, fire: 1, hire: 1, secure: 1 };
/** What only a whole server can do. `reconnect` goes offline, or comes back. */
const serverMoves = { readAll: 2, reconnect: 3, checkpoint: 1, restart: 0.5 };
export type Move = keyof typeof ruleMoves | keyof typeof serverMoves;

/** All numbers are choices among what there is, modulo its count. */
export interface Step {
  readonly move: Move;
  readonly talk: number;
  readonly who: number;
  readonly whom: readonly number[];
  /** Chooses text, seq, record or rights. */
  readonly pick: number;
  /** 0 asks for what is likely refused; anything else for what is likely done. */
  readonly sane: number;
}

export interface History {
  readonly people: number;
  readonly steps: readonly Step[];
}

/** What a step comes to against a log. `refusal`: the name the rules give, null = it is done and `happens`. */
export type Action =
  | { readonly kind: 'ask'; readonly ask: Ask; readonly refusal: string | null; readonly happens: readonly Happening[] }
  | { readonly kind: 'directory'; readonly happens: readonly Happening[] }
  | { readonly kind: 'read all'; readonly who: Who; readonly asOf: number; readonly happens: readonly Happening[] }
  | { readonly kind: 'reconnect'; readonly who: Who }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'restart' };

/** Where histories are performed, and what it then shows of it. */
export interface Driver<Observation> {
  /** The refusal's name, null = it was done. `after`: the log with what the rules say happened. */
  perform(action: Action, after: Log): Promise<string | null>;
  observe(person: Who): Promise<Observation>;
}

export const records: readonly Rec[] = ['contact:ann', 'company:acme', 'opportunity:big'];
const unknownRecord: Rec = 'household:none';
const unknownPerson: Who = 'nobody';

export function peopleOf(history: Pick<History, 'people'>): Who[] {
  return Array.from({ length: history.people }, (_, nth) => `p${nth}`);
}

/** Everyone hired, and a crowd of thousands for what is too many; two records open to all, one for the first two people only. */
export function beginning(people: readonly Who[]): Happening[] {
  const [first, second] = people as [Who, Who];
  const some = [first, second];
  return [
    { what: 'hired', who: 'crowd*' },
    ...people.map((who): Happening => ({ what: 'hired', who })),
    { what: 'secured', rec: 'contact:ann', name: 'Ann Example', view: 'all', edit: 'all' },
    { what: 'secured', rec: 'company:acme', name: 'Acme', view: 'all', edit: some },
    { what: 'secured', rec: 'opportunity:big', name: 'Big deal', view: some, edit: [first] },
  ];
}

export function historyArbitrary(
  sizes: { peopleMax?: number; stepsMax?: number; server?: boolean } = {},
): fc.Arbitrary<History> {
  const weights = { ...ruleMoves, ...(sizes.server ? serverMoves : {}) };
  const weighted = Object.entries(weights).map(([move, weight]) => ({
    arbitrary: fc.constant(move as Move),
    weight: weight * 2,
  }));
  const small = fc.nat({ max: 11 });
  const step: fc.Arbitrary<Step> = fc.record({
    move: fc.oneof(...weighted),
    talk: fc.nat({ max: 4 }),
    who: small,
    whom: fc.array(small, { maxLength: 4 }),
    pick: fc.nat({ max: 59 }),
    sane: fc.nat({ max: 4 }),
  });
  return fc.record({
    people: fc.integer({ min: 2, max: sizes.peopleMax ?? 8 }),
    steps: fc.array(step, { minLength: 1, maxLength: sizes.stepsMax ?? 40, size: 'max' }),
  });
}

/** `nth` numbers the step from 1; `start` is the name of the conversation that this step would start. */
export function resolve(log: Log, people: readonly Who[], chosen: Step, nth: number, start: Talk): Action {
  const step: Step = talksOf(log).length === 0 && chosen.sane > 0 ? { ...chosen, move: 'start' } : chosen;
  const who = chooseWho(log, people, step);
  if (step.move === 'reconnect') return { kind: 'reconnect', who: at(people, step.who) };
  if (step.move === 'checkpoint' || step.move === 'restart') return { kind: step.move };
  if (step.move === 'readAll') {
    const asOf = endOfStep(log, log.length - (step.sane < 3 ? Math.min(step.pick % 6, log.length) : 0));
    return { kind: 'read all', who, asOf, happens: markAllRead(log, who, asOf, 1_000 * nth) };
  }
  const changed = directoryChange(log, people, step, who);
  if (changed !== null) return { kind: 'directory', happens: [changed] };
  const ask = chooseAsk(log, people, step, who, start);
  const refusal = refusalOf(log, ask);
  return { kind: 'ask', ask, refusal, happens: refusal === null ? happeningsOf(ask, 1_000 * nth) : [] };
}

/** The log's length after the step that `length` ends in: what one step made happen has one time. */
function endOfStep(log: Log, length: number): number {
  const timeOf = (nth: number) => {
    const happening = log[nth];
    return happening !== undefined && 'at' in happening ? happening.at : null;
  };
  let end = length;
  while (end < log.length && timeOf(end) !== null && timeOf(end) === timeOf(end - 1)) end += 1;
  return end;
}

function at<T>(choices: readonly T[], number: number): T {
  return choices[number % choices.length] as T;
}

function chooseTalk(log: Log, step: Step): Talk {
  const talks = talksOf(log);
  return talks.length === 0 || (step.sane === 0 && step.pick === 0) ? 'no-such-talk' : at(talks, step.talk);
}

function chooseWho(log: Log, people: readonly Who[], step: Step): Who {
  const talk = chooseTalk(log, step);
  const inside = participantsOf(log, talk);
  if (step.sane < 2 || inside.length === 0) return at(people, step.who);
  const behind = inside.filter((who) => holdingOf(log, talk, who).unread.length > 0);
  return at((step.move === 'read' || step.move === 'readAll') && behind.length > 0 ? behind : inside, step.who);
}

const rightChoices: readonly ((people: readonly Who[], from: number) => Holders)[] = [
  () => 'all',
  (people, from) => people.filter((_, nth) => nth % 3 !== from % 3),
  (people, from) => [at(people, from)],
  () => [],
];

function directoryChange(log: Log, people: readonly Who[], step: Step, who: Who): Happening | null {
  if (step.move === 'fire') return { what: 'fired', who };
  if (step.move === 'hire') {
    const idle = people.filter((person) => !isActive(log, person));
    return { what: 'hired', who: idle.length > 0 ? at(idle, step.who) : who };
  }
  if (step.move !== 'secure') return null;
  const rec = at(records, step.talk);
  if (step.sane === 0 && step.pick < 15) return { what: 'erased', rec };
  const view = at(rightChoices, step.pick)(people, step.who);
  const edit = at(rightChoices, Math.floor(step.pick / 4))(people, step.who + 1);
  return { what: 'secured', rec, name: `Name ${step.pick % 7}`, view, edit };
}

const oddTexts = ['', ' \n', '\u200b\u00a0', '\u3164\u2060', 'é'.repeat(8_193), 'é'.repeat(8_192), '😀', '\u202eabc'];

function chooseText(step: Step): string {
  return step.sane === 0 ? at(oddTexts, step.pick) : `text ${step.pick}`;
}

/** Mostly the newest entry, sometimes an older one, rarely one that is not there yet. */
function chooseSeq(log: Log, talk: Talk, step: Step): number {
  const head = linesOf(log, talk).length;
  if (step.sane === 0 && step.pick < 20) return head + 1 + (step.pick % 3);
  return step.sane < 3 ? 1 + (step.pick % Math.max(head, 1)) : Math.max(head, 1);
}

/** People whom nobody is, to ask for too many of. */
function crowd(count: number): Who[] {
  return Array.from({ length: count }, (_, nth) => `crowd${nth}`);
}

function choosePeople(step: Step, people: readonly Who[], fitting: readonly Who[]): Who[] {
  if (step.sane === 0) {
    if (step.pick % 20 === 7) return crowd(2_000);
    if (step.pick % 20 === 5) return [unknownPerson];
    return step.whom.map((number) => at(people, number));
  }
  if (fitting.length === 0) return [at(people, step.whom[0] ?? 0)];
  const chosen = (step.whom.length === 0 ? [step.pick] : step.whom).map((number) => at(fitting, number));
  return [...new Set(chosen)];
}

function chooseAsk(log: Log, people: readonly Who[], step: Step, who: Who, start: Talk): Ask {
  const talk = chooseTalk(log, step);
  const active = people.filter((person) => isActive(log, person));
  switch (step.move) {
    case 'reply':
      return { verb: 'reply', who, talk, text: chooseText(step) };
    case 'read':
      return { verb: 'read', who, talk, upTo: chooseSeq(log, talk, step) };
    case 'delete':
      return { verb: 'delete', who, talk, upTo: chooseSeq(log, talk, step) };
    case 'leave':
      return { verb: 'leave', who, talk };
    case 'invite': {
      const inside = participantsOf(log, talk);
      const outside = active.filter((person) => !inside.includes(person));
      return { verb: 'invite', who, talk, people: choosePeople(step, people, outside) };
    }
    default: {
      const starter = at(people, step.who);
      const others = active.filter((person) => person !== starter);
      const about = [null, ...records, step.sane === 0 ? unknownRecord : null][step.pick % 5] ?? null;
      return {
        verb: 'start',
        who: starter,
        talk: start,
        text: chooseText(step),
        people: choosePeople(step, people, others),
        about,
        secret: step.pick % 3 === 0,
      };
    }
  }
}
