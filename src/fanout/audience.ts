/** Who is connected: the subscribers of each person, and of each open tab. */
import type { PersonId, RecordRef } from '../conversation/commands.ts';

/** One session, as far as fan-out is concerned. */
export interface Subscriber {
  readonly person: PersonId;
  /** The badge it was told last. */
  badge: number;
  /** Takes a frame; shared bytes, never changed. It leaves with what else the reader is told. */
  push(bytes: Uint8Array): void;
  /** Does a frame have nothing to wait for? */
  readonly isFree: boolean;
  /** From now on it takes what is published to the topic, too; what is pushed and what is published keep their order. */
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
}

export interface TabSubscription {
  readonly subscriber: Subscriber;
  readonly record: RecordRef;
}

const nobody: readonly Subscriber[] = [];

export class Audience {
  readonly #people = new Map<PersonId, readonly Subscriber[]>();
  readonly #tabs = new Map<string, Map<Subscriber, TabSubscription>>();
  readonly #open = new Map<Subscriber, Map<string, RecordRef>>();
  readonly #changed: (person: PersonId) => void;

  /** `changed`: the person's sessions are others, or one of them is not free any more. */
  constructor(changed: (person: PersonId) => void) {
    this.#changed = changed;
  }

  add(subscriber: Subscriber): void {
    this.#people.set(subscriber.person, [...this.of(subscriber.person), subscriber]);
    this.#changed(subscriber.person);
  }

  /** It is not free any more. */
  occupied(subscriber: Subscriber): void {
    this.#changed(subscriber.person);
  }

  /** Also closes its tabs. */
  remove(subscriber: Subscriber): void {
    const left = this.of(subscriber.person).filter((other) => other !== subscriber);
    if (left.length === 0) this.#people.delete(subscriber.person);
    else this.#people.set(subscriber.person, left);
    for (const record of [...(this.#open.get(subscriber)?.values() ?? [])]) this.closeTab(subscriber, record);
    this.#changed(subscriber.person);
  }

  /** As they are now: who comes or goes meanwhile is in another list. */
  of(person: PersonId): readonly Subscriber[] {
    return this.#people.get(person) ?? nobody;
  }

  people(): Iterable<PersonId> {
    return this.#people.keys();
  }

  openTab(subscriber: Subscriber, record: RecordRef): void {
    const key = tabKey(record);
    const readers = this.#tabs.get(key) ?? new Map<Subscriber, TabSubscription>();
    this.#tabs.set(key, readers.set(subscriber, { subscriber, record }));
    const open = this.#open.get(subscriber) ?? new Map<string, RecordRef>();
    this.#open.set(subscriber, open.set(key, record));
  }

  closeTab(subscriber: Subscriber, record: RecordRef): void {
    const key = tabKey(record);
    const readers = this.#tabs.get(key);
    readers?.delete(subscriber);
    if (readers?.size === 0) this.#tabs.delete(key);
    const open = this.#open.get(subscriber);
    open?.delete(key);
    if (open?.size === 0) this.#open.delete(subscriber);
  }

  hasTab(subscriber: Subscriber, record: RecordRef): boolean {
    return this.#open.get(subscriber)?.has(tabKey(record)) ?? false;
  }

  tabsOf(subscriber: Subscriber): number {
    return this.#open.get(subscriber)?.size ?? 0;
  }

  tab(record: RecordRef): TabSubscription[] {
    return [...(this.#tabs.get(tabKey(record))?.values() ?? [])];
  }

  allTabs(): TabSubscription[] {
    return [...this.#tabs.values()].flatMap((tab) => [...tab.values()]);
  }
}

function tabKey(record: RecordRef): string {
  return `${record.kind} ${record.id}`;
}
