/**
 * The rules a second time, as simply as they can be said: a list of everything that happened, and functions that walk
 * it from the beginning. Written from the rules alone; shares no code, type or idea of state with `src/`, so that the
 * two can only agree by both being right. Slow on purpose.
 */

/** A conversation. */
export type Talk = string;
export type Who = string;
/** A CRM record, as `kind:id`. */
export type Rec = string;
export type Holders = 'all' | readonly Who[];

export type Happening =
  | {
      what: 'started';
      talk: Talk;
      at: number;
      who: Who;
      with: readonly Who[];
      about: Rec | null;
      secret: boolean;
      text: string | null;
    }
  | { what: 'said'; talk: Talk; at: number; who: Who; text: string | null }
  | { what: 'came'; talk: Talk; at: number; who: Who; guest: Who }
  | { what: 'went'; talk: Talk; at: number; who: Who }
  | { what: 'marked'; talk: Talk; at: number; who: Who; upTo: number }
  | { what: 'binned'; talk: Talk; at: number; who: Who; upTo: number }
  | { what: 'wiped'; talk: Talk; seqs: readonly number[] }
  | { what: 'hired'; who: Who }
  | { what: 'fired'; who: Who }
  | { what: 'forgotten'; who: Who }
  | { what: 'secured'; rec: Rec; name: string; view: Holders; edit: Holders }
  | { what: 'erased'; rec: Rec };
export type Log = readonly Happening[];

/** What somebody asks for. */
export type Ask =
  | { verb: 'start'; who: Who; talk: Talk; text: string; people: readonly Who[]; about: Rec | null; secret: boolean }
  | { verb: 'reply'; who: Who; talk: Talk; text: string }
  | { verb: 'read'; who: Who; talk: Talk; upTo: number }
  | { verb: 'invite'; who: Who; talk: Talk; people: readonly Who[] }
  | { verb: 'leave'; who: Who; talk: Talk }
  | { verb: 'delete'; who: Who; talk: Talk; upTo: number };

/** One line of a timeline. */
export interface Line {
  readonly seq: number;
  readonly at: number;
  readonly kind: 'message' | 'came' | 'went';
  readonly who: Who;
  readonly guest?: Who;
  /** Null = wiped. */
  readonly text?: string | null;
}

// ---- the directory --------------------------------------------------------------------------------------------------

/** A star at the end of who was hired stands for everyone whose id begins so. */
const isMeant = (named: Who, who: Who) => named === who || (named.endsWith('*') && who.startsWith(named.slice(0, -1)));

/** ERASE-2: for ever, whoever is hired under this id. */
export function isForgotten(log: Log, who: Who): boolean {
  return log.some((h) => h.what === 'forgotten' && h.who === who);
}

export function isActive(log: Log, who: Who): boolean {
  if (isForgotten(log, who)) return false;
  return log.findLast((h) => (h.what === 'hired' || h.what === 'fired') && isMeant(h.who, who))?.what === 'hired';
}

function securityOf(log: Log, rec: Rec) {
  const last = log.findLast((h) => (h.what === 'secured' || h.what === 'erased') && h.rec === rec);
  return last?.what === 'secured' ? last : null;
}

const holds = (holders: Holders, who: Who) => holders === 'all' || holders.includes(who);

export function mayView(log: Log, who: Who, rec: Rec): boolean {
  const security = securityOf(log, rec);
  return security !== null && holds(security.view, who);
}

/** SEE-4: the record's name as this person may see it; null = restricted. */
export function nameOf(log: Log, who: Who, rec: Rec): string | null {
  const security = securityOf(log, rec);
  if (security === null) return null;
  if (security.view === 'all' || security.edit === 'all') return security.name;
  return holds(security.view, who) && holds(security.edit, who) ? security.name : null;
}

// ---- one conversation -----------------------------------------------------------------------------------------------

export function talksOf(log: Log): Talk[] {
  const talks: Talk[] = [];
  for (const h of log) if (h.what === 'started') talks.push(h.talk);
  return talks;
}

export function startOf(log: Log, talk: Talk) {
  return log.find((h) => h.what === 'started' && h.talk === talk) as
    | Extract<Happening, { what: 'started' }>
    | undefined;
}

/** The whole timeline. */
export function linesOf(log: Log, talk: Talk): Line[] {
  const lines: Line[] = [];
  for (const h of log) {
    if (!('talk' in h) || h.talk !== talk || h.what === 'marked' || h.what === 'binned' || h.what === 'wiped') continue;
    const seq = lines.length + 1;
    const { at, who } = h;
    if (h.what === 'came') lines.push({ seq, at, kind: 'came', who, guest: h.guest });
    else if (h.what === 'went') lines.push({ seq, at, kind: 'went', who });
    else lines.push({ seq, at, kind: 'message', who, text: isWiped(log, talk, seq) ? null : h.text });
  }
  return lines;
}

