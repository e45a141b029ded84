/**
 * From what was committed to what each connected reader is told. A frame is encoded once for all who may see the same
 * bytes (law 3): what differs between readers (the record's name, the pop-up, whose message it is) picks the variant.
 * Recipients are those of the moment of the entry: nothing reaches a leaver that stands behind their leave (LEAVE-4).
 */
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { ConversationState, Member } from '../conversation/state.ts';
import { copyRanges, unreadBy } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import type { AlertPreferences, Position } from '../journal/entry.ts';
import { type AboutView, aboutView, copyCard, peopleIn, peopleOf } from '../views/card.ts';
import type { Change } from '../views/change.ts';
import type { Crowds } from '../views/crowd.ts';
import type { EntryView } from '../views/entries.ts';
import type { Sidebars } from '../views/sidebars.ts';
import { encode } from '../wire/codec.ts';
import type { Audience, Subscriber } from './audience.ts';
import { entriesIn, erasedWithin } from './change.ts';
import { tellTabs } from './tabs.ts';
import type { Topic } from './topic.ts';

/** Which box of ALERT-1 decides over a pop-up. */
export type PopupKind = 'conversation' | 'message';

export interface FanOutPort {
  readonly audience: Audience;
  readonly topics: Crowds<Topic>;
  readonly sidebars: Sidebars;
  readonly directory: Directory;
  /** Does this connected person want a pop-up of this kind? */
  wantsPopup(person: PersonId, kind: PopupKind): boolean;
  /** Frames queued for subscribers, for the metrics. */
  delivered(count: number): void;
}

/** Tells everyone connected. Sidebars are up to date with the group already; `badges`: whose badge that has changed. */
export function fanOut(
  port: FanOutPort,
  partition: number,
  group: readonly Change[],
  badges: ReadonlySet<PersonId>,
): void {
  let delivered = 0;
  for (const change of group) delivered += tellEntry(port, partition, change);
  for (const person of badges) tellBadge(port, person);
  port.delivered(delivered);
}

/** LIST-6: whoever is connected knows their badge. */
function tellBadge(port: Pick<FanOutPort, 'audience' | 'sidebars'>, person: PersonId): void {
  const badge = port.sidebars.peek(person)?.badge;
  if (badge === undefined) return;
  let bytes: Uint8Array | null = null;
  for (const subscriber of port.audience.of(person)) {
    if (subscriber.badge === badge) continue;
    subscriber.badge = badge;
    bytes ??= encode({ t: 'badge', badge });
    subscriber.push(bytes);
  }
}

function tellEntry(port: FanOutPort, partition: number, change: Change): number {
  const { entry, after } = change;
  const at: [number, number] = [partition, entry.position];
  if (entry.preferences !== null) {
    const { person, boxes } = entry.preferences;
    port.topics.changed(person);
    return push(port.audience.of(person), encode({ t: 'alerts', at, preferences: copyOf(boxes) }));
  }
  const [event] = entry.events;
  if (event === undefined || after === null) return 0;
  const frames = new Frames(port, at, change, after, event);
  const tell = (person: PersonId, member: Member): number => {
    const subscribers = port.audience.of(person);
    return subscribers.length === 0 ? 0 : push(subscribers, frames.bytesFor(person, member));
  };
  const told = port.topics.dealWith(
    change,
    (topic, { by }) =>
      topic.tell(after, {
        by,
        frame: (alerting) => frames.newEntries(alerting ? 'message' : null),
        tell,
      }),
    tell,
  );
  return told + tellTabs(port, change);
}

function push(subscribers: readonly Subscriber[], frame: Uint8Array | null): number {
  if (frame === null) return 0;
  for (const subscriber of subscribers) subscriber.push(frame);
  return subscribers.length;
}

/** One entry on its way to its readers, with the variants of its frame that were encoded so far. */
class Frames {
  readonly #port: FanOutPort;
  readonly #at: [number, Position];
  readonly #change: Change;
  readonly #before: ConversationState | null;
  readonly #after: ConversationState;
  readonly #event: ConversationEvent;
  readonly #entries: EntryView[];
  readonly #invited: ReadonlySet<PersonId>;
  /** New entries, with a pop-up and without. */
  #alerting: Uint8Array | null = null;
  #silent: Uint8Array | null = null;
  #variants: Map<string, Uint8Array> | null = null;

