import { describe, expect, it } from 'vitest';
import {
  collapsed,
  expanded,
  hasOlder,
  headOf,
  isOlder,
  isShort,
  shownFrom,
  type Thread,
  threadOf,
  withCard,
  withEntries,
  withErased,
  withHistory,
  withMark,
} from '../../src/client/thread.ts';
import type { Entry } from '../../src/wire/frames.ts';
import { card, message, room } from './scripted.ts';

const id = room('a');
const messages = (from: number, to: number, by = 'bob') =>
  Array.from({ length: to - from + 1 }, (_, i) => message(from + i, by));
const seqs = (thread: Thread) => thread.entries.map((entry) => entry.seq);
const shown = (thread: Thread) => seqs(thread).slice(shownFrom(thread));
const left = (seq: number, by: string): Entry => ({ kind: 'left', seq, at: seq * 10, by });
const joined = (seq: number, by: string, who: string): Entry => ({ kind: 'joined', seq, at: seq * 10, by, who });

describe('a conversation as held', () => {
  it('takes messages of others as unread and as the place in the list', () => {
    const before = threadOf(card(id, [message(1, 'ann')]));
    const after = withEntries(before, [message(2, 'bob'), message(3, 'cid')], 'ann');
    expect(after?.card).toMatchObject({ unread: 2, order: 30, readUpTo: 1, visible: [[1, 3]] });
    expect(before.card).toMatchObject({ unread: 0, order: 10 });
  });

  it('[REPLY-3] an own message reads everything up to it, whichever device sent it', () => {
    const unread = threadOf(card(id, [message(1, 'bob')], { readUpTo: 0, unread: 1 }));
    expect(withEntries(unread, [message(2, 'ann')], 'ann')?.card).toMatchObject({ unread: 0, readUpTo: 2 });
  });

  it('[READ-4] notices are never unread and do not reorder [LIST-1]', () => {
    const before = threadOf(card(id, [message(1, 'ann')]));
    const after = withEntries(before, [joined(2, 'bob', 'dan'), left(3, 'cid')], 'ann');
    expect(after?.card).toMatchObject({ unread: 0, order: 10, participants: ['ann', 'bob', 'dan'] });
  });

  it('[LEAVE-4] the leaver keeps the copy as it was and takes nothing more', () => {
    const before = threadOf(card(id, [message(1, 'bob')]));
    const after = withEntries(before, [left(2, 'ann')], 'ann') as Thread;
    expect(after.card).toMatchObject({ standing: 'left', participants: ['ann', 'bob', 'cid'] });
    expect(withEntries(after, [message(3, 'bob')], 'ann')).toBeNull();
  });

  it('[ERASE-1] an erased message stays at its place without its text, and nothing else changes', () => {
    const before = threadOf(card(id, [message(1, 'bob'), message(2, 'cid'), left(3, 'dan')], { unread: 2 }));
    const after = withErased(before, [2, 3, 9]);
    expect(after.entries[1]).toEqual({ ...message(2, 'cid'), text: '', erased: true });
    expect([after.entries[0], after.entries[2]]).toEqual([before.entries[0], before.entries[2]]);
    expect([after.card, after.from, after.floor]).toEqual([before.card, before.from, before.floor]);
  });

  it('passes over what it holds and refuses what does not follow', () => {
    const before = threadOf(card(id, messages(1, 3)));
    expect(withEntries(before, [message(2, 'bob'), message(3, 'bob')], 'ann')).toBe(before);
    expect(withEntries(before, [message(5, 'bob')], 'ann')).toBeNull();
    expect(seqs(withEntries(before, [message(3, 'bob'), message(4, 'bob')], 'ann') as Thread)).toEqual([1, 2, 3, 4]);
  });

  it('[READ-4] a mark never goes back', () => {
    const before = threadOf(card(id, messages(1, 3), { readUpTo: 2, unread: 1 }));
    expect(withMark(before, 1, 2)).toBe(before);
    expect(withMark(before, 2, 0)).toBe(before);
    expect(withMark(before, 3, 0).card).toMatchObject({ readUpTo: 3, unread: 0 });
  });
});

