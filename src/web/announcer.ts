/**
 * Tells screen readers of what came, in one polite live region a document, however many elements and clients show it.
 * Being on the page announces nothing: history stays silent, and so does what one wrote oneself.
 */
import type { ConversationView, EntryView, Parley, Tab } from '../client/index.ts';
import { languageOption } from './client-source.ts';
import { entryWords } from './entry-words.ts';
import { localeFor, type Texts } from './texts/texts.ts';

/** News that come at once are said together after this; more than `saidMax` of them only by their number. */
const gatherMs = 300;
const saidMax = 3;
/** Then texts leave the region again, or whoever walks through the page would find them there. */
const forgetMs = 20_000;
/** Entries known to have been said. */
const rememberedMax = 1_000;

interface Announcer {
  readonly region: HTMLElement;
  /** `conversation:seq` of what was said or waits to be. */
  readonly said: Set<string>;
  /** Each is asked for its words when it is said, because names may come a moment after the entry. */
  waiting: (() => string)[];
}

const announcers = new WeakMap<Document, Announcer>();

/** Says `text` once, politely, in the document of `root`. */
export function announce(root: Node, text: string): void {
  const { region } = announcerOf(root);
  const line = region.ownerDocument.createElement('div');
  line.textContent = text;
  region.append(line);
  setTimeout(() => line.remove(), forgetMs);
}

/** Says what others write in this person's own conversations, from now on. The answer ends it. */
export function announceCopies(client: Parley, place: Element): () => void {
  announcerOf(place);
  return client.on('entries', ({ conversation, entries }) => {
    const me = client.me.getSnapshot()?.id;
    for (const { seq, by } of entries) {
      if (by === me) continue;
      say(place, conversation, seq, () => {
        const view = client.conversation(conversation).getSnapshot();
        return view?.entries.find((entry) => entry.seq === seq);
      });
    }
  });
}

/** As `announceCopies`, for a record's tab: also what comes of conversations that one only looks at. */
export function announceTab(client: Parley, tab: Tab, place: Element): () => void {
  announcerOf(place);
  const heads = new Map<string, number>();
  let newest = Number.POSITIVE_INFINITY;
  const look = () => {
    const { state, conversations } = tab.getSnapshot();
    if (state !== 'open') return;
    const me = client.me.getSnapshot()?.id;
    for (const view of conversations) {
      if (heads.get(view.id) === view.head) continue;
      // One that was not there before is news only above all the others: older pages come in below them.
      const from = heads.get(view.id) ?? (view.order > newest ? beforeNewest(view) : view.head);
      for (const entry of view.entries) {
        if (entry.seq > from && entry.by.id !== me) say(place, view.id, entry.seq, () => entry);
      }
      heads.set(view.id, view.head);
    }
    newest = conversations[0]?.order ?? 0;
  };
  look();
  return tab.subscribe(look);
}

function beforeNewest({ entries, head }: ConversationView): number {
  return (entries.findLast(({ kind }) => kind === 'message')?.seq ?? head) - 1;
}

function say(place: Element, conversation: string, seq: number, find: () => EntryView | undefined): void {
  const announcer = announcerOf(place);
  const key = `${conversation}:${seq}`;
  if (announcer.said.has(key)) return;
  announcer.said.add(key);
  for (const oldest of announcer.said) {
    if (announcer.said.size <= rememberedMax) break;
    announcer.said.delete(oldest);
  }
  const { texts } = localeFor(languageOption(), place);
  announcer.waiting.push(() => {
    const entry = find();
    return entry === undefined ? texts.newsCount(1) : entryWords(entry, texts);
  });
  if (announcer.waiting.length === 1) setTimeout(() => sayWaiting(announcer, texts), gatherMs);
}

function sayWaiting(announcer: Announcer, texts: Texts): void {
  const { waiting, region } = announcer;
  announcer.waiting = [];
  if (waiting.length > saidMax) announce(region, texts.newsCount(waiting.length));
  else for (const words of waiting) announce(region, words());
}

/** Made before anything is to be said: a region is heard from its second state on. */
function announcerOf(root: Node): Announcer {
  const page = root.ownerDocument ?? (root as Document);
  let announcer = announcers.get(page);
  if (announcer === undefined) {
    const region = page.createElement('div');
    region.setAttribute('aria-live', 'polite');
    // Out of sight but not out of hearing. Set property by property, which a strict style-src allows.
    const hidden = {
      position: 'absolute',
      inlineSize: '1px',
      blockSize: '1px',
      overflow: 'hidden',
      clipPath: 'inset(50%)',
    };
    Object.assign(region.style, hidden);
    announcer = { region, said: new Set(), waiting: [] };
    announcers.set(page, announcer);
  }
  if (!announcer.region.isConnected) page.body.append(announcer.region);
  return announcer;
}
