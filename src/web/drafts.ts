/**
 * What was typed and not sent yet, kept over a reload: one text for each conversation and one for the new conversation,
 * by person, because the next one to sign in to this browser may be another. Storage that is missing, full or forbidden
 * costs the reload, never the page: until then drafts live in memory.
 */
import type { OutboxStorage, Parley } from '../client/index.ts';
import { storageOf } from './client-source.ts';

/** Drafts a person has at most; beyond it the one that was not touched for longest goes. */
export const draftsMax = 100;
/** Characters of one draft; more could not be sent anyway, and is cut off in storage alone. */
export const draftMaxChars = 20_000;

/** Key and text, the one touched last at the end. */
type Drafts = [key: string, text: string][];

const inMemory = new WeakMap<Parley, Map<string, string>>();

/** `key`: a conversation's id, or a name of the caller's own. '' where there is none, or nobody has signed in yet. */
export function loadDraft(client: Parley, key: string): string {
  const typed = inMemory.get(client)?.get(key);
  if (typed !== undefined) return typed;
  const place = placeOf(client);
  return place === null ? '' : (read(place).find(([name]) => name === key)?.[1] ?? '');
}

/** A blank text forgets the draft: call it so when the text was sent. */
export function saveDraft(client: Parley, key: string, text: string): void {
  const typed = inMemory.get(client) ?? new Map<string, string>();
  inMemory.set(client, typed.set(key, text));
  const place = placeOf(client);
  if (place === null) return;
  const others = read(place).filter(([name]) => name !== key);
  const all: Drafts = text.trim() === '' ? others : [...others, [key, text.slice(0, draftMaxChars)]];
  write(place, all.slice(-draftsMax));
}

interface Place {
  readonly storage: OutboxStorage;
  readonly name: string;
}

function placeOf(client: Parley): Place | null {
  const me = client.me.getSnapshot();
  const storage = storageOf(client);
  return me === null || storage === null ? null : { storage, name: `parley.drafts.${me.id}` };
}

/** What is unreadable, or another program's, counts as nothing. */
function read({ storage, name }: Place): Drafts {
  try {
    const value: unknown = JSON.parse(storage.getItem(name) ?? '[]');
    return Array.isArray(value) ? value.filter(isDraft) : [];
  } catch {
    return [];
  }
}

function isDraft(value: unknown): value is Drafts[number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

/** In a full storage older drafts make room; where even that is not enough, what is there stays as it is. */
function write({ storage, name }: Place, drafts: Drafts): void {
  for (let kept = drafts; ; kept = kept.slice(Math.ceil(kept.length / 2))) {
    try {
      storage.setItem(name, JSON.stringify(kept));
      return;
    } catch {
      if (kept.length <= 1) return;
    }
  }
}
