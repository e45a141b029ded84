/** What stores show of a conversation: names in place of ids, and what one may do with it. */

import { sdkLimits } from '../limits.ts';
import type { About, Entry, Person } from '../wire/frames.ts';
import { sameItems } from './store.ts';
import { hasOlder, headOf, shownFrom, type Thread } from './thread.ts';

export type EntryView =
  | {
      readonly kind: 'message';
      readonly seq: number;
      readonly at: number;
      readonly by: Person;
      readonly text: string;
      /** ERASE-1: there is no text any more, and `text` is empty. */
      readonly erased?: true;
    }
  | { readonly kind: 'joined'; readonly seq: number; readonly at: number; readonly by: Person; readonly who: Person }
  | { readonly kind: 'left'; readonly seq: number; readonly at: number; readonly by: Person };

export interface ConversationView {
  readonly id: string;
  readonly starter: Person;
  /** Current ones, the starter first, then by name; for someone who left, those of that moment. */
  readonly participants: readonly Person[];
  readonly about: About | null;
  readonly private: boolean;
  readonly standing: 'participant' | 'left' | 'deleted' | 'viewer';
  readonly readUpTo: number;
  /** Unread messages of one's own copy. */
  readonly unread: number;
  /** Place in the list: microseconds since 1970, newest first. */
  readonly order: number;
  /** Newest seq: what `read` and `delete` take as `upTo` where none is given. */
  readonly head: number;
  /** Shown ones, ascending: with the three newest messages, or more of them after `more()`. */
  readonly entries: readonly EntryView[];
  /** Is there anything older to show? */
  readonly more: boolean;
  /** Shows more than the three newest messages. */
  readonly expanded: boolean;
  /** Older entries are on their way. */
  readonly loading: boolean;
  readonly may: {
    readonly reply: boolean;
    readonly invite: boolean;
    readonly leave: boolean;
    readonly delete: boolean;
    readonly read: boolean;
  };
}

interface Cached {
  readonly view: ConversationView;
  readonly people: readonly Person[];
  readonly loading: boolean;
  names: number;
}

export class Views {
  readonly #people = new Map<string, Person>();
  /** Counts changes of names that were known before. */
  names = 0;
  #entries = new WeakMap<Entry, EntryView>();
  readonly #cache = new WeakMap<Thread, Cached>();
  me: Person | null = null;
  /** Counts what the server said of people by itself. */
  told = 0;
  readonly #toldOf = new Map<string, number>();

  /** A change that the server told of by itself. */
  tell(person: Person): void {
    this.told += 1;
    this.#toldOf.set(person.id, this.told);
    this.learn([person]);
  }

  /** Of a history that cannot be resumed: what is asked for from here on is newer. */
  forgetTold(): void {
    this.#toldOf.clear();
  }

  /** `since`: what `told` was when these people were asked for. What was told after it is newer than they are. */
  learn(people: readonly Person[], since = this.told): void {
    for (const person of people) {
      if ((this.#toldOf.get(person.id) ?? 0) > since) continue;
      const before = this.#people.get(person.id);
      if (before !== undefined && samePerson(before, person)) continue;
      this.#people.set(person.id, person);
      if (person.id === this.me?.id) this.me = person;
      if (before === undefined) continue;
      this.names += 1;
      this.#entries = new WeakMap();
    }
  }

  /** Someone whose name has not come is named by their id, until it does. */
  person(id: string): Person {
    const known = this.#people.get(id);
    if (known !== undefined) return known;
    const unknown = { id, first: '', last: id, active: false };
    this.#people.set(id, unknown);
    return unknown;
  }

  entry(entry: Entry): EntryView {
    let view = this.#entries.get(entry);
    if (view === undefined) {
      const by = this.person(entry.by);
      view = entry.kind === 'joined' ? { ...entry, by, who: this.person(entry.who) } : { ...entry, by };
      this.#entries.set(entry, view);
    }
    return view;
  }

  /** The identical object until something in it changes. */
  view(thread: Thread, loading: boolean): ConversationView {
    const cached = this.#cache.get(thread);
    if (cached !== undefined && cached.names === this.names && cached.loading === loading) return cached.view;
    const people = this.#mentioned(thread);
    if (cached !== undefined && cached.loading === loading && sameItems(cached.people, people)) {
      cached.names = this.names;
      return cached.view;
    }
    const view = this.#make(thread, loading);
    this.#cache.set(thread, { view, people, loading, names: this.names });
    return view;
  }

  #mentioned({ card, entries }: Thread): Person[] {
    const ids = new Set([card.starter, ...card.participants]);
    for (const entry of entries) {
      ids.add(entry.by);
      if (entry.kind === 'joined') ids.add(entry.who);
    }
    return [...ids].map((id) => this.person(id));
  }

  #make(thread: Thread, loading: boolean): ConversationView {
    const { card } = thread;
    const start = shownFrom(thread);
    return {
      id: card.conversation,
      starter: this.person(card.starter),
      participants: card.participants.map((id) => this.person(id)).sort(byStarterThenName(card.starter)),
      about: card.about,
      private: card.private,
      standing: card.standing,
      readUpTo: card.readUpTo,
      unread: card.unread,
      order: card.order,
      head: headOf(thread),
      entries: thread.entries.slice(start).map((entry) => this.entry(entry)),
      more: start > 0 || hasOlder(thread),
      expanded: thread.floor !== null,
      loading,
      may: this.#may(card),
    };
  }

  /** What the server would not refuse as things stand. It decides all the same. */
  #may(card: Thread['card']): ConversationView['may'] {
    const inside = card.standing === 'participant';
    const active = card.participants.filter((id) => this.person(id).active).length;
    return {
      reply: inside,
      invite: inside && active < sdkLimits.participantsMax,
      // LEAVE-2, LEAVE-3.
      leave: inside && card.starter !== this.me?.id && active >= 3,
      delete: inside || card.standing === 'left',
      read: card.unread > 0 && (inside || card.standing === 'left'),
    };
  }
}

function byStarterThenName(starter: string): (a: Person, b: Person) => number {
  const key = ({ id, first, last }: Person) => [id === starter ? '0' : '1', last, first, id];
  return (a, b) => {
    const x = key(a);
    const y = key(b);
    const i = x.findIndex((part, at) => part !== y[at]);
    return i === -1 ? 0 : (x[i] as string) < (y[i] as string) ? -1 : 1;
  };
}

function samePerson(a: Person, b: Person): boolean {
  return a.first === b.first && a.last === b.last && a.active === b.active;
}
