/** Who is connected: the subscribers of each person, and of each open tab. */
import type { PersonId, RecordRef } from '../conversation/commands.ts';

/** One session, as far as fan-out is concerned. */
export interface Subscriber {
  readonly person: PersonId;
  /** The badge it was told last. */
  badge: number;
  /** Queues a frame; shared bytes, never changed. Nothing is written before the house says so. */
  push(bytes: Uint8Array): void;
}

export interface TabSubscription {
  readonly subscriber: Subscriber;
  readonly record: RecordRef;
}

export class Audience {
  readonly #people = new Map<PersonId, Set<Subscriber>>();
  readonly #tabs = new Map<string, Map<Subscriber, TabSubscription>>();
  readonly #open = new Map<Subscriber, Map<string, RecordRef>>();

  add(subscriber: Subscriber): void {
    const subscribers = this.#people.get(subscriber.person) ?? new Set<Subscriber>();
    this.#people.set(subscriber.person, subscribers.add(subscriber));
  }

  /** Also closes its tabs. */
  remove(subscriber: Subscriber): void {
    const subscribers = this.#people.get(subscriber.person);
    subscribers?.delete(subscriber);
    if (subscribers?.size === 0) this.#people.delete(subscriber.person);
    for (const record of [...(this.#open.get(subscriber)?.values() ?? [])]) this.closeTab(subscriber, record);
  }

  of(person: PersonId): ReadonlySet<Subscriber> | undefined {
    return this.#people.get(person);
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
