/**
 * The questions people ask of the views: pages of the sidebar and of a tab, history, people, records. Everything is
 * answered from committed states and the rights of this moment. `null` = there is no such thing, or it is not for this
 * reader: one answer (SEE-5).
 */
import type { ConversationId, PersonId, RecordKind, RecordRef, Seq } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import { copyRanges, isParticipant, showsPerson, tabOrder, tabRanges } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import type { StoredState } from '../journal/archive.ts';
import { readUnlessDamaged } from '../journal/unless-damaged.ts';
import type { Limits } from '../limits.ts';
import {
  type CardView,
  copyCard,
  nameOf,
  namesOf,
  type PersonView,
  peopleIn,
  peopleOf,
  type RecordView,
  recordView,
  tabCard,
  viewerTabRanges,
} from './card.ts';
import { type EntryView, hasVisibleBefore, newest, pageBefore } from './entries.ts';
import type { ConversationIndex, ConversationReader } from './reader.ts';
import { type Cursor, inOrder } from './sidebar.ts';
import type { Sidebars } from './sidebars.ts';

export interface CardPage {
  cards: CardView[];
  people: PersonView[];
  next: Cursor | null;
}
/** `unavailable`: so many conversations are in no page, because what is stored of them is damaged; absent = none. */
export interface ListPage extends CardPage {
  unavailable?: number;
}

export class Queries {
  readonly #reader: ConversationReader;
  readonly #index: ConversationIndex;
  readonly #sidebars: Sidebars;
  readonly #directory: Directory;
  readonly #limits: Limits;

  constructor(
    reader: ConversationReader,
    index: ConversationIndex,
    sidebars: Sidebars,
    directory: Directory,
    limits: Limits,
  ) {
    this.#reader = reader;
    this.#index = index;
    this.#sidebars = sidebars;
    this.#directory = directory;
    this.#limits = limits;
  }

