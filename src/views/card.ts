/**
 * A conversation as one reader sees it: in their own sidebar (copy) or in a record's tab. Made from the committed state
 * and the reader's rights at this moment; nothing a reader may not see is ever put in.
 */
import type { ConversationId, PersonId, RecordKind, RecordRef, Seq } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import {
  copyRanges,
  isParticipant,
  listOrder,
  participants,
  participantsShown,
  type Range,
  type Standing,
  standingOf,
  tabOrder,
  tabRanges,
  unreadOf,
} from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import type { Person } from '../directory/entities.ts';
import type { EntryView } from './entries.ts';
import { hasVisibleBefore } from './entries.ts';

export type AboutView =
  | { kind: RecordKind; id: string; name: string; restricted: false }
  | { kind: RecordKind; restricted: true };

export interface RecordView {
  kind: RecordKind;
  id: string;
  /** Null = not for this reader. */
  name: string | null;
}

export interface PersonView {
  id: PersonId;
  first: string;
  last: string;
  active: boolean;
}

export interface CardView {
  conversation: ConversationId;
  starter: PersonId;
  about: AboutView | null;
  private: boolean;
  participants: PersonId[];
  standing: 'participant' | 'left' | 'deleted' | 'viewer';
  order: number;
  readUpTo: Seq;
  unread: number;
  visible: [number, number][];
  from: Seq;
  entries: EntryView[];
  more: boolean;
}

/** SEE-4, for this reader at this moment. A record that is no more is restricted for everyone. */
export function aboutView(directory: Directory, state: ConversationState, reader: PersonId): AboutView | null {
  if (state.about === null) return null;
  const { kind, id } = state.about;
  const record = directory.record(kind, id);
  if (record === undefined || !directory.maySeeName(reader, kind, id)) return { kind, restricted: true };
  return { kind, id, name: record.name, restricted: false };
}

/** SEE-4, of a record that the reader may view. */
export function recordView(
  directory: Pick<Directory, 'record' | 'maySeeName'>,
  reader: PersonId,
  { kind, id }: RecordRef,
): RecordView {
  const seesName = directory.maySeeName(reader, kind, id);
  return { kind, id, name: seesName ? (directory.record(kind, id)?.name ?? null) : null };
}

/** What the tab of the conversation's record shows this reader: nothing without the right to view it (SEE-5). */
export function viewerTabRanges(
  directory: Pick<Directory, 'mayView'>,
  state: ConversationState,
  reader: PersonId,
): Range[] {
  const { about } = state;
  return about !== null && directory.mayView(reader, about.kind, about.id) ? tabRanges(state, reader) : [];
}

/** A card of the reader's copy. `entries` are all that is visible from `from` on. */
export function copyCard(
  directory: Directory,
  state: ConversationState,
  reader: PersonId,
  entries: EntryView[],
  from: Seq = entries[0]?.seq ?? state.head + 1,
): CardView {
  const ranges = copyRanges(state, reader);
  return {
    ...common(directory, state, reader, ranges, entries, from),
    participants: participantsShown(state, reader),
    standing: isParticipant(state, reader) ? 'participant' : 'left',
    order: listOrder(state, reader) ?? 0,
    readUpTo: state.members.get(reader)?.readUpTo ?? 0,
    unread: unreadOf(state, reader),
  };
}

/** A card of a record's tab. For someone whom the tab does not show the conversation, the caller must not ask. */
export function tabCard(
  directory: Directory,
  state: ConversationState,
  reader: PersonId,
  entries: EntryView[],
): CardView {
  const from = entries[0]?.seq ?? state.head + 1;
  return {
    ...common(directory, state, reader, tabRanges(state, reader), entries, from),
    participants: participants(state),
    standing: tabStanding(standingOf(state, reader)),
    order: tabOrder(state, reader),
    readUpTo: state.members.get(reader)?.readUpTo ?? 0,
    unread: unreadOf(state, reader),
  };
}

function tabStanding(standing: Standing): CardView['standing'] {
  return standing === 'participant' || standing === 'deleted' ? standing : 'viewer';
}

function common(
  directory: Directory,
  state: ConversationState,
  reader: PersonId,
  ranges: readonly Range[],
  entries: EntryView[],
  from: Seq,
) {
  return {
    conversation: state.id,
    starter: state.starter,
    about: aboutView(directory, state, reader),
    private: state.private,
    visible: ranges.map(({ from: first, to }): [number, number] => [first, to]),
    from,
    entries,
    more: hasVisibleBefore(ranges, from),
  };
}

/** The names of everyone these cards mention; someone the directory does not know is named by their id. */
export function peopleOf(directory: Directory, cards: readonly CardView[]): PersonView[] {
  const ids = new Set<PersonId>();
  for (const card of cards) {
    ids.add(card.starter);
    for (const id of card.participants) ids.add(id);
    addPeopleIn(ids, card.entries);
  }
  return namesOf(directory, ids);
}

export function peopleIn(directory: Directory, entries: readonly EntryView[]): PersonView[] {
  const ids = new Set<PersonId>();
  addPeopleIn(ids, entries);
  return namesOf(directory, ids);
}

function addPeopleIn(ids: Set<PersonId>, entries: readonly EntryView[]): void {
  for (const entry of entries) {
    ids.add(entry.by);
    if (entry.kind === 'joined') ids.add(entry.who);
  }
}

export function namesOf(directory: Directory, ids: Iterable<PersonId>): PersonView[] {
  return [...ids].map((id) => nameOf(id, directory.person(id)));
}

/** In every language: of someone who was erased (ERASE-2) there is nothing else to say. */
const erasedName = '—';

export function nameOf(id: PersonId, person: Person | undefined): PersonView {
  if (person === undefined) return { id, first: '', last: id, active: false };
  return { id, first: person.first, last: person.last || erasedName, active: person.active };
}
