/** Drafts against storage as browsers have it: by origin, small, full, forbidden, and shared with others. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Parley } from '../../src/client/index.ts';
import { draftMaxChars, draftsMax, loadDraft, saveDraft } from '../../src/web/drafts.ts';

class Storage {
  readonly items = new Map<string, string>();
  /** Characters it takes, as browsers count. */
  room = Number.POSITIVE_INFINITY;

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    const others = [...this.items].filter(([name]) => name !== key);
    const used = others.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
    if (used + key.length + value.length > this.room) throw new DOMException('full', 'QuotaExceededError');
    this.items.set(key, value);
  }
}

/** What drafts look at of a client: who is signed in. Each call is one more visit to the page. */
function visit(person: string | null): Parley {
  const me = person === null ? null : { id: person, first: '', last: person, active: true };
  return { me: { getSnapshot: () => me, subscribe: () => () => {} } } as unknown as Parley;
}

function useStorage(storage = new Storage()): Storage {
  vi.stubGlobal('localStorage', storage);
  return storage;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('drafts', () => {
  it('survive a reload, each at its place, and are the person’s own', () => {
    useStorage();
    saveDraft(visit('ann'), 'one', 'half a sen');
    saveDraft(visit('ann'), 'two', ' and another\n');
    expect([loadDraft(visit('ann'), 'one'), loadDraft(visit('ann'), 'two')]).toEqual(['half a sen', ' and another\n']);
    expect(loadDraft(visit('bob'), 'one')).toBe('');
    expect(loadDraft(visit(null), 'one')).toBe('');
  });

  it('are gone when they were sent', () => {
    const storage = useStorage();
    saveDraft(visit('ann'), 'one', 'typed');
    saveDraft(visit('ann'), 'one', '');
    expect(loadDraft(visit('ann'), 'one')).toBe('');
    expect([...storage.items.values()].join()).not.toContain('typed');
  });

  it('of two pages of one person stand beside each other', () => {
    useStorage();
    const [here, there] = [visit('ann'), visit('ann')];
    saveDraft(here, 'one', 'from here');
    saveDraft(there, 'two', 'from there');
    saveDraft(here, 'one', 'from here, longer');
    expect([loadDraft(visit('ann'), 'one'), loadDraft(visit('ann'), 'two')]).toEqual([
      'from here, longer',
      'from there',
    ]);
  });

  it('are bounded in number and length; what was touched last stays', () => {
    const storage = useStorage();
    for (let i = 0; i < draftsMax + 20; i += 1) saveDraft(visit('ann'), `c${i}`, `text ${i}`);
    expect(loadDraft(visit('ann'), 'c0')).toBe('');
    expect(loadDraft(visit('ann'), `c${draftsMax + 19}`)).toBe(`text ${draftsMax + 19}`);
    saveDraft(visit('ann'), 'long', 'x'.repeat(draftMaxChars * 3));
    expect(loadDraft(visit('ann'), 'long')).toHaveLength(draftMaxChars);
    const kept = JSON.parse([...storage.items.values()][0] ?? '') as unknown[];
    expect(kept).toHaveLength(draftsMax);
  });

  it('of before make room in a full storage for the one being typed', () => {
    const storage = useStorage();
    for (let i = 0; i < 10; i += 1) saveDraft(visit('ann'), `c${i}`, 'y'.repeat(50));
    storage.room = 300;
    saveDraft(visit('ann'), 'now', 'z'.repeat(100));
    expect(loadDraft(visit('ann'), 'now')).toBe('z'.repeat(100));
    expect(loadDraft(visit('ann'), 'c0')).toBe('');
  });

  it('live in memory where storage is full to the brim, throws, is forbidden or holds nonsense', () => {
    const storage = useStorage();
    storage.room = 10;
    const full = visit('ann');
    saveDraft(full, 'one', 'typed');
    expect([loadDraft(full, 'one'), loadDraft(visit('ann'), 'one')]).toEqual(['typed', '']);

    vi.stubGlobal('localStorage', { getItem: throws, setItem: throws });
    const broken = visit('ann');
    saveDraft(broken, 'one', 'typed');
    expect([loadDraft(broken, 'one'), loadDraft(visit('ann'), 'one')]).toEqual(['typed', '']);

    Object.defineProperty(globalThis, 'localStorage', { configurable: true, get: throws });
    const forbidden = visit('ann');
    saveDraft(forbidden, 'one', 'typed');
    expect(loadDraft(forbidden, 'one')).toBe('typed');

    for (const nonsense of ['{', '{"a":1}', '[["one"]]', '[["one",2]]', 'null']) {
      const odd = useStorage();
      odd.items.set('parley.drafts.ann', nonsense);
      expect(loadDraft(visit('ann'), 'one')).toBe('');
      saveDraft(visit('ann'), 'one', 'typed');
      expect(loadDraft(visit('ann'), 'one')).toBe('typed');
    }
  });
});

function throws(): never {
  throw new DOMException('denied', 'SecurityError');
}