  /** LIST-1 to LIST-4. `person` filters: only conversations whose copy shows that person. */
  async list(reader: PersonId, limit: number, before: Cursor | null, person: PersonId | null): Promise<ListPage> {
    const sidebar = await this.#sidebars.of(reader);
    const cards: CardView[] = [];
    // The place of the last card in the order of the moment at which the page was asked for. Cards bear the order of their
    // own moment: news that a card holds already do not move it again.
    let last: Cursor | null = null;
    let next: Cursor | null = null;
    for (const row of sidebar.after(before)) {
      if (cards.length === limit) {
        next = last;
        break;
      }
      const stored = await this.#reader.state(row.conversation);
      if (stored === null || !stored.state.members.get(reader)?.copy) continue;
      if (person !== null && !showsPerson(stored.state, reader, person)) continue;
      cards.push(await this.#copyCard(stored.state, reader));
      last = { order: row.order, conversation: row.conversation };
    }
    const { unavailable } = sidebar;
    const page = { cards, people: peopleOf(this.#directory, cards), next };
    return unavailable === 0 ? page : { ...page, unavailable };
  }

  async get(reader: PersonId, conversation: ConversationId): Promise<{ card: CardView; people: PersonView[] } | null> {
    const stored = await this.#reader.state(conversation);
    if (!stored?.state.members.get(reader)?.copy) return null;
    const card = await this.#copyCard(stored.state, reader);
    return { card, people: peopleOf(this.#directory, [card]) };
  }

  /** LIST-3: entries before a seq, newest last. */
  async history(
    reader: PersonId,
    conversation: ConversationId,
    before: Seq,
    limit: number,
    tab: boolean,
  ): Promise<{ entries: EntryView[]; people: PersonView[]; more: boolean } | null> {
    const stored = await this.#reader.state(conversation);
    if (stored === null) return null;
    const { state } = stored;
    const ranges = tab ? viewerTabRanges(this.#directory, state, reader) : copyRanges(state, reader);
    if (ranges.length === 0) return null;
    const entries = await pageBefore(this.#reader, state, ranges, before, limit);
    // Rights may have changed while the history was read (SEE-6).
    if (tab && viewerTabRanges(this.#directory, state, reader).length === 0) return null;
    return {
      entries,
      people: peopleIn(this.#directory, entries),
      more: hasVisibleBefore(ranges, entries[0]?.seq ?? 0),
    };
  }

  /** SEE-2, SEE-3, SEE-5. */
  async tab(
    reader: PersonId,
    record: RecordRef,
    limit: number,
    before: Cursor | null,
  ): Promise<(CardPage & { record: RecordView }) | null> {
    if (!this.#directory.mayView(reader, record.kind, record.id)) return null;
    const rows: (Cursor & { readonly state: ConversationState })[] = [];
    for (const { state } of await this.#about(record)) {
      if (tabRanges(state, reader).length === 0) continue;
      rows.push({ state, order: tabOrder(state, reader), conversation: state.id });
    }
    rows.sort(inOrder);
    const behind = before === null ? rows : rows.filter((row) => inOrder(row, before) > 0);
    const cards: CardView[] = [];
    for (const { state } of behind.slice(0, limit)) cards.push(await this.#tabCard(state, reader));
    // Rights may have changed while the history was read (SEE-6).
    if (!this.#directory.mayView(reader, record.kind, record.id)) return null;
    return {
      record: recordView(this.#directory, reader, record),
      cards,
      people: peopleOf(this.#directory, cards),
      next: behind.length > limit ? cursorOf(cards) : null,
    };
  }

  async #copyCard(state: ConversationState, reader: PersonId): Promise<CardView> {
    const { cardMessages, cardScanMax } = this.#limits;
    const entries = await readable(newest(this.#reader, state, copyRanges(state, reader), cardMessages, cardScanMax));
    return copyCard(this.#directory, state, reader, entries);
  }

  async #tabCard(state: ConversationState, reader: PersonId): Promise<CardView> {
    const { cardMessages, cardScanMax } = this.#limits;
    const entries = await readable(newest(this.#reader, state, tabRanges(state, reader), cardMessages, cardScanMax));
    return tabCard(this.#directory, state, reader, entries);
  }

  /** START-1, INVITE-1: active people by last name; not the asker, and not the current participants of `conversation`. */
  async people(reader: PersonId, last: string, conversation: ConversationId | null): Promise<PersonView[] | null> {
    const stored = conversation === null ? null : await this.#reader.state(conversation);
    if (conversation !== null && (stored === null || !isParticipant(stored.state, reader))) return null;
    const except = (id: PersonId) => id === reader || (stored !== null && isParticipant(stored.state, id));
    return this.#directory
      .searchPeople(last, this.#limits.searchHitsMax, except)
      .map((person) => nameOf(person.id, person));
  }

  /** LIST-4: people visible in the reader's own copies, by the beginning of their last name. */
  async correspondents(reader: PersonId, matches: (last: string) => boolean): Promise<PersonView[]> {
    const sidebar = await this.#sidebars.of(reader);
    const found = new Set<PersonId>();
    for (const row of sidebar.after(null)) {
      const stored = await this.#reader.state(row.conversation);
      if (stored === null) continue;
      for (const other of stored.state.members.keys()) {
        if (other !== reader && !found.has(other) && showsPerson(stored.state, reader, other)) found.add(other);
      }
    }
    return namesOf(this.#directory, found)
      .filter((person) => matches(person.last))
      .sort((a, b) => compare(a.last, b.last) || compare(a.first, b.first) || compare(a.id, b.id))
      .slice(0, this.#limits.searchHitsMax);
  }

  records(reader: PersonId, name: string, kind: RecordKind | null): RecordView[] {
    return this.#directory
      .searchRecords(reader, name, kind, this.#limits.searchHitsMax)
      .map((record) => recordView(this.#directory, reader, record));
  }

  async #about(record: RecordRef): Promise<StoredState[]> {
    const conversations = new Set<ConversationId>();
    // Before the index is asked: what a checkpoint moves there meanwhile would otherwise be in neither.
    for (const { state } of this.#reader.unarchivedStates()) {
      if (state.about?.kind === record.kind && state.about.id === record.id) conversations.add(state.id);
    }
    for (const conversation of await this.#index.conversationsAbout(record)) conversations.add(conversation);
    const states: StoredState[] = [];
    for (const conversation of conversations) {
      const stored = await this.#reader.state(conversation);
      if (stored !== null) states.push(stored);
    }
    return states;
  }
}

/**
 * A card whose entries are damaged stands in its place without them, because it follows from the state alone, and says that
 * there are more: whoever asks for those is told.
 */
function readable(entries: Promise<EntryView[]>): Promise<EntryView[]> {
  return readUnlessDamaged(
    () => entries,
    () => [],
  );
}

function cursorOf(cards: readonly CardView[]): Cursor | null {
  const last = cards[cards.length - 1];
  return last === undefined ? null : { order: last.order, conversation: last.conversation };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
