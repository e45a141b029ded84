/**
 * What was typed and not sent yet, kept over a reload: one text for each conversation and one for the new conversation.
 * Storage that is missing, full or forbidden costs the reload, never the page: until then drafts live in memory.
 */
import type { Parley } from '../client/index.ts';
import { keep, kept } from './client-source.ts';

/** Drafts a person has at most; beyond it the one that was not touched for longest goes. */
export const draftsMax = 100;
/** Characters of one draft; more could not be sent anyway, and is cut off in storage alone. */
export const draftMaxChars = 20_000;

/** Key and text, the one touched last at the end. */
type Drafts = [key: string, text: string][];

const inMemory = new WeakMap<Parley, Map<string, string>>();

/** `key`: a conversation's id, or a name of the caller's own. '' where there is none, or nobody has signed in yet. */
export function loadDraft(client: Parley, key: string): string {
  return inMemory.get(client)?.get(key) ?? read(client).find(([name]) => name === key)?.[1] ?? '';
}

/** A blank text forgets the draft: call it so when the text was sent. */
export function saveDraft(client: Parley, key: string, text: string): void {
  const typed = inMemory.get(client) ?? new Map<string, string>();
  inMemory.set(client, typed.set(key, text));
  let all: Drafts = read(client).filter(([name]) => name !== key);
  if (text.trim() !== '') all.push([key, text.slice(0, draftMaxChars)]);
  all = all.slice(-draftsMax);
  // In a full storage older drafts make room; where even that is not enough, what is there stays as it is.
  while (!keep(client, 'drafts', JSON.stringify(all)) && all.length > 1) all = all.slice(Math.ceil(all.length / 2));
}

/** What is unreadable, or another program's, counts as nothing. */
function read(client: Parley): Drafts {
  try {
    const value: unknown = JSON.parse(kept(client, 'drafts') ?? '[]');
    return Array.isArray(value) ? value.filter(isDraft) : [];
  } catch {
    return [];
  }
}

function isDraft(value: unknown): value is Drafts[number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}
