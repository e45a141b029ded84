/**
 * One conversation as the client holds it: a card and the entries after it, immutable. The functions here are the
 * client's half of the protocol's merging rules; they are pure.
 */
import { sdkLimits } from '../limits.ts';
import type { Card, Entry } from '../wire/frames.ts';

export interface Thread {
  /** The card as it would be sent now, but for its entries. */
  readonly card: Omit<Card, 'entries' | 'from' | 'more'>;
  /** Everything visible from `from` on, ascending. */
  readonly entries: readonly Entry[];
  readonly from: number;
  /** Shown from this seq on (More); null = the three newest messages (LIST-3). */
  readonly floor: number | null;
}

/** Entries kept of a collapsed conversation beyond those shown: more are dropped and asked for again by More. */
const collapsedKeptMax = 100;

export function threadOf(card: Card, floor: number | null = null): Thread {
  const { entries: all, from, more: _, ...rest } = card;
  const entries = all.filter((entry) => isVisible(card.visible, entry.seq));
  // A card on a page bears the order of the moment at which the page was begun; its entries may be newer.
  const newest = entries.findLast((entry) => entry.kind === 'message')?.at ?? 0;
  return { card: { ...rest, order: Math.max(card.order, newest) }, entries, from, floor };
}

/**
 * Was the card made before what is held? Heads, read marks and delete marks never go back. An answer that took long may
 * arrive behind the news of what happened meanwhile.
 */
export function isOlder(card: Card, held: Thread): boolean {
  const before = held.card;
  return (
    (card.visible.at(-1)?.[1] ?? 0) < headOf(held) ||
    card.readUpTo < before.readUpTo ||
    (card.visible[0]?.[0] ?? 0) < (before.visible[0]?.[0] ?? 0)
  );
}

/** Newest seq held. */
export function headOf(thread: Thread): number {
  return thread.card.visible.at(-1)?.[1] ?? 0;
}

/** Are there visible entries before those held? Seqs have no gaps, so `visible` tells. */
export function hasOlder(thread: Thread): boolean {
  const first = thread.card.visible[0];
  return first !== undefined && first[0] < thread.from;
}

function isVisible(visible: Card['visible'], seq: number): boolean {
  return visible.some(([from, to]) => from <= seq && seq <= to);
}

/** A card replaces what is held, unless its entries continue it; entries outside its `visible` go. */
export function withCard(held: Thread, card: Card): Thread {
  if (card.from > headOf(held) + 1 || held.from >= card.from) return threadOf(card, held.floor);
  const older = held.entries.filter((entry) => entry.seq < card.from && isVisible(card.visible, entry.seq));
  const next = threadOf(card, held.floor);
  return trimmed({ ...next, entries: [...older, ...next.entries], from: held.from });
}

/**
 * New entries at the end; `me` is the reader. Null: they do not follow what is held, so the card has to be asked for.
 * What changes the reader's own standing comes as a card, but for their own leaving.
 */
export function withEntries(held: Thread, entries: readonly Entry[], me: string): Thread | null {
  let { card } = held;
  const added: Entry[] = [];
  for (const entry of entries) {
    const head = card.visible.at(-1)?.[1] ?? 0;
    if (entry.seq <= head) continue;
    if (entry.seq !== head + 1 || card.standing === 'left') return null;
    card = cardAfter(card, entry, me);
    added.push(entry);
  }
  return added.length === 0 ? held : trimmed({ ...held, card, entries: [...held.entries, ...added] });
}

function cardAfter(card: Thread['card'], entry: Entry, me: string): Thread['card'] {
  const last = card.visible.at(-1) ?? [entry.seq, entry.seq];
  const visible: Card['visible'] = [...card.visible.slice(0, -1), [last[0], entry.seq]];
  switch (entry.kind) {
    case 'message': {
      if (entry.by === me) return { ...card, visible, order: entry.at, readUpTo: entry.seq, unread: 0 };
      const counts = card.standing === 'participant' && entry.seq > card.readUpTo;
      return { ...card, visible, order: entry.at, unread: card.unread + (counts ? 1 : 0) };
    }
    case 'joined':
      return { ...card, visible, participants: [...card.participants.filter((id) => id !== entry.who), entry.who] };
    case 'left':
      // Whoever leaves keeps the copy as it was, themselves among its participants (LEAVE-4).
      if (entry.by === me) return { ...card, visible, standing: 'left' };
      return { ...card, visible, participants: card.participants.filter((id) => id !== entry.by) };
  }
}

/** A mark that is held already came with a card; since then there may be more unread than the mark knows of. */
export function withMark(held: Thread, readUpTo: number, unread: number): Thread {
  const { card } = held;
  if (readUpTo <= card.readUpTo) return held;
  return { ...held, card: { ...card, readUpTo, unread } };
}

/** ERASE-1: these entries stay at their place, without their text. */
export function withErased(held: Thread, seqs: readonly number[]): Thread {
  const gone = new Set(seqs);
  const erase = (entry: Entry): Entry =>
    entry.kind === 'message' && gone.has(entry.seq) ? { ...entry, text: '', erased: true } : entry;
  return { ...held, entries: held.entries.map(erase) };
}

/** A page of history that was asked for with `before` = `held.from`. */
export function withHistory(held: Thread, entries: readonly Entry[], more: boolean): Thread {
  const { visible } = held.card;
  const older = entries.filter((entry) => entry.seq < held.from && isVisible(visible, entry.seq));
  const from = more ? (older[0]?.seq ?? held.from) : Math.min(held.from, visible[0]?.[0] ?? held.from);
  return { ...held, entries: [...older, ...held.entries], from };
}

/** Index of the first entry shown. */
export function shownFrom({ entries, floor }: Thread): number {
  if (floor !== null) {
    const index = entries.findIndex((entry) => entry.seq >= floor);
    return index === -1 ? entries.length : index;
  }
  const least = Math.max(0, entries.length - sdkLimits.cardScanMax);
  let messages = 0;
  let index = entries.length;
  while (index > least && messages < sdkLimits.cardMessages) {
    index -= 1;
    if ((entries[index] as Entry).kind === 'message') messages += 1;
  }
  return index;
}

/** Is less held than is to be shown: down to the floor, or three messages? The card that replaced it had no more. */
export function isShort(thread: Thread): boolean {
  const { entries, floor, from } = thread;
  if (!hasOlder(thread)) return false;
  if (floor !== null) return floor < from;
  return entries.length < sdkLimits.cardScanMax && countMessages(entries) < sdkLimits.cardMessages;
}

function countMessages(entries: readonly Entry[]): number {
  return entries.filter((entry) => entry.kind === 'message').length;
}

/** Shown from `count` entries further back, as far as they are held. */
export function expanded(thread: Thread, count: number): Thread {
  const index = Math.max(0, shownFrom(thread) - count);
  return { ...thread, floor: index === 0 ? thread.from : (thread.entries[index] as Entry).seq };
}

/** Three again (LIST-3); what is no longer shown is let go. */
export function collapsed(thread: Thread): Thread {
  return thread.floor === null ? thread : trimmed({ ...thread, floor: null });
}

function trimmed(thread: Thread): Thread {
  if (thread.floor !== null) return thread;
  const index = shownFrom(thread);
  const first = thread.entries[index];
  if (index <= collapsedKeptMax || first === undefined) return thread;
  return { ...thread, entries: thread.entries.slice(index), from: first.seq };
}
