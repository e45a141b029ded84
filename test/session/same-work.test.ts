/**
 * SEE-5 beyond the bytes: what one may not see costs the server the same work as what there is not. Counted, because a
 * time that is measured is no proof: the calls to the archive and the entries of the journal, for each request.
 */
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { type MemoryStores, memoryStores } from '../../src/stores.ts';
import type { ClientFrame } from '../../src/wire/frames.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer } from '../support/server.ts';

/** Stores whose archive and journal note the names of the calls. */
function counted(): { stores: MemoryStores; calls: string[] } {
  const calls: string[] = [];
  const noted = <T extends object>(port: T, name: string): T =>
    new Proxy(port, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          calls.push(`${name}.${String(key)}`);
          return value.apply(target, given);
        };
      },
    });
  const kept = memoryStores();
  const open = () => {
    const stores = kept.open();
    return { ...stores, archive: noted(stores.archive, 'archive'), journal: noted(stores.journal, 'journal') };
  };
  return { stores: { open }, calls };
}

const nowhere = 'AAAAAAAAAAAAAAAAAAAAAA';
const requests: Record<string, (conversation: string) => object> = {
  reply: (conversation) => ({ t: 'reply', conversation, text: 'x' }),
  read: (conversation) => ({ t: 'read', conversation, upTo: 1 }),
  invite: (conversation) => ({ t: 'invite', conversation, people: ['bob'] }),
  leave: (conversation) => ({ t: 'leave', conversation }),
  delete: (conversation) => ({ t: 'delete', conversation, upTo: 1 }),
  get: (conversation) => ({ t: 'get', conversation }),
  history: (conversation) => ({ t: 'history', conversation, before: 9, limit: 9 }),
  'history of the tab': (conversation) => ({ t: 'history', conversation, before: 9, limit: 9, tab: true }),
  'people to invite': (conversation) => ({ t: 'people', last: '', conversation }),
};

describe('[SEE-5] not-yours costs what not-there costs', () => {
  it.each(['in memory', 'in the archive'])('a conversation %s', async (where) => {
    const { stores, calls } = counted();
    const record = { kind: 'contact', id: 'k' } as const;
    const server = await startTestServer({
      stores,
      people: ['ann', 'bob', 'dora'],
      records: [record],
      limits: {
        checkpointIntervalMs: 3_600_000,
        residentConversationsMax: where === 'in memory' ? limits.residentConversationsMax : 1,
      },
    });
    try {
      const [ann, dora] = [await RawClient.signIn(server, 'ann'), await RawClient.signIn(server, 'dora')];
      const begin = { text: 'hidden', people: ['bob'], about: record, private: true };
      const { conversation } = await ann.must('start', begin);
      await server.server.host.checkpoint();
      let count = 0;
      const costOf = async (request: string, id: string) => {
        // Whatever is in memory beyond the bound gives way to another one.
        await ann.must('start', { text: 'another', people: ['bob'] });
        await server.server.host.checkpoint();
        calls.length = 0;
        count += 1;
        dora.send({ id: `q${count}`, ...requests[request]?.(id) } as unknown as ClientFrame);
        const answer = await dora.until((frame) => 'id' in frame && frame.id === `q${count}`);
        expect(answer, request).toMatchObject({ name: 'not-found' });
        await dora.settled();
        return [...calls];
      };
      for (const request of Object.keys(requests)) {
        const [hidden, absent] = [await costOf(request, conversation), await costOf(request, nowhere)];
        // One that is in memory is not looked up where nothing would be found: see docs/security.md.
        const lookUps = where === 'in memory' ? absent.filter((call) => /^archive\.(newestS|s)tate$/.test(call)) : [];
        expect([...lookUps, ...hidden], request).toEqual(absent);
      }
    } finally {
      await server.stop();
    }
  });
});
