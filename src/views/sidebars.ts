/**
 * Everyone's lists, kept in memory while somebody looks and a while after. Lists are loaded from the archive's index and
 * kept up to date by `committed`; an entry touches only the people it concerns, and only those whose list is loaded.
 */
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import type { Member } from '../conversation/state.ts';
import type { Damaged } from '../journal/journal.ts';
import type { Limits } from '../limits.ts';
import type { Change } from './change.ts';
import { Crowds, type CrowdsPort } from './crowd.ts';
import { type ConversationIndex, type ConversationReader, stateUnlessDamaged } from './reader.ts';
import { SharedRow } from './shared-row.ts';
import { Sidebar } from './sidebar.ts';

export interface SidebarsPort extends CrowdsPort {
  /** `residentViewsMax`: lists in memory; beyond it those that are not pinned go, the one used longest ago first. */
  readonly limits: CrowdsPort['limits'] & Pick<Limits, 'residentViewsMax'>;
  /** Runs it after other work: a long list gives way while it is loaded. */
  soon(run: () => void): void;
  /** The person's list lacks a conversation, because what is stored of it is damaged. */
  unreadable(person: PersonId, damaged: Damaged): void;
}

/** Some milliseconds of work. */
const conversationsPerTurn = 100;

export class Sidebars {
  readonly #reader: ConversationReader;
  readonly #index: ConversationIndex;
  readonly #port: SidebarsPort;
  /** In order of last use. */
  readonly #loaded = new Map<PersonId, Sidebar>();
  readonly #pinned = new Map<PersonId, number>();
  readonly #shared: Crowds<SharedRow>;

  constructor(reader: ConversationReader, index: ConversationIndex, port: SidebarsPort) {
    this.#reader = reader;
    this.#index = index;
    this.#port = port;
    this.#shared = new Crowds(port, (state) => new SharedRow(this.#loaded, state));
  }

  /** The person's list, complete. */
  async of(person: PersonId): Promise<Sidebar> {
    let sidebar = this.#loaded.get(person);
    if (sidebar === undefined) {
      sidebar = new Sidebar(person);
      sidebar.ready = this.#load(sidebar);
      sidebar.ready.catch(() => this.#forget(person));
      this.#evict();
      this.#loaded.set(person, sidebar);
      this.#shared.changed(person);
    } else {
      this.#loaded.delete(person);
      this.#loaded.set(person, sidebar);
    }
    await sidebar.ready;
    return sidebar;
  }

  /** The list where it is in memory. */
  peek(person: PersonId): Sidebar | undefined {
    return this.#loaded.get(person);
  }

  /** Keeps the list in memory until as many calls of `unpin`. */
  pin(person: PersonId): void {
    this.#pinned.set(person, (this.#pinned.get(person) ?? 0) + 1);
  }
  unpin(person: PersonId): void {
    const left = (this.#pinned.get(person) ?? 1) - 1;
    if (left === 0) this.#pinned.delete(person);
    else this.#pinned.set(person, left);
  }

  async unreadOf(person: PersonId): Promise<ConversationId[]> {
    const sidebar = await this.of(person);
    return [...sidebar.rows()].filter((row) => row.order !== null && row.unread > 0).map((row) => row.conversation);
  }

  /** Notes in `badges` whose badge became another one, as far as their list is complete (LIST-6). */
  committed(change: Change, badges: Set<PersonId>): void {
    const { entry, after } = change;
    if (after === null) return;
    const update = (person: PersonId, member: Member): number => {
      const sidebar = this.#loaded.get(person);
      if (sidebar === undefined) return 0;
      if (sidebar.update(after, entry.position, member) && sidebar.complete) badges.add(person);
      return 1;
    };
    this.#shared.dealWith(change, (row, { by }) => row.replied(after, entry.position, by, update), update);
  }

  async #load(sidebar: Sidebar): Promise<void> {
    const { person } = sidebar;
    const conversations = new Set<ConversationId>();
    // Before the index is asked: what a checkpoint moves there meanwhile would otherwise be in neither.
    for (const { state } of this.#reader.unarchivedStates()) if (state.members.has(person)) conversations.add(state.id);
    const unreadable = (damaged: Damaged) => {
      sidebar.lacksOne();
      this.#port.unreadable(person, damaged);
    };
    for (const conversation of this.#reader.lostOf(person)) conversations.add(conversation);
    for (const conversation of await this.#index.conversationsOf(person, unreadable)) conversations.add(conversation);
    let looked = 0;
    for (const conversation of conversations) {
      const stored = await stateUnlessDamaged(this.#reader, conversation, unreadable);
      if (stored !== null) sidebar.update(stored.state, stored.position);
      looked += 1;
      if (looked % conversationsPerTurn === 0) await new Promise<void>((resolve) => this.#port.soon(resolve));
    }
    sidebar.complete = true;
  }

  #evict(): void {
    let excess = this.#loaded.size + 1 - this.#port.limits.residentViewsMax;
    for (const person of this.#loaded.keys()) {
      if (excess <= 0) return;
      if (this.#pinned.has(person)) continue;
      this.#forget(person);
      excess -= 1;
    }
  }

  #forget(person: PersonId): void {
    this.#loaded.delete(person);
    this.#shared.changed(person);
  }
}
