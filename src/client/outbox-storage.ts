/**
 * What was typed, kept over a reload: started and replied texts that the server has not answered yet, and refused ones.
 * By person, because the next one to sign in to this browser may be another.
 */
import type { ClientFrames } from '../wire/frames.ts';

/** `localStorage` and `sessionStorage` are such. Synchronous, so that several pages of one browser can share it. */
export interface OutboxStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface Kept {
  readonly frame: ClientFrames['start'] | ClientFrames['reply'];
  readonly createdAt: number;
  readonly error: {
    readonly code: number;
    readonly name: string;
    readonly message: string;
    readonly rule?: string | undefined;
  } | null;
}

const keyOf = (person: string) => `parley.outbox.${person}`;

/** In order of typing. What is unreadable counts as nothing. */
export function loadKept(storage: OutboxStorage | null, person: string): Kept[] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(keyOf(person)) ?? '[]');
    return Array.isArray(value) ? value.filter(isKept) : [];
  } catch {
    return [];
  }
}

/** Reads, changes and writes in one go, so that what another page of the same person keeps is kept. Throws as `setItem`. */
export function rewriteKept(storage: OutboxStorage, person: string, change: (all: Kept[]) => Kept[]): void {
  const kept = change(loadKept(storage, person)).map(({ frame, createdAt, error }) => ({
    frame,
    createdAt,
    error: error && { code: error.code, name: error.name, message: error.message, rule: error.rule },
  }));
  storage.setItem(keyOf(person), JSON.stringify(kept));
}

function isKept(value: unknown): value is Kept {
  const { frame, createdAt, error } = (value ?? {}) as Partial<Kept>;
  return (
    (frame?.t === 'start' || frame?.t === 'reply') &&
    typeof frame.id === 'string' &&
    typeof frame.text === 'string' &&
    typeof createdAt === 'number' &&
    (error === null || typeof error === 'object')
  );
}
