import { describe, expect, it } from 'vitest';
import { newsFor } from '../../src/alerts/mail-news.ts';
import { applyAll } from '../../src/conversation/apply.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import { createDirectory, type OpenDirectory } from '../../src/directory/create-directory.ts';
import { memoryDirectoryStore } from '../../src/directory/directory-store-memory.ts';
import { limits } from '../../src/limits.ts';
import { wholePerson, wholeRecord } from '../support/server.ts';

const record = { kind: 'company', id: 'co-1', name: 'Acme' } as const;
const started: ConversationEvent = {
  type: 'started',
  v: 1,
  at: 1,
  by: 'ann',
  conversation: 'c',
  seq: 1,
  text: 'x',
  people: ['bob'],
  about: { kind: 'company', id: 'co-1' },
  private: false,
};

/** The news for Bob of Ann's message, while `meanwhile` happens between two reads. */
async function newsWhile(meanwhile: (directory: OpenDirectory) => Promise<ConversationEvent | null>) {
  const directory = await createDirectory(memoryDirectoryStore());
  await directory.put({ people: [wholePerson('ann'), wholePerson('bob')], records: [wholeRecord(record)] });
  let state = applyAll(null, [started]);
  const decided = await newsFor(
    {
      directory,
      limits,
      boxes: async () => ({ conversations: true, messages: true }),
      reader: {
        state: async () => ({ state, position: 1 }),
        async timeline() {
          const event = await meanwhile(directory);
          if (event) state = applyAll(state, [event]);
          return [{ position: 1, event: started }];
        },
      },
    },
    { person: 'bob', conversation: 'c', from: 1, to: 1, kind: 'conversation', dueAt: 0 },
  );
  await directory.close();
  return decided?.news;
}

describe('[ERASE-1] what was erased', () => {
  const replied = { type: 'replied', v: 2, at: 2, by: 'ann', seq: 2, text: 'y' } as const;
  const news = async (events: readonly ConversationEvent[]) => {
    const directory = await createDirectory(memoryDirectoryStore());
    await directory.put({ people: [wholePerson('ann'), wholePerson('bob')], records: [wholeRecord(record)] });
    const state = applyAll(null, events);
    const reader = {
      state: async () => ({ state, position: 1 }),
      timeline: async () => events.map((event) => ({ position: 1, event })),
    };
    const port = { directory, limits, boxes: async () => ({ conversations: true, messages: true }), reader };
    const row = { person: 'bob', conversation: 'c', from: 1, to: 2, kind: 'conversation', dueAt: 0 } as const;
    const decided = await newsFor(port, row);
    await directory.close();
    return decided?.news;
  };

  it('is said to be so, beside what is left', async () => {
    expect(await news([{ ...started, text: null }, replied])).toMatchObject({
      unread: 2,
      messages: [
        { author: 'Ann Ann', text: null },
        { author: 'Ann Ann', text: 'y' },
      ],
    });
  });

  it('is not mailed where nothing is left', async () => {
    expect(
      await news([
        { ...started, text: null },
        { ...replied, text: null },
      ]),
    ).toBe('erased');
  });
});

describe('what changes while a mail is made counts', () => {
  it('nothing: the mail tells all', async () => {
    expect(await newsWhile(async () => null)).toMatchObject({
      address: 'bob@example.com',
      about: { name: 'Acme', restricted: false },
      starter: 'Ann Ann',
      authors: ['Ann Ann'],
      unread: 1,
      messages: [{ author: 'Ann Ann', text: 'x' }],
    });
  });

  it('[CMD-4] the reader is deactivated, or loses their address: no mail', async () => {
    for (const [change, because] of [
      [{ active: false }, 'deactivated'],
      [{ email: null }, 'no-address'],
    ] as const) {
      const news = await newsWhile((directory) =>
        directory.put({ people: [wholePerson({ id: 'bob', ...change })] }).then(() => null),
      );
      expect(news).toBe(because);
    }
  });

  it('[ALERT-3] it is read, or the copy is deleted: no mail', async () => {
    for (const type of ['read', 'deleted'] as const) {
      expect(await newsWhile(async () => ({ type, v: 2, at: 2, by: 'bob', upTo: 1 }))).toBe('nothing-unread');
    }
  });

  it('[SEE-6] the right to the name is withdrawn: restricted', async () => {
    const news = await newsWhile((directory) =>
      directory.put({ records: [wholeRecord({ ...record, view: ['ann'], edit: ['ann'] })] }).then(() => null),
    );
    expect(news).toHaveProperty('about', { kind: 'company', restricted: true });
  });
});
