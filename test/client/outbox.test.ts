/** Commands on their way, on a scripted far end. */
import { describe, expect, it } from 'vitest';
import { errorFrame } from '../../src/wire/errors.ts';
import type { ClientFrames } from '../../src/wire/frames.ts';
import { bob, card, message, online, room, scripted } from './scripted.ts';
import { settle } from './virtual-clock.ts';

const a = room('a');
const b = room('b');

function memory() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}
const cards = () => [card(a, [message(1, 'bob')]), card(b, [message(1, 'bob')])];

describe('the outbox', () => {
  it('[CMD-1] sends what was not answered again with the same id and body, in order, each conversation by itself', async () => {
    const { parley, clock, socket } = await online(cards());
    const results: unknown[] = [];
    for (const text of ['one', 'two'])
      parley.reply(a, text).then(
        (result) => results.push(result),
        () => {},
      );
    parley.reply(b, 'other').then(
      (result) => results.push(result),
      () => {},
    );
    await settle();
    const replies = () => socket().heard.filter((frame) => frame.t === 'reply') as ClientFrames['reply'][];
    expect(replies().map((frame) => frame.text)).toEqual(['one', 'other']);
    const first = replies();
    socket().drop();
    await clock.advance(1_000);
    socket().welcome({ resumed: true });
    await settle();
    expect(replies()).toEqual(first);
    socket().say({ t: 'ok', id: first[0]?.id as string, result: { seq: 2, at: 20 } });
    await settle();
    expect(replies().map((frame) => frame.text)).toEqual(['one', 'other', 'two']);
    expect(results).toEqual([{ seq: 2, at: 20 }]);
    parley.close();
  });

  it('[CMD-2] retries what may succeed later with the same id, and not before it is told', async () => {
    const { parley, clock, socket } = await online(cards());
    const reply = parley.reply(a, 'hello');
    const { id } = socket().last('reply');
    socket().say(errorFrame('rate-limited', { id, retryAfterMs: 3_000 }));
    await clock.advance(2_900);
    expect(socket().count('reply')).toBe(1);
    await clock.advance(300);
    expect(socket().count('reply')).toBe(2);
    for (const name of ['busy', 'read-only', 'unavailable', 'internal'] as const) {
      socket().say(errorFrame(name, { id }));
      await clock.advance(20_000);
      if (socket().count('ping') > 0) socket().say({ t: 'pong' });
      expect(socket().last('reply').id).toBe(id);
    }
    expect(socket().count('reply')).toBe(6);
    socket().say({ t: 'ok', id, result: { seq: 2, at: 20 } });
    expect(await reply).toEqual({ seq: 2, at: 20 });
    parley.close();
  });

  it('shows pending, sent until the conversation shows it, then nothing', async () => {
    const { parley, socket } = await online(cards());
    const reply = parley.reply(a, 'hello');
    expect(parley.outbox.getSnapshot()).toMatchObject([
      { status: 'pending', conversation: a, text: 'hello', error: null },
    ]);
    const same = parley.outbox.getSnapshot();
    expect(parley.outbox.getSnapshot()).toBe(same);
    socket().say({ t: 'ok', id: socket().last('reply').id, result: { seq: 2, at: 20 } });
    await reply;
    expect(parley.outbox.getSnapshot()).toMatchObject([{ status: 'sent' }]);
    socket().say({ t: 'entries', at: [0, 6], conversation: a, entries: [message(2, 'ann', 'hello')], people: [] });
    expect(parley.outbox.getSnapshot()).toEqual([]);
    parley.close();
  });

  it('keeps a refused text with its refusal until it is retried, with a new id, or discarded', async () => {
    const { parley, socket } = await online(cards());
    const reply = parley.reply(a, ' ');
    const { id } = socket().last('reply');
    socket().say(errorFrame('text-blank', { id }));
    await expect(reply).rejects.toMatchObject({ name: 'text-blank', rule: 'REPLY-1' });
    expect(parley.outbox.getSnapshot()).toMatchObject([{ id, status: 'failed', error: { rule: 'REPLY-1' } }]);
    const again = parley.outbox.retry(id);
    await settle();
    const second = socket().last('reply');
    expect(second.id).not.toBe(id);
    socket().say(errorFrame('text-blank', { id: second.id }));
    await expect(again).rejects.toMatchObject({ name: 'text-blank' });
    parley.outbox.discard(second.id);
    expect(parley.outbox.getSnapshot()).toEqual([]);
    await expect(parley.outbox.retry('nothing')).rejects.toThrow(RangeError);
    parley.close();
  });

  it('a refusal holds up nothing behind it', async () => {
    const { parley, socket } = await online(cards());
    const refused = parley.leave(a);
    const reply = parley.reply(a, 'still here');
    socket().say(errorFrame('leave-starter', { id: socket().last('leave').id }));
    await expect(refused).rejects.toMatchObject({ rule: 'LEAVE-2' });
    await settle();
    socket().say({ t: 'ok', id: socket().last('reply').id, result: { seq: 2, at: 20 } });
    expect(await reply).toEqual({ seq: 2, at: 20 });
    parley.close();
  });

  it('an aborted command that was not on the wire is never sent', async () => {
    const { parley, clock, socket } = await online(cards());
    socket().drop();
    const abort = new AbortController();
    const reply = parley.reply(a, 'never', { signal: abort.signal });
    const other = parley.reply(a, 'but this');
    abort.abort();
    await expect(reply).rejects.toMatchObject({ name: 'AbortError' });
    await clock.advance(1_000);
    socket().welcome({ resumed: true });
    await settle();
    expect(socket().last('reply').text).toBe('but this');
    expect(socket().count('reply')).toBe(1);
    expect(parley.outbox.getSnapshot()).toHaveLength(1);
    parley.close();
    await expect(other).rejects.toMatchObject({ name: 'closed' });
    await expect(parley.reply(a, 'x', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('refuses by name what could never be sent, and goes on', async () => {
    const { parley, socket } = await online(cards());
    await expect(parley.reply(a, 'x'.repeat(300_000))).rejects.toMatchObject({ name: 'frame-too-large', code: 1004 });
    void parley.reply(a, 'short').catch(() => {});
    await settle();
    expect(socket().last('reply').text).toBe('short');
    parley.close();
  });

  it('is bounded', async () => {
    const { parley, socket } = await online(cards());
    socket().drop();
    for (let i = 0; i < 1_000; i++) parley.reply(a, `${i}`).catch(() => {});
    await expect(parley.reply(a, 'one more')).rejects.toMatchObject({ name: 'outbox-full' });
    parley.close();
  });
});

describe('over a reload', () => {
  it('[CMD-1] unanswered texts are sent by the next client of the same person with the same id, before anything else', async () => {
    const storage = memory();
    const before = await online(cards(), { storage });
    const reply = before.parley.reply(a, 'typed');
    const sent = before.socket().last('reply');
    void before.parley.reply(a, 'typed later').catch(() => {});
    before.parley.close();
    await expect(reply).rejects.toMatchObject({ name: 'closed' });

    const after = await online(cards(), { storage });
    expect(after.socket().last('reply')).toEqual(sent);
    expect(after.parley.outbox.getSnapshot().map((item) => item.text)).toEqual(['typed', 'typed later']);
    after.socket().say({ t: 'ok', id: sent.id, result: { seq: 2, at: 20 } });
    await settle();
    after.socket().say({ t: 'ok', id: after.socket().last('reply').id, result: { seq: 3, at: 30 } });
    await settle();
    expect(storage.getItem('parley.outbox.ann')).toBe('[]');
    after.parley.close();
  });

  it('refused texts come back as failed, with their refusal', async () => {
    const storage = memory();
    const before = await online(cards(), { storage });
    void before.parley.reply(a, 'too late').catch(() => {});
    before.socket().say(errorFrame('left-reply', { id: before.socket().last('reply').id }));
    await settle();
    before.parley.close();
    const after = await online(cards(), { storage });
    expect(after.socket().count('reply')).toBe(0);
    expect(after.parley.outbox.getSnapshot()).toMatchObject([
      { status: 'failed', text: 'too late', error: { name: 'left-reply', rule: 'LEAVE-4', code: 2504 } },
    ]);
    after.parley.close();
  });

  it('what one person typed is never sent as another', async () => {
    const storage = memory();
    const before = await online(cards(), { storage });
    before.socket().drop();
    void before.parley.reply(a, 'mine').catch(() => {});
    before.parley.close();
    const after = await scripted({ storage });
    after.socket().welcome({ person: bob });
    await settle();
    expect(after.socket().count('reply')).toBe(0);
    expect(after.parley.outbox.getSnapshot()).toEqual([]);
    expect(storage.getItem('parley.outbox.ann')).toContain('mine');
    after.parley.close();
  });

  it('a storage that is full is told and stops nothing', async () => {
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    };
    const { parley, socket } = await online(cards(), { storage: full });
    const errors: string[] = [];
    parley.on('error', (error) => errors.push(error.name));
    const reply = parley.reply(a, 'hello');
    socket().say({ t: 'ok', id: socket().last('reply').id, result: { seq: 2, at: 20 } });
    expect(await reply).toEqual({ seq: 2, at: 20 });
    expect(new Set(errors)).toEqual(new Set(['storage-failed']));
    parley.close();
  });
});
