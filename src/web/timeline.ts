/**
 * Messages and notices of a conversation. They are put together in blocks by their seq, and a block in which nothing has
 * changed costs a comparison: a new message in thousands renders the last block.
 */
import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';
import type { ConversationView, EntryView } from '../client/index.ts';
import { avatar } from './avatar.ts';
import { linkedText } from './linked-text.ts';
import { sentence } from './texts/sentence.ts';
import { type Locale, nameOf, type Texts } from './texts/texts.ts';
import { dayOf, fullTime, shortTime } from './texts/times.ts';

/** Seqs of one block, and blocks of a group. */
const blockSeqs = 32;
const groupBlocks = 32;

/** `me`: id of the reader. */
export function timeline(view: ConversationView, me: string, locale: Locale): unknown {
  const now = Date.now();
  const today = dayOf(now);
  const firstUnread = firstUnreadOf(view, me);
  // What stands at its index stays what it is, whatever comes before it; where nothing is shown there is nothing.
  const groups: EntryView[][][] = [];
  for (const entry of view.entries) {
    const index = Math.floor(entry.seq / blockSeqs);
    const place = Math.floor(index / groupBlocks);
    const group = groups[place] ?? [];
    const block = group[index % groupBlocks] ?? [];
    block.push(entry);
    group[index % groupBlocks] = block;
    groups[place] = group;
  }
  return groups.map((group) =>
    group.map((block) =>
      guard(
        [...block, firstUnreadIn(block, firstUnread), me, locale, today],
        () =>
          html`<div class=${block.length < blockSeqs / 2 ? '' : 'far'}>${block.map((entry) => entryRow(entry, { me, locale, now, firstUnread }))}</div>`,
      ),
    ),
  );
}

interface Context {
  readonly me: string;
  readonly locale: Locale;
  readonly now: number;
  readonly firstUnread: number;
}

/** Seq of the first unread message; beyond all where nothing is unread. */
function firstUnreadOf({ entries, unread, readUpTo }: ConversationView, me: string): number {
  if (unread === 0) return Number.POSITIVE_INFINITY;
  const first = entries.find(({ kind, seq, by }) => kind === 'message' && seq > readUpTo && by.id !== me);
  return first?.seq ?? Number.POSITIVE_INFINITY;
}

/** Where in this block unread begins: in it, before it (0) or after it. */
function firstUnreadIn(block: readonly EntryView[], firstUnread: number): number {
  if (firstUnread < (block[0]?.seq ?? 0)) return 0;
  return firstUnread > (block.at(-1)?.seq ?? 0) ? Number.POSITIVE_INFINITY : firstUnread;
}

function entryRow(entry: EntryView, { me, locale, now, firstUnread }: Context): TemplateResult {
  const at = entry.at / 1000;
  const { texts } = locale;
  const time = html`<time datetime=${new Date(at).toISOString()} title=${fullTime(at, locale)}>${shortTime(at, now, locale)}</time>`;
  if (entry.kind !== 'message')
    return html`<p class="notice small">${noticeText(entry, me, texts)} <span>${time}</span></p>`;
  const isUnread = entry.seq >= firstUnread && entry.by.id !== me;
  return html`${
    entry.seq === firstUnread ? html`<p class="from" part="unread">${texts.unreadFrom}</p>` : nothing
  }<div class="message" part="message">
      ${avatar(entry.by)}
      <div>
        <p class="by">
          <bdi>${entry.by.id === me ? texts.you : nameOf(entry.by)}</bdi>
          ${time}
          ${isUnread ? html`<i class="dot"></i><span class="vh">${texts.unread}</span>` : nothing}
        </p>
        ${
          entry.erased
            ? html`<div class="erased">${texts.erased}</div>`
            : html`<div class="text" dir="auto">${linkedText(entry.text)}</div>`
        }
      </div>
    </div>`;
}

function noticeText(entry: Exclude<EntryView, { kind: 'message' }>, me: string, texts: Texts): unknown {
  const by = nameOf(entry.by);
  if (entry.kind === 'left') return entry.by.id === me ? texts.youLeft : sentence(texts.left, by);
  const who = nameOf(entry.who);
  if (entry.who.id === me) return sentence(texts.youJoined, by);
  return entry.by.id === me ? sentence(texts.invitedByYou, who) : sentence(texts.joined, by, who);
}