describe('a card on what is held', () => {
  it('continues it where it begins no later than one behind its head', () => {
    const before = threadOf(card(id, messages(1, 4)));
    const after = withCard(before, card(id, messages(5, 6), { visible: [[1, 6]] }));
    expect(seqs(after)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(hasOlder(after)).toBe(false);
  });

  it('replaces it where something lies between', () => {
    const before = threadOf(card(id, messages(1, 4)));
    const after = withCard(before, card(id, messages(8, 9), { visible: [[1, 9]] }));
    expect(seqs(after)).toEqual([8, 9]);
    expect(hasOlder(after)).toBe(true);
    expect(isShort(after)).toBe(true);
  });

  it('[DELETE-4] drops every entry outside what is visible', () => {
    const before = threadOf(card(id, messages(1, 4)));
    const after = withCard(before, card(id, [message(5, 'bob')], { visible: [[4, 5]] }));
    expect(seqs(after)).toEqual([4, 5]);
    expect(hasOlder(after)).toBe(false);
  });

  it('keeps the expansion', () => {
    const before = expanded(threadOf(card(id, messages(1, 8))), 20);
    expect(shown(before)).toHaveLength(8);
    const after = withCard(before, card(id, messages(20, 22), { visible: [[1, 22]] }));
    expect(after.floor).toBe(1);
    expect(isShort(after)).toBe(true);
  });

  it('knows an older one by head, read mark or delete mark', () => {
    const held = threadOf(card(id, messages(3, 6), { visible: [[3, 6]], readUpTo: 4 }));
    const same = card(id, messages(3, 6), { visible: [[3, 6]], readUpTo: 4 });
    expect(isOlder(same, held)).toBe(false);
    expect(isOlder({ ...same, visible: [[3, 5]] }, held)).toBe(true);
    expect(isOlder({ ...same, readUpTo: 3 }, held)).toBe(true);
    expect(isOlder({ ...same, visible: [[1, 6]] }, held)).toBe(true);
  });

  it('[LIST-2] stands where its newest message puts it, whatever order its page had', () => {
    expect(threadOf(card(id, messages(1, 4), { order: 20 })).card.order).toBe(40);
  });
});

describe('what is shown', () => {
  it('[LIST-3] the three newest messages; notices do not count', () => {
    const entries = [...messages(1, 3), left(4, 'cid'), message(5, 'bob'), joined(6, 'bob', 'cid'), message(7, 'bob')];
    expect(shown(threadOf(card(id, entries)))).toEqual([3, 4, 5, 6, 7]);
  });

  it('[LIST-3] More reveals a page at a time until all are shown, Less returns to three', () => {
    let thread = threadOf(card(id, messages(1, 10)));
    thread = expanded(thread, 4);
    expect(shown(thread)).toEqual([4, 5, 6, 7, 8, 9, 10]);
    thread = expanded(thread, 4);
    expect(shown(thread)).toHaveLength(10);
    expect(shown(collapsed(thread))).toEqual([8, 9, 10]);
  });

  it('keeps what More revealed when new messages come', () => {
    const thread = expanded(threadOf(card(id, messages(1, 5))), 1);
    expect(shown(withEntries(thread, [message(6, 'bob')], 'ann') as Thread)).toEqual([2, 3, 4, 5, 6]);
  });

  it('puts history before what is held', () => {
    const thread = threadOf(card(id, messages(8, 10), { visible: [[1, 10]] }));
    const half = withHistory(thread, messages(4, 7), true);
    expect([half.from, hasOlder(half)]).toEqual([4, true]);
    const whole = withHistory(half, messages(1, 3), false);
    expect([whole.from, hasOlder(whole), seqs(whole).length]).toEqual([1, false, 10]);
  });

  it('holds a bounded number of entries of a collapsed conversation', () => {
    let thread = threadOf(card(id, [message(1, 'bob')]));
    for (let seq = 2; seq <= 1_000; seq++) thread = withEntries(thread, [message(seq, 'bob')], 'ann') as Thread;
    expect(thread.entries.length).toBeLessThanOrEqual(104);
    expect(shown(thread)).toEqual([998, 999, 1000]);
    expect([headOf(thread), hasOlder(thread), thread.card.unread]).toEqual([1000, true, 999]);
  });
});
