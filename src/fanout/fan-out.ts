/**
 * From what was committed to what each connected reader is told. A frame is encoded once for all who may see the same
 * bytes (law 3): what differs between readers (the record's name, the pop-up, whose message it is) picks the variant.
 * Recipients are those of the moment of the entry: nothing reaches a leaver that stands behind their leave (LEAVE-4).
 */
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationEvent } from '../conversation/events.ts';
import type { ConversationState } from '../conversation/state.ts';
import { unreadOf } from '../conversation/visibility.ts';
import type { Directory } from '../directory/directory.ts';
import type { AlertPreferences, Position } from '../journal/entry.ts';
import { type AboutView, aboutView, copyCard, peopleIn, peopleOf } from '../views/card.ts';
import type { EntryView } from '../views/entries.ts';
import { type Change, concerned, type Sidebars } from '../views/sidebars.ts';
import { encode } from '../wire/codec.ts';
import type { Audience, Subscriber } from './audience.ts';
import { entriesIn } from './change.ts';
import { tellTabs } from './tabs.ts';

/** Which box of ALERT-1 decides over a pop-up. */
export type PopupKind = 'conversation' | 'message';

export interface FanOutPort {
  readonly audience: Audience;
  readonly sidebars: Sidebars;
  readonly directory: Directory;
  /** Does this connected person want a pop-up of this kind? */
  wantsPopup(person: PersonId, kind: PopupKind): boolean;
  /** Frames queued for subscribers, for the metrics. */
  delivered(count: number): void;
}

/** Tells everyone connected. Sidebars have to be up to date with the group already. */
export function fanOut(port: FanOutPort, partition: number, group: readonly Change[]): void {
  const touched = new Set<PersonId>();
  let delivered = 0;
  for (const change of group) {
    delivered += tellEntry(port, partition, change, touched);
  }
  for (const person of touched) tellBadge(port, person);
  port.delivered(delivered);
}

/** LIST-6: whoever is connected knows their badge. */
function tellBadge(port: Pick<FanOutPort, 'audience' | 'sidebars'>, person: PersonId): void {
  const badge = port.sidebars.peek(person)?.badge;
  if (badge === undefined) return;
  let bytes: Uint8Array | null = null;
  for (const subscriber of port.audience.of(person) ?? []) {
    if (subscriber.badge === badge) continue;
    subscriber.badge = badge;
    bytes ??= encode({ t: 'badge', badge });
    subscriber.push(bytes);
  }
}

function tellEntry(port: FanOutPort, partition: number, change: Change, touched: Set<PersonId>): number {
  const { entry, after } = change;
  const at: [number, number] = [partition, entry.position];
  if (entry.preferences !== null) {
    const { person, boxes } = entry.preferences;
    return push(port.audience.of(person), () => encode({ t: 'alerts', at, preferences: copyOf(boxes) }));
  }
  const [event] = entry.events;
  if (event === undefined || after === null) return 0;
  const telling = new Telling(port, at, change, after, event);
  let delivered = 0;
  for (const person of concerned(change)) {
    const subscribers = port.audience.of(person);
    if (subscribers === undefined) continue;
    touched.add(person);
    delivered += push(subscribers, () => telling.bytesFor(person));
  }
  return delivered + tellTabs(port, change);
}

function push(subscribers: ReadonlySet<Subscriber> | undefined, bytes: () => Uint8Array | null): number {
  if (subscribers === undefined) return 0;
  const frame = bytes();
  if (frame === null) return 0;
  for (const subscriber of subscribers) subscriber.push(frame);
  return subscribers.size;
}

/** One entry on its way to its readers, with the variants of its frame that were encoded so far. */
class Telling {
  readonly #port: FanOutPort;
  readonly #at: [number, Position];
  readonly #before: ConversationState | null;
  readonly #after: ConversationState;
  readonly #event: ConversationEvent;
  readonly #entries: EntryView[];
  readonly #invited: ReadonlySet<PersonId>;
  readonly #variants = new Map<string, Uint8Array>();

  constructor(
    port: FanOutPort,
    at: [number, Position],
    change: Change,
    after: ConversationState,
    event: ConversationEvent,
  ) {
    this.#port = port;
    this.#at = at;
    this.#before = change.before;
    this.#after = after;
    this.#event = event;
    this.#entries = entriesIn(change);
    this.#invited = event.type === 'joined' ? invitedBy(change) : nobody;
  }

  /** Null: this reader's sidebar shows nothing of it. */
  bytesFor(person: PersonId): Uint8Array | null {
    const event = this.#event;
    const member = this.#after.members.get(person);
    if (member === undefined) return null;
    if (event.type === 'read') {
      const unread = unreadOf(this.#after, person);
      return encode({ t: 'mark', at: this.#at, conversation: this.#after.id, readUpTo: member.readUpTo, unread });
    }
    if (!member.copy) {
      const had = this.#before?.members.get(person)?.copy === true;
      return event.type === 'deleted' && had ? this.#gone() : null;
    }
    if (event.type === 'deleted') return this.#card(person, [], null);
    if (event.type === 'started') return this.#card(person, this.#entries, this.#popup(person, 'conversation'));
    if (this.#invited.has(person)) {
      const own = this.#entries.findIndex((entry) => entry.kind === 'joined' && entry.who === person);
      return this.#card(person, this.#entries.slice(own), this.#popup(person, 'conversation'));
    }
    const popup = this.#popup(person, 'message');
    const returns = this.#before?.members.get(person)?.copy !== true;
    return returns ? this.#card(person, this.#entries, popup) : this.#newEntries(popup);
  }

  /** ALERT-5: nobody is alerted of their own doing. */
  #popup(person: PersonId, kind: PopupKind): PopupKind | null {
    return person !== this.#event.by && this.#port.wantsPopup(person, kind) ? kind : null;
  }

  #gone(): Uint8Array {
    return encode({ t: 'gone', at: this.#at, conversation: this.#after.id });
  }

  #newEntries(popup: PopupKind | null): Uint8Array {
    return this.#variant(popup ?? 'silent', () =>
      encode({
        t: 'entries',
        at: this.#at,
        conversation: this.#after.id,
        entries: this.#entries,
        // Who speaks is known from the card; who joins is not.
        people: this.#event.type === 'joined' ? peopleIn(this.#port.directory, this.#entries) : [],
        ...(popup === null ? {} : { popup }),
      }),
    );
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
    return this.#variant(`card ${person === this.#event.by} ${about} ${popup}`, make);
  }

  #variant(key: string, make: () => Uint8Array): Uint8Array {
    let bytes = this.#variants.get(key);
    if (bytes === undefined) {
      bytes = make();
      this.#variants.set(key, bytes);
    }
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
