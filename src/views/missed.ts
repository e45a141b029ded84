/**
 * CMD-3: what a person missed since their client's positions. Per conversation: its card as it is now, continued by
 * every visible entry since; or that it is gone. Marks and rights come along with the card.
 */
import type { ConversationId, PersonId, Seq } from '../conversation/commands.ts';
import { erasedBy } from '../conversation/erasing.ts';
import { isTimelineEvent } from '../conversation/events.ts';
import type { ConversationState } from '../conversation/state.ts';
import { copyRanges, isVisible } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import type { EventsSince } from '../journal/archive.ts';
import type { Position } from '../journal/entry.ts';
import { Damaged } from '../journal/journal.ts';
import type { Limits } from '../limits.ts';
import { type CardView, copyCard } from './card.ts';
import { entriesOf, newest, visibleOnly } from './entries.ts';
import type { ConversationReader } from './reader.ts';
import type { Row } from './sidebar.ts';
import type { Sidebars } from './sidebars.ts';

export interface Missed {
  readonly cards: CardView[];
  readonly gone: ConversationId[];
  /** ERASE-1: messages of the reader's copies that the client may hold the text of. */
  readonly erased: { readonly conversation: ConversationId; readonly seqs: Seq[] }[];
}

export interface Since {
  readonly at: readonly Position[];
  /** CRM records of which the reader may see something else than before. */
  readonly records: ReadonlySet<string>;
}

/** How a set of records names one. */
export function recordKey(record: { readonly kind: string; readonly id: string }): string {
  return `${record.kind} ${record.id}`;
}

export interface MissedPort {
  readonly sidebars: Sidebars;
  readonly reader: ConversationReader;
  readonly directory: Directory;
  readonly limits: Limits;
  partitionOf(conversation: ConversationId): number;
}

interface Question {
  readonly port: MissedPort;
  readonly person: PersonId;
  readonly since: Since;
}

/** What may still be brought. */
interface Room {
  entries: number;
  textBytes: number;
}

/** Null: too much to replay, the client has to load afresh. */
export async function missedSince(port: MissedPort, person: PersonId, since: Since): Promise<Missed | null> {
  const { sidebars, limits, partitionOf } = port;
  const sidebar = await sidebars.of(person);
  const changed: Row[] = [];
  for (const row of sidebar.rows()) {
    const moved = row.position > (since.at[partitionOf(row.conversation)] ?? 0);
    if (moved || isRenamed(row, since)) changed.push(row);
  }
  if (changed.length > limits.resumeConversationsMax) return null;
  const missed: Missed = { cards: [], gone: [], erased: [] };
  const room: Room = { entries: limits.resumeEntriesMax, textBytes: limits.resumeTextMaxBytes };
  for (const row of changed) if (!(await addMissed(missed, room, { port, person, since }, row))) return null;
  missed.cards.sort((a, b) => a.order - b.order);
  return missed;
}

/** Of one conversation. False: there is no room for all of it. */
async function addMissed(missed: Missed, room: Room, { port, person, since }: Question, row: Row): Promise<boolean> {
  const { reader, directory, limits, partitionOf } = port;
  const { conversation } = row;
  const stored = await reader.state(conversation);
  if (stored === null) return true;
  const { state } = stored;
  const ranges = copyRanges(state, person);
  const position = since.at[partitionOf(conversation)] ?? 0;
  const came = await reader.eventsSince(conversation, position, room.entries);
  if (came === null) return false;
  assertAll(state, came);
  const entries = entriesOf(came.events);
  room.entries -= entries.length;
  const fresh = visibleOnly(entries, ranges);
  const marks = came.events.filter(({ event }) => !isTimelineEvent(event));
  const seqs = [...erasedBy(marks.map(({ event }) => event))].filter((seq) => isVisible(ranges, seq));
  if (seqs.length > 0) missed.erased.push({ conversation, seqs });
  // A row that was loaded bears the position of the newest entry, whomever that concerned: only what concerns the reader counts.
  const concerned = fresh.length > 0 || isRenamed(row, since) || marks.some(({ event }) => event.by === person);
  if (!concerned) return true;
  if (ranges.length === 0) {
    missed.gone.push(conversation);
    return true;
  }
  for (const entry of fresh) if (entry.kind === 'message') room.textBytes -= Buffer.byteLength(entry.text);
  if (room.textBytes < 0) return false;
  const shown = await newest(reader, state, ranges, limits.cardMessages, limits.cardScanMax);
  // Whoever holds nothing of it yet needs the newest three messages; whoever does needs all that is new.
  const from = Math.min(fresh[0]?.seq ?? Number.MAX_SAFE_INTEGER, shown[0]?.seq ?? state.head + 1);
  const older = shown.filter((entry) => fresh[0] === undefined || entry.seq < fresh[0].seq);
  missed.cards.push(copyCard(directory, state, person, [...older, ...fresh], from));
  return true;
}

/**
 * The events reach as far as the state does. Rows of an earlier copy of a file are whole, each by itself; that the newest are not
 * among them shows only beside the state.
 */
function assertAll({ id, v }: ConversationState, { after, events }: EventsSince): void {
  if (after + events.length >= v) return;
  throw new Damaged(`archive: of conversation ${id} events behind event ${after + events.length} of ${v} are missing`);
}

function isRenamed(row: Row, since: Since): boolean {
  return row.about !== null && since.records.has(recordKey(row.about));
}
