import { afterEach, describe, expect, it, vi } from 'vitest';
import { Sidebar } from '../../src/views/sidebar.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer } from '../support/server.ts';
import { earlyNews, leakedNames, lyingBadge, newsOfLeavers, shownGaps, slowDisk } from './guards.ts';

/** What is broken on purpose just now. */
const broken = vi.hoisted(() => ({ leavers: false, names: false, gaps: false }));

vi.mock('../../src/views/change.ts', async (original) => {
  const actual = await original<typeof import('../../src/views/change.ts')>();
  const forEachConcerned: typeof actual.forEachConcerned = (change, visit) => {
    if (!broken.leavers) actual.forEachConcerned(change, visit);
    else for (const [person, member] of change.after?.members ?? []) visit(person, member);
  };
  return { ...actual, forEachConcerned };
});
vi.mock('../../src/directory/rights.ts', async (original) => {
  const actual = await original<typeof import('../../src/directory/rights.ts')>();
  const rightsOf: typeof actual.rightsOf = (record) => {
    const rights = actual.rightsOf(record);
    return broken.names ? { ...rights, nameIsRestricted: false } : rights;
  };
  return { ...actual, rightsOf };
});
vi.mock('../../src/conversation/visibility.ts', async (original) => {
  const actual = await original<typeof import('../../src/conversation/visibility.ts')>();
  const copyRanges: typeof actual.copyRanges = (state, person) => {
    const ranges = actual.copyRanges(state, person);
    const [first, last] = [ranges[0], ranges.at(-1)];
    return broken.gaps && first && last ? [{ from: first.from, to: last.to }] : ranges;
  };
  return { ...actual, copyRanges };
});

afterEach(() => {
  Object.assign(broken, { leavers: false, names: false, gaps: false });
  vi.restoreAllMocks();
});

const seed = Number(process.env.PARLEY_SEED ?? 20_261_122);

describe('law 1: nothing leaves the process before what it tells is durable', () => {
  it('[CMD-2] while an append is under way no socket hears of any kind of command, nor of a refusal, nor finds it by asking', async () => {
    const disk = slowDisk();
    const limits = { commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 };
    const record = { kind: 'contact', id: 'k' } as const;
    const people = ['ann', 'bob', 'cid', 'dora'];
    const server = await startTestServer({ stores: disk.stores, people, records: [record], limits });
    const [ann, bob, cid, dora] = (await Promise.all(people.map((person) => RawClient.signIn(server, person)))) as [
      RawClient,
      RawClient,
      RawClient,
      RawClient,
    ];
    const clients = [ann, bob, cid, dora];
    await dora.must('openTab', { record, limit: 5 });
    const begin = { text: 'one', people: ['bob', 'cid'], about: record };
    const { conversation } = await ann.must('start', begin);
    const preferences = {
      email: { conversations: false, messages: false },
      popup: { conversations: false, messages: false },
    };
    const at = server.server.host.positions();
    /** Each with the answer's kind. */
    const commands: [string, () => Promise<unknown>][] = [
      ['ok', () => ann.ask('start', { text: 'two', people: ['bob'], about: record })],
      ['ok', () => ann.ask('reply', { conversation, text: 'secret so far' })],
      ['refused', () => bob.ask('reply', { conversation, text: ' ' })],
      ['refused', () => dora.ask('reply', { conversation, text: 'x' })],
      ['ok', () => bob.ask('read', { conversation, upTo: 1 })],
      ['ok', () => ann.ask('invite', { conversation, people: ['dora'] })],
      ['refused', () => ann.ask('invite', { conversation, people: ['bob'] })],
      ['ok', () => dora.ask('leave', { conversation })],
      ['ok', () => bob.ask('leave', { conversation })],
      // Refused because of a leave that is decided and may not be durable: no less to be waited for.
      ['refused', () => cid.ask('leave', { conversation })],
      ['ok', () => cid.ask('delete', { conversation, upTo: 2 })],
      ['ok', () => bob.ask('setAlerts', { preferences })],
      ['ok', () => bob.ask('readAll', { at: server.server.host.positions() })],
      ['refused', () => ann.ask('readAll', { at })],
    ];
    for (const [nth, [kind, run]] of commands.entries()) {
      for (const client of clients) await client.settled();
      const positions = server.server.host.positions();
      const head = (await ann.must('get', { conversation })).card.visible.at(-1)?.[1];
      let open = () => {};
      let waiting = 0;
      disk.delay = () => {
        waiting += 1;
        return new Promise((resolve) => {
          open = resolve;
        });
      };
      const answers: unknown[] = [];
      const answered = run().then((answer) => void answers.push(answer));
      await expect.poll(() => waiting, { message: `command ${nth}` }).toBeGreaterThan(0);
      for (const client of clients) {
        expect(await client.settled(), `command ${nth}`).toEqual([]);
        await client.must('list', { limit: 10 });
        await client.ask('openTab', { record, limit: 10 });
      }
      expect((await ann.must('get', { conversation })).card.visible.at(-1)?.[1]).toBe(head);
      expect(answers).toEqual([]);
      expect(server.server.host.positions()).toEqual(positions);
      disk.delay = async () => {};
      open();
      await answered;
      const [answer] = answers as [{ t?: string }];
      expect(answer.t === 'error' ? 'refused' : 'ok', `command ${nth}: ${JSON.stringify(answer)}`).toBe(kind);
    }
    await server.stop();
  });

  it(`[CMD-2] under everything at once every frame is behind the disk (PARLEY_SEED=${seed})`, async () => {
    const complaints = await earlyNews(seed);
    expect([...complaints]).toEqual([]);
    expect(complaints.frames).toBeGreaterThan(400);
  });
});

describe('rules that are kept', () => {
  it('[LEAVE-4] nothing behind a leave reaches the leaver', async () => expect(await newsOfLeavers()).toEqual([]));
  it('[SEE-4] no frame tells a restricted name', async () => expect(await leakedNames()).toEqual([]));
  it('[SEE-1] the gap between two stints is never shown', async () => expect(await shownGaps()).toEqual([]));
  it('[LIST-6] the badge is what the list says', async () => expect(await lyingBadge()).toEqual([]));
});

describe('the checks above bite: each finds the fault that it is there for', () => {
  it('[CMD-2] a journal that says yes before it is true', async () => {
    const complaints = await earlyNews(seed, true, 10);
    expect(complaints.some((each) => each.includes('before it is durable'))).toBe(true);
    expect(complaints.some((each) => each.includes('which is not durable'))).toBe(true);
  });
  it('[LEAVE-4] a fan-out that reaches leavers', async () => {
    broken.leavers = true;
    expect(await newsOfLeavers()).not.toEqual([]);
  });
  it('[SEE-4] rights that forget that a name is restricted', async () => {
    broken.names = true;
    expect(await leakedNames()).toEqual(['bob was told the name', 'cid was told the name']);
  });
  it('[SEE-1] a copy that runs through from the first stint to the last', async () => {
    broken.gaps = true;
    expect(await shownGaps()).toEqual(['the gap was shown']);
  });
  it('[LIST-6] a badge that is not brought up to date', async () => {
    vi.spyOn(Sidebar.prototype, 'badge', 'get').mockReturnValue(0);
    expect(await lyingBadge()).not.toEqual([]);
  });
});