  constructor(
    port: FanOutPort,
    at: [number, Position],
    change: Change,
    after: ConversationState,
    event: ConversationEvent,
  ) {
    this.#port = port;
    this.#at = at;
    this.#change = change;
    this.#before = change.before;
    this.#after = after;
    this.#event = event;
    this.#entries = entriesIn(change);
    this.#invited = event.type === 'joined' ? invitedBy(change) : nobody;
  }

  /** `member`: the reader, in the state with this entry. Null: their sidebar shows nothing of it. */
  bytesFor(person: PersonId, member: Member): Uint8Array | null {
    const event = this.#event;
    if (event.type === 'erased') return this.#erased(person);
    if (event.type === 'read') {
      const unread = unreadBy(this.#after, member);
      return encode({ t: 'mark', at: this.#at, conversation: this.#after.id, readUpTo: member.readUpTo, unread });
    }
    if (!member.copy) return event.type === 'deleted' && this.#hadCopy(person) ? this.#gone() : null;
    if (event.type === 'deleted') return this.#card(person, [], null);
    if (event.type === 'started') return this.#card(person, this.#entries, this.#popup(person, 'conversation'));
    if (this.#invited.has(person)) {
      const own = this.#entries.findIndex((entry) => entry.kind === 'joined' && entry.who === person);
      return this.#card(person, this.#entries.slice(own), this.#popup(person, 'conversation'));
    }
    const popup = this.#popup(person, 'message');
    // DELETE-3. Where nobody was without a copy, nobody need be looked up.
    const returns = this.#before?.hidden !== 0 && !this.#hadCopy(person);
    return returns ? this.#card(person, this.#entries, popup) : this.newEntries(popup);
  }

  #hadCopy(person: PersonId): boolean {
    return this.#before?.members.get(person)?.copy === true;
  }

  /** ALERT-5: nobody is alerted of their own doing. */
  #popup(person: PersonId, kind: PopupKind): PopupKind | null {
    return person !== this.#event.by && this.#port.wantsPopup(person, kind) ? kind : null;
  }

  /** ERASE-1: only of what this reader sees. */
  #erased(person: PersonId): Uint8Array | null {
    const seqs = erasedWithin(this.#change, copyRanges(this.#after, person));
    if (seqs.length === 0) return null;
    const frame = { t: 'erased', at: this.#at, conversation: this.#after.id, seqs } as const;
    return this.#variant(seqs.join(), () => encode(frame));
  }

  #gone(): Uint8Array {
    return encode({ t: 'gone', at: this.#at, conversation: this.#after.id });
  }

  /** What this entry adds, for whoever has a copy already. */
  newEntries(popup: PopupKind | null): Uint8Array {
    if (popup === null) {
      this.#silent ??= this.#encodeEntries(null);
      return this.#silent;
    }
    this.#alerting ??= this.#encodeEntries(popup);
    return this.#alerting;
  }

  #encodeEntries(popup: PopupKind | null): Uint8Array {
    return encode({
      t: 'entries',
      at: this.#at,
      conversation: this.#after.id,
      entries: this.#entries,
      // Who speaks is known from the card; who joins is not.
      people: this.#event.type === 'joined' ? peopleIn(this.#port.directory, this.#entries) : [],
      ...(popup === null ? {} : { popup }),
    });
  }

  #card(person: PersonId, entries: EntryView[], popup: PopupKind | null): Uint8Array {
    const { directory } = this.#port;
    const make = () => {
      const card = copyCard(directory, this.#after, person, entries);
      const people = peopleOf(directory, [card]);
      return encode({ t: 'card', at: this.#at, card, people, ...(popup === null ? {} : { popup }) });
    };
    // At the start all readers but the starter see the same, but for the record's name and the pop-up.
    if (this.#event.type !== 'started') return make();
    const about = aboutKey(aboutView(directory, this.#after, person));
    return this.#variant(`${person === this.#event.by} ${about} ${popup}`, make);
  }

  #variant(key: string, make: () => Uint8Array): Uint8Array {
    this.#variants ??= new Map();
    const bytes = this.#variants.get(key) ?? make();
    this.#variants.set(key, bytes);
    return bytes;
  }
}

const nobody: ReadonlySet<PersonId> = new Set();

function invitedBy({ entry }: Change): ReadonlySet<PersonId> {
  return new Set(entry.events.flatMap((each) => (each.type === 'joined' ? [each.who] : [])));
}

function aboutKey(about: AboutView | null): string {
  return about === null ? 'none' : String(about.restricted);
}

function copyOf(boxes: AlertPreferences) {
  return { email: { ...boxes.email }, popup: { ...boxes.popup } };
}
