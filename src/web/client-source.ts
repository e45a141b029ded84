/** Where elements get their client from: their own `client` property, or the page's default one. */
import { connect, type OutboxStorage, type Parley, type ParleyOptions } from '../client/index.ts';
import type { Language } from './texts/texts.ts';

export interface ConfigureOptions extends Omit<ParleyOptions, 'storage'> {
  /** Of every element of the page. Without it the nearest `lang` attribute decides, then the browser. */
  readonly language?: Language;
  /** Keeps what was typed over a reload; `localStorage` where none is given, nothing where it is null. */
  readonly storage?: OutboxStorage | null;
}

let current: Parley | null = null;
let configuredLanguage: Language | null = null;
const storages = new WeakMap<Parley, OutboxStorage | null>();
const listeners = new Set<() => void>();

/** Connects the page's default client, which every element without a `client` of its own uses. Closes the one before. */
export function configure(options: ConfigureOptions): Parley {
  const { language, storage = localStorageOrNull(), ...rest } = options;
  const client = connect(storage === null ? rest : { ...rest, storage });
  storages.set(client, storage);
  current?.close();
  current = client;
  configuredLanguage = language ?? null;
  for (const listener of [...listeners]) listener();
  return client;
}

/** Null before `configure`. */
export function defaultClient(): Parley | null {
  return current;
}

/** Calls after each `configure`; the answer ends it. */
export function onConfigured(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function languageOption(): Language | null {
  return configuredLanguage;
}

/**
 * What this browser keeps for this client's person under `name`, in the storage given to `configure` or else in
 * `localStorage`. Null where there is nothing, or nobody has signed in yet.
 */
export function kept(client: Parley, name: string): string | null {
  try {
    return storageOf(client)?.getItem(keyOf(client, name)) ?? null;
  } catch {
    return null;
  }
}

/** False = storage is missing, full or forbidden, or nobody has signed in yet. */
export function keep(client: Parley, name: string, value: string): boolean {
  try {
    const storage = storageOf(client);
    storage?.setItem(keyOf(client, name), value);
    return storage !== null;
  } catch {
    return false;
  }
}

function storageOf(client: Parley): OutboxStorage | null {
  if (client.me.getSnapshot() === null) return null;
  const known = storages.get(client);
  return known === undefined ? localStorageOrNull() : known;
}

/** By person, because the next one to sign in to this browser may be another. */
function keyOf(client: Parley, name: string): string {
  return `parley.${name}.${client.me.getSnapshot()?.id}`;
}

/** A browser may forbid storage altogether; then nothing is kept over a reload. */
function localStorageOrNull(): OutboxStorage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
