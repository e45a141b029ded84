import { describe, expect, it } from 'vitest';
import { delayMs } from '../../src/client/backoff.ts';
import { newId } from '../../src/client/environment.ts';
import { Events, eventsWaitingMax, type ParleyEvent } from '../../src/client/events.ts';
import { loadKept, rewriteKept } from '../../src/client/outbox-storage.ts';
import { DerivedStore, Pulse } from '../../src/client/store.ts';

describe('backoff', () => {
  it('has full jitter under a bound that doubles up to its maximum', () => {
    const bounds = { firstMs: 500, maxMs: 30_000 };
    expect([0, 1, 2, 3, 20, 5_000].map((failures) => delayMs(bounds, failures, () => 0.999_999))).toEqual([
      499, 999, 1_999, 3_999, 29_999, 29_999,
    ]);
    expect(delayMs(bounds, 9, () => 0)).toBe(0);
  });
});

describe('ids', () => {
  it('[CMD-1] ids are 22 characters that the protocol takes, and distinct', () => {
    const ids = Array.from({ length: 1_000 }, newId);
    expect(ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(1_000);
  });
});

describe('stores', () => {
  it('give the identical snapshot until something has changed, and tell only then', () => {
    const pulse = new Pulse();
    let value = { n: 1 };
    const store = new DerivedStore(pulse, (before: { n: number } | undefined) =>
      before?.n === value.n ? before : value,
    );
    let told = 0;
    const leave = store.subscribe(() => {
      told += 1;
    });
    const first = store.getSnapshot();
    value = { n: 1 };
    pulse.beat();
    expect(store.getSnapshot()).toBe(first);
    expect(told).toBe(0);
    value = { n: 2 };
    pulse.beat();
    expect(store.getSnapshot()).toEqual({ n: 2 });
    expect(told).toBe(1);
    leave();
    value = { n: 3 };
    pulse.beat();
    expect(told).toBe(1);
    expect(store.getSnapshot()).toEqual({ n: 3 });
  });

  it('[CMD-3] show what they showed while the pulse is held', () => {
    const pulse = new Pulse();
    let value = 1;
    const store = new DerivedStore(pulse, () => value);
    const seen: number[] = [];
    store.subscribe(() => seen.push(store.getSnapshot()));
    pulse.hold();
    value = 2;
    pulse.beat();
    expect(store.getSnapshot()).toBe(1);
    value = 3;
    pulse.beat();
    pulse.release();
    expect(seen).toEqual([3]);
  });
});

describe('events', () => {
  it('reach listeners until they leave, and iterators until they are aborted', async () => {
    const events = new Events();
    const heard: number[] = [];
    const leave = events.on('drain', ({ reconnectWithinMs }) => heard.push(reconnectWithinMs));
    const abort = new AbortController();
    const stream = events.stream(abort.signal);
    events.emit('drain', { reconnectWithinMs: 1 });
    leave();
    events.emit('drain', { reconnectWithinMs: 2 });
    abort.abort();
    events.emit('drain', { reconnectWithinMs: 3 });
    const streamed: ParleyEvent[] = [];
    for await (const event of stream) streamed.push(event);
    expect(heard).toEqual([1]);
    expect(streamed).toEqual([
      { type: 'drain', detail: { reconnectWithinMs: 1 } },
      { type: 'drain', detail: { reconnectWithinMs: 2 } },
    ]);
  });

  it('iterators end when they are broken off: while they wait, and before they have begun', async () => {
    const events = new Events();
    const waiting = events.stream();
    const next = waiting.next();
    await waiting.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    await events.stream().return?.();
    expect(events.hears('popup')).toBe(false);
  });

  it('a reader that is too slow is told how many events it missed', async () => {
    const events = new Events();
    const stream = events.stream();
    for (let i = 0; i < eventsWaitingMax + 5; i++) events.emit('state', 'online');
    events.end();
    const last: ParleyEvent[] = [];
    for await (const event of stream) last[0] = event;
    expect(last).toEqual([{ type: 'missed', detail: { count: 5 } }]);
  });
});

describe('the kept outbox', () => {
  const memory = () => {
    const items = new Map<string, string>();
    return {
      items,
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
  };
  const kept = (id: string) => ({
    frame: { t: 'reply' as const, id, conversation: 'a'.repeat(22), text: 'hello' },
    createdAt: 1,
    error: null,
  });

  it('keeps by person', () => {
    const storage = memory();
    rewriteKept(storage, 'ann', () => [kept('x')]);
    expect(loadKept(storage, 'ann')).toEqual([kept('x')]);
    expect(loadKept(storage, 'bob')).toEqual([]);
  });

  it('two pages of one person do not overwrite each other', () => {
    const storage = memory();
    rewriteKept(storage, 'ann', (all) => [...all, kept('page-1')]);
    rewriteKept(storage, 'ann', (all) => [...all, kept('page-2')]);
    expect(loadKept(storage, 'ann').map((one) => one.frame.id)).toEqual(['page-1', 'page-2']);
  });

  it('takes what cannot be read for nothing', () => {
    const storage = memory();
    for (const text of ['', 'nonsense', '{}', 'null', '[1, null, {"frame": {"t": "delete", "id": "x"}}]']) {
      storage.items.set('parley.outbox.ann', text);
      expect(loadKept(storage, 'ann')).toEqual([]);
    }
  });
});