/** ERASE-1: only the words go. */
function isWiped(log: Log, talk: Talk, seq: number): boolean {
  return log.some((h) => h.what === 'wiped' && h.talk === talk && h.seqs.includes(seq));
}

/** Who is in after each line, from line 0 (nobody) on. */
function membersByLine(log: Log, talk: Talk): Who[][] {
  const steps: Who[][] = [[]];
  for (const line of linesOf(log, talk)) {
    const before = steps.at(-1) as Who[];
    const start = startOf(log, talk);
    if (line.seq === 1 && start) steps.push([start.who, ...start.with]);
    else if (line.kind === 'came') steps.push([...before, line.guest as Who]);
    else if (line.kind === 'went') steps.push(before.filter((who) => who !== line.who));
    else steps.push(before);
  }
  return steps;
}

export function participantsOf(log: Log, talk: Talk): Who[] {
  return membersByLine(log, talk).at(-1) as Who[];
}

/** What one person holds of one conversation, as if a machine of theirs had been told line by line. */
export interface Holding {
  /** Current participant? */
  in: boolean;
  /** Ever been one? */
  ever: boolean;
  /** Is it in their sidebar? */
  listed: boolean;
  /** The copy; goes on being filled while it is not listed (DELETE-3). */
  copy: Line[];
  /** Everything of their stints, deleted or not: what a private tab shows (SEE-3). */
  stints: Line[];
  unread: number[];
  readUpTo: number;
  /** The last line they have seen by having been in. */
  end: number;
  /** When they came in last. */
  since: number;
}

export function holdingOf(log: Log, talk: Talk, who: Who): Holding {
  let known = lookedUp.get(log);
  if (known === undefined || known.length !== log.length) {
    known = { length: log.length, holdings: new Map() };
    lookedUp.set(log, known);
  }
  const key = `${talk} ${who}`;
  const holding = known.holdings.get(key) ?? walk(log, talk, who);
  known.holdings.set(key, holding);
  return holding;
}

/** The same is asked many times between two steps; a log only ever grows. */
const lookedUp = new WeakMap<Log, { readonly length: number; readonly holdings: Map<string, Holding> }>();

function walk(log: Log, talk: Talk, who: Who): Holding {
  const mine: Holding = {
    in: false,
    ever: false,
    listed: false,
    copy: [],
    stints: [],
    unread: [],
    readUpTo: 0,
    end: 0,
    since: 0,
  };
  const lines = linesOf(log, talk);
  let seq = 0;
  for (const h of log) {
    if (!('talk' in h) || h.talk !== talk) continue;
    if (h.what === 'marked') {
      if (h.who === who) markUpTo(mine, h.upTo);
    } else if (h.what === 'binned') {
      if (h.who === who) bin(mine, h.upTo, who);
    } else if (h.what !== 'wiped') {
      seq += 1;
      const line = lines[seq - 1] as Line;
      const comes =
        (h.what === 'started' && (h.who === who || h.with.includes(who))) || (h.what === 'came' && h.guest === who);
      if (comes) comeIn(mine, line, h.what === 'started');
      if (!mine.in) continue;
      mine.copy.push(line);
      mine.stints.push(line);
      mine.end = seq;
      if (line.kind === 'message') {
        mine.listed = true;
        if (line.who === who) markUpTo(mine, seq);
        else mine.unread.push(seq);
      }
      if (h.what === 'went' && h.who === who) mine.in = false;
    }
  }
  if (!mine.listed) mine.unread = [];
  return mine;
}

function comeIn(mine: Holding, line: Line, first: boolean): void {
  if (!mine.listed) mine.copy = [];
  mine.in = true;
  mine.ever = true;
  mine.listed = true;
  mine.since = line.at;
  mine.unread = [];
  if (!first) mine.readUpTo = line.seq;
}

function markUpTo(mine: Holding, upTo: number): void {
  mine.readUpTo = Math.max(mine.readUpTo, upTo);
  mine.unread = mine.unread.filter((seq) => seq > upTo);
}

function bin(mine: Holding, upTo: number, who: Who): void {
  mine.copy = mine.copy.filter((line) => line.seq > upTo);
  mine.unread = mine.unread.filter((seq) => seq > upTo);
  mine.listed = mine.copy.some((line) => line.kind === 'message' || (line.kind === 'came' && line.guest === who));
}

export type Stands = 'stranger' | 'participant' | 'deleted' | 'left' | 'gone';
export function standsOf(log: Log, talk: Talk, who: Who): Stands {
  const mine = holdingOf(log, talk, who);
  if (!mine.ever) return 'stranger';
  if (mine.in) return mine.listed ? 'participant' : 'deleted';
  return mine.listed ? 'left' : 'gone';
}

/** The participants a copy names (LEAVE-4: who left keeps those of the moment, themselves among them). */
export function namesShown(log: Log, talk: Talk, who: Who): Who[] {
  const mine = holdingOf(log, talk, who);
  const steps = membersByLine(log, talk);
  return mine.ever && !mine.in ? (steps[mine.end - 1] as Who[]) : (steps.at(-1) as Who[]);
}

