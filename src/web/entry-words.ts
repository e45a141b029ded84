/** One entry in a few words, for pop-ups, system notifications and the announcer. */
import type { ConversationView, EntryView } from '../client/index.ts';
import { recordName } from './record-name.ts';
import { nameOf, type Texts } from './texts/texts.ts';

/** Characters of a message that are said or shown before it is opened. */
const firstWordsMax = 140;
/** Participants that are named of a conversation about nothing. */
const namedMax = 3;

/** Who and what: `Ben Okafor: Thursday is fine with me.` */
export function entryWords(entry: EntryView, texts: Texts): string {
  return entry.kind === 'message' ? `${nameOf(entry.by)}: ${messageWords(entry, texts)}` : noticeWords(entry, texts);
}

export function messageWords({ erased, text }: Extract<EntryView, { kind: 'message' }>, texts: Texts): string {
  return erased ? texts.erased : firstWords(text);
}

export function noticeWords(entry: Exclude<EntryView, { kind: 'message' }>, texts: Texts): string {
  const by = nameOf(entry.by);
  return entry.kind === 'joined' ? texts.joined(by, nameOf(entry.who)) : texts.left(by);
}

/** What tells a conversation from others: the record it is about, or the other people in it (SEE-4: as it was sent). */
export function conversationWords({ about, participants }: ConversationView, me: string, texts: Texts): string {
  if (about !== null) return recordName(about, texts);
  const others = participants.filter(({ id }) => id !== me);
  const named = others.slice(0, namedMax).map(nameOf).join(', ');
  return others.length > namedMax ? `${named} ${texts.andMore(others.length - namedMax)}` : named;
}

/** On one line, cut between characters and not within one. */
function firstWords(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  if (line.length <= firstWordsMax) return line;
  const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(
    line.slice(0, firstWordsMax + 40),
  );
  let cut = '';
  for (const { segment } of segments) {
    if (cut.length + segment.length > firstWordsMax) break;
    cut += segment;
  }
  return `${cut.trimEnd()}…`;
}
