/**
 * A row of the outbox, made again of its conversation and of what became of the mails before it (ALERT-3). When it was due is
 * not known any more, so it is due at once.
 */
import type { ConversationState } from '../conversation/state.ts';
import { findConversation } from './archive-conversations.ts';
import { damagedAt, type Place, sameBytes } from './format.ts';
import { decodeMails, encodeOutbox } from './format-archive.ts';
import { hashOf, idBytes } from './keys.ts';
import { type Change, placeIn, type TableReader } from './tables.ts';

/**
 * The mail is about all that the person has not read and was not mailed of. Throws `Damaged` where the conversation is, or
 * what became of mails, and where the key is of no member.
 */
export function mendedMailRow(tables: TableReader, place: Place): Change {
  const { key } = place;
  const found = findConversation(tables, key.subarray(idBytes));
  const state = found?.record.stored.state;
  const person = state === undefined ? undefined : memberWith(state, key.subarray(0, idBytes));
  if (state === undefined || person === undefined) throw damagedAt(place, 'of nobody in that conversation');
  const mails = tables.get('mails', key);
  const mailedUpTo = mails === undefined ? 0 : (decodeMails(placeIn('mails', key), mails).at(-1)?.to ?? 0);
  const from = Math.max(mailedUpTo, state.members.get(person)?.readUpTo ?? 0) + 1;
  const { id: conversation, lastMessage } = state;
  const kind = from === 1 ? 'conversation' : 'message';
  const row = { person, conversation, from, to: Math.max(from, lastMessage.seq), kind, dueAt: lastMessage.at } as const;
  return { table: 'outbox', key, value: encodeOutbox(key, row) };
}

function memberWith({ members }: ConversationState, hash: Uint8Array): string | undefined {
  return [...members.keys()].find((person) => sameBytes(hashOf(person), hash));
}
