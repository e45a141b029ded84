/** An event as an admin is shown it, in a line or as JSON; what was said only on request. */
import { type ConversationEvent, isMessage } from '../conversation/events.ts';
import type { ArchivedEvent } from '../journal/entry.ts';
import { isoOf } from './point-in-time.ts';

export function eventFields({ position, event }: ArchivedEvent, withText: boolean): object {
  return { position, ...(withText ? event : withoutText(event)) };
}

function withoutText(event: ConversationEvent): object {
  if (!isMessage(event)) return event;
  const { text, ...rest } = event;
  return text === null ? { ...rest, erased: true } : { ...rest, textBytes: Buffer.byteLength(text) };
}

export function eventLine({ position, event }: ArchivedEvent, withText: boolean): string {
  const by = event.type === 'erased' ? '' : ` by ${event.by}`;
  const head = `${isoOf(event.at)} @${position} v${event.v} ${event.type}${by}`;
  switch (event.type) {
    case 'started':
    case 'replied': {
      return `${head}, seq ${event.seq}: ${textWords(event.text, withText)}`;
    }
    case 'joined':
      return `${head}, seq ${event.seq}: ${event.who}`;
    case 'left':
      return `${head}, seq ${event.seq}`;
    case 'read':
    case 'deleted':
      return `${head}, up to ${event.upTo}`;
    case 'erased':
      return `${head}, seq ${event.seqs.join(' ')}`;
  }
}

function textWords(text: string | null, withText: boolean): string {
  if (text === null) return 'erased';
  return withText ? inOneLine(JSON.stringify(text)) : `${Buffer.byteLength(text)} bytes`;
}

/** What a terminal would obey, or would turn the line around by, and JSON leaves as it is. */
const obeyed = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function inOneLine(json: string): string {
  return json.replace(obeyed, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
