/**
 * Journal entries and frames as bytes. A frame is one group commit: the entries of one append, the owner's epoch and the
 * hash of the frame before it, so that frames can be neither dropped, swapped nor spliced unnoticed.
 */
import { type RefusalName, refusals } from '../conversation/refusals.ts';
import type { AlertPreferences, Answer, JournalEntry, Position, Remembered } from './entry.ts';
import { Fields } from './fields.ts';
import { chain, describe, formats, hashBytes, noHash, type Place, pack, seal, unseal } from './format.ts';
import { eventMembers, readEvent } from './format-event.ts';
import { Damaged } from './journal.ts';
import { conversationOf, frameKey, idBytes, partitionKey, requireConversationKey } from './keys.ts';

export interface Frame {
  readonly partition: number;
  readonly first: Position;
  /** Of the partition's owner that wrote it. */
  readonly epoch: number;
  readonly previous: Uint8Array;
  readonly entries: readonly JournalEntry[];
}

/** `hash`: what the next frame names as `previous`. */
export function encodeFrame(frame: Frame): { key: Buffer; value: Buffer; hash: Uint8Array } {
  const key = frameKey(frame.partition, frame.first);
  const payload = pack([frame.first, frame.epoch, frame.previous, frame.entries.map(entryMembers)]);
  return { key, value: seal(formats.frame, key, payload), hash: chain(noHash, payload) };
}

export function decodeFrame(place: Place, partition: number, value: Uint8Array): Frame & { hash: Uint8Array } {
  const payload = unseal(formats.frame, place, value);
  const fields = Fields.of(payload, place);
  const first = fields.count();
  const head = { partition, first, epoch: fields.count(), previous: fields.bytes(hashBytes) };
  const entries = fields.each((entry) => readEntry(entry.fields()));
  fields.end();
  entries.forEach((entry, index) => {
    if (entry.position !== first + index) throw new Damaged(`${describe(place)}: positions with a gap`);
  });
  if (entries.length === 0) throw new Damaged(`${describe(place)}: no entries`);
  return { ...head, entries, hash: chain(noHash, payload) };
}

/** Names a frame for `Damaged`. */
export function framePlace(key: Uint8Array): Place {
  return { store: 'journal/frames', key };
}

export function entryMembers(entry: JournalEntry): unknown[] {
  return [
    entry.position,
    entry.at,
    entry.conversation === null ? null : requireConversationKey(entry.conversation),
    entry.events.map(eventMembers),
    entry.preferences === null ? null : [entry.preferences.person, boxesToNumber(entry.preferences.boxes)],
    entry.command === null ? null : rememberedMembers(entry.command),
  ];
}

export function readEntry(fields: Fields): JournalEntry {
  const head = { position: fields.count(), at: fields.count() };
  const bytes = fields.bytesOrNull(idBytes);
  const conversation = bytes === null ? null : conversationOf(bytes);
  const events = fields.each((event) => readEvent(event.fields(), conversation ?? ''));
  if (conversation === null && events.length > 0) throw new Damaged(`${describe(fields.place)}: events of no one`);
  const preferences = fields.fieldsOrNull();
  const command = fields.fieldsOrNull();
  fields.end();
  return {
    ...head,
    conversation,
    events,
    preferences: preferences === null ? null : { person: preferences.text(), boxes: readBoxes(preferences) },
    command: command === null ? null : readRemembered(command),
  };
}

function rememberedMembers(command: Remembered): unknown[] {
  return [command.person, command.id, command.bodyHash, answerMember(command.answer)];
}
function readRemembered(fields: Fields): Remembered {
  const remembered = {
    person: fields.text(),
    id: fields.text(),
    bodyHash: fields.bytes(idBytes),
    answer: readAnswer(fields),
  };
  fields.end();
  return remembered;
}

/** A refusal is its name, any other answer a map. */
export function answerMember(answer: Answer): unknown {
  return 'refused' in answer ? answer.refused : answer.ok;
}
export function readAnswer(fields: Fields): Answer {
  if (fields.isText) {
    const name = fields.text();
    if (!Object.hasOwn(refusals, name)) throw new Damaged(`${describe(fields.place)}: an unknown refusal`);
    return { refused: name as RefusalName };
  }
  return { ok: fields.map() as Readonly<Record<string, string | number | readonly number[]>> };
}

/** The four boxes as bits: e-mail conversations, e-mail messages, pop-up conversations, pop-up messages. */
export function boxesToNumber({ email, popup }: AlertPreferences): number {
  return (
    (email.conversations ? 1 : 0) | (email.messages ? 2 : 0) | (popup.conversations ? 4 : 0) | (popup.messages ? 8 : 0)
  );
}
export function readBoxes(fields: Fields): AlertPreferences {
  const bits = fields.count();
  if (bits > 15) throw new Damaged(`${describe(fields.place)}: unknown boxes`);
  return {
    email: { conversations: (bits & 1) !== 0, messages: (bits & 2) !== 0 },
    popup: { conversations: (bits & 4) !== 0, messages: (bits & 8) !== 0 },
  };
}

/** What a partition remembers of itself beside its frames. */
export interface PartitionRecord {
  /** Of its newest owner. */
  readonly epoch: number;
  /** False once that owner has let go. */
  readonly held: boolean;
  /** Everything up to here is in the archive. */
  readonly checkpoint: Position;
  /** Last entry and hash of the newest frame that may be gone: the next frame starts behind it. */
  readonly base: { readonly position: Position; readonly hash: Uint8Array };
}

export const emptyPartition: PartitionRecord = {
  epoch: 0,
  held: false,
  checkpoint: 0,
  base: { position: 0, hash: noHash },
};

export function encodePartition(partition: number, record: PartitionRecord): Buffer {
  const payload = pack([record.epoch, record.held, record.checkpoint, record.base.position, record.base.hash]);
  return seal(formats.partition, partitionKey(partition), payload);
}
export function decodePartition(place: Place, value: Uint8Array): PartitionRecord {
  const fields = Fields.of(unseal(formats.partition, place, value), place);
  const record = {
    epoch: fields.count(),
    held: fields.flag(),
    checkpoint: fields.count(),
    base: { position: fields.count(), hash: fields.bytes(hashBytes) },
  };
  fields.end();
  return record;
}