/** LIST-4: everyone who was in at some line of the copy. */
export function peopleShown(log: Log, talk: Talk, who: Who): Set<Who> {
  const mine = holdingOf(log, talk, who);
  const steps = membersByLine(log, talk);
  const lines = mine.listed ? mine.copy : [];
  return new Set(lines.flatMap((line) => [...(steps[line.seq - 1] as Who[]), ...(steps[line.seq] as Who[])]));
}

// ---- the two views --------------------------------------------------------------------------------------------------

export interface Listed {
  readonly talk: Talk;
  readonly order: number;
  readonly unread: number;
}

/** The newest message among the lines; without one, when the reader came in. */
export function orderOf(lines: readonly Line[], mine: Holding): number {
  return lines.findLast((line) => line.kind === 'message')?.at ?? mine.since;
}

/** LIST-1, LIST-4: newest first. Two conversations never share a time. */
export function sidebarOf(log: Log, who: Who, withPerson: Who | null = null): Listed[] {
  const listed: Listed[] = [];
  for (const talk of talksOf(log)) {
    const mine = holdingOf(log, talk, who);
    if (!mine.listed) continue;
    if (withPerson !== null && (withPerson === who || !peopleShown(log, talk, who).has(withPerson))) continue;
    listed.push({ talk, order: orderOf(mine.copy, mine), unread: mine.unread.length });
  }
  return listed.sort((a, b) => b.order - a.order);
}

/** LIST-6. */
export function badgeOf(log: Log, who: Who): number {
  return sidebarOf(log, who).filter((listed) => listed.unread > 0).length;
}

/** What the tab of a record shows of one conversation; null = nothing at all. */
export function tabLines(log: Log, talk: Talk, who: Who): Line[] | null {
  const start = startOf(log, talk);
  if (!start || start.about === null || !mayView(log, who, start.about)) return null;
  if (!start.secret) return linesOf(log, talk);
  const mine = holdingOf(log, talk, who);
  return mine.in ? mine.stints : null;
}

/** SEE-2, SEE-3, SEE-5: the conversations in a record's tab, null where there is no tab for this person. */
export function tabOf(log: Log, who: Who, rec: Rec): Talk[] | null {
  if (!mayView(log, who, rec)) return null;
  return talksOf(log).filter((talk) => startOf(log, talk)?.about === rec && tabLines(log, talk, who) !== null);
}

// ---- alerts ---------------------------------------------------------------------------------------------------------

/** ALERT-1, ALERT-5: whom the newest happening alerts, and by which of the two boxes. */
export function alertedBy(log: Log): Map<Who, 'conversation' | 'message'> {
  const alerted = new Map<Who, 'conversation' | 'message'>();
  const last = log.at(-1);
  if (last === undefined || !('talk' in last)) return alerted;
  if (last.what === 'marked' || last.what === 'binned' || last.what === 'wiped') return alerted;
  for (const who of participantsOf(log, last.talk)) {
    const isNew = last.what === 'started' || (last.what === 'came' && last.guest === who);
    const sees = holdingOf(log, last.talk, who).listed;
    if (who !== last.who && sees && isActive(log, who)) alerted.set(who, isNew ? 'conversation' : 'message');
  }
  return alerted;
}

// ---- what a command makes happen --------------------------------------------------------------------------------------

/** What an ask that is not refused makes happen. */
export function happeningsOf(ask: Ask, at: number): Happening[] {
  const { who, talk } = ask;
  switch (ask.verb) {
    case 'start':
      return [
        { what: 'started', talk, at, who, with: ask.people, about: ask.about, secret: ask.secret, text: ask.text },
      ];
    case 'reply':
      return [{ what: 'said', talk, at, who, text: ask.text }];
    case 'read':
      return [{ what: 'marked', talk, at, who, upTo: ask.upTo }];
    case 'invite':
      return ask.people.map((guest) => ({ what: 'came', talk, at, who, guest }));
    case 'leave':
      return [{ what: 'went', talk, at, who }];
    case 'delete':
      return [{ what: 'binned', talk, at, who, upTo: ask.upTo }];
  }
}

/**
 * READ-3: what Mark All Read makes happen for someone whose client had been sent everything up to `asOf`, a length of the
 * log. Empty = refused, because nothing of that is unread (READ-2).
 */
export function markAllRead(log: Log, who: Who, asOf: number, at: number): Happening[] {
  if (!isActive(log, who)) return [];
  return talksOf(log).flatMap((talk): Happening[] => {
    const mine = holdingOf(log, talk, who);
    const upTo = Math.min(linesOf(log.slice(0, asOf), talk).length, mine.end);
    return mine.unread.some((seq) => seq <= upTo) ? [{ what: 'marked', talk, at, who, upTo }] : [];
  });
}
