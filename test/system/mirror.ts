/**
 * What a client holds that does no more than `protocol/PROTOCOL.md` says, under "What a client holds": its sidebar and
 * its open tabs. Throws where pushed news come twice, out of order, or about something that is not held: with one server
 * and no questions under way none of that may happen (CMD-3).
 */
import type { About, Card, RecordRef, Resume, ServerFrame, ServerFrames } from '../../src/wire/frames.ts';
import { Holdings } from './holdings.ts';

export class Mirror {
  readonly #person: string;
  readonly sidebar: Holdings;
  /** By `kind:id`; those that are open. */
  readonly tabs = new Map<string, Holdings>();
  badge = -1;
  #epoch = '';
  #at: number[] = [];
  #directory = 0;
  #resuming = false;
  /** Conversation and kind of the pop-ups since they were taken last. */
  #popups: string[] = [];

  constructor(person: string) {
    this.#person = person;
    this.sidebar = new Holdings(person, 'sidebar');
  }

  get resume(): Resume {
    return { epoch: this.#epoch, at: [...this.#at], directory: this.#directory };
  }

  takePopups(): string[] {
    return this.#popups.splice(0).sort();
  }

  /** A resume covers the sidebar only: tabs have to be opened again. */
  welcome(frame: ServerFrames['welcome']): void {
    this.#epoch = frame.epoch;
    this.#resuming = frame.resumed;
    this.tabs.clear();
    if (frame.resumed) return;
    this.sidebar.clear();
    this.#greeted(frame);
  }

  openTab(record: RecordRef, cards: readonly Card[]): void {
    const tab = new Holdings(this.#person, 'tab');
    for (const card of cards) tab.merge(card);
    this.tabs.set(keyOf(record), tab);
  }

  /** A frame that the server sent by itself. */
  take(frame: ServerFrame): void {
    this.#position(frame);
    if ('popup' in frame && frame.popup !== undefined) {
      const conversation = frame.t === 'card' ? frame.card.conversation : frame.conversation;
      this.#popups.push(`${conversation} ${frame.popup}`);
    }
    if ('directory' in frame) this.#directory = Math.max(this.#directory, frame.directory);
    switch (frame.t) {
      case 'card':
        this.sidebar.merge(frame.card);
        break;
      case 'entries':
        this.sidebar.continue(frame.conversation, frame.entries);
        break;
      case 'mark':
        this.#mark(frame);
        break;
      case 'gone': {
        // A resume says so too of what left the sidebar before: the server does not know what a client holds.
        const held = this.sidebar.drop(frame.conversation);
        if (!held && !this.#resuming) throw new Error(`gone, but not held: ${frame.conversation}`);
        break;
      }
      case 'about':
        this.sidebar.of(frame.conversation).card.about = frame.about;
        break;
      case 'badge':
        this.badge = frame.badge;
        break;
      case 'live':
        this.#greeted(frame);
        this.#resuming = false;
        break;
      default:
        this.#takeTab(frame);
    }
  }

  #takeTab(frame: ServerFrame): void {
    switch (frame.t) {
      case 'tabCard':
        this.#tab(frame.record).merge(frame.card);
        break;
      case 'tabEntries':
        this.#tab(frame.record).continue(frame.conversation, frame.entries);
        break;
      case 'tabGone':
        if (!this.#tab(frame.record).drop(frame.conversation)) throw new Error('gone from a tab that did not show it');
        break;
      case 'tabRecord': {
        const { kind, id, name } = frame.record;
        const about: About = name === null ? { kind, restricted: true } : { kind, id, name, restricted: false };
        for (const { card } of this.#tab(frame.record).all()) card.about = about;
        break;
      }
      case 'tabClosed':
        if (!this.tabs.delete(keyOf(frame.record))) throw new Error('a tab closes that was not open');
        break;
      default:
    }
  }

  #tab(record: RecordRef): Holdings {
    const tab = this.tabs.get(keyOf(record));
    if (tab === undefined) throw new Error(`news of a tab that is not open: ${keyOf(record)}`);
    return tab;
  }

  #mark({ conversation, readUpTo, unread }: ServerFrames['mark']): void {
    const { card } = this.sidebar.of(conversation);
    if (readUpTo < card.readUpTo) throw new Error('a read mark went back');
    Object.assign(card, { readUpTo, unread });
  }

  #greeted({ at, badge, directory }: ServerFrames['welcome'] | ServerFrames['live']): void {
    this.#at = [...at];
    this.badge = badge;
    this.#directory = directory;
  }

  #position(frame: ServerFrame): void {
    if (!('at' in frame) || frame.at === undefined || frame.t === 'live' || frame.t === 'welcome') return;
    const [partition, position] = frame.at;
    if (position <= (this.#at[partition] ?? 0)) throw new Error(`${frame.t} at ${frame.at} when at ${this.#at}`);
    this.#at[partition] = position;
  }
}

function keyOf({ kind, id }: RecordRef): string {
  return `${kind}:${id}`;
}
