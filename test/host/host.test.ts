import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { conversationMachine } from '../../src/conversation/machine.ts';
import type { HostResult } from '../../src/host/committed.ts';
import { conversationIdOf } from '../../src/host/request.ts';
import { partitionOf } from '../../src/journal/partition-of.ts';
import { createMemoryTables } from '../../src/journal/tables-memory.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { conversationIn, openHost, start, testDisk } from './open-host.ts';

/** A disk whose appends wait until they are let through. */
function gated() {
  const disk = testDisk();
  const waiting: (() => void)[] = [];
  let open = false;
  disk.journal.before = () => (open ? undefined : new Promise<void>((resolve) => void waiting.push(resolve)));
  return {
    disk,
    waiting,
    letThrough() {
      open = true;
      for (const go of waiting) go();
    },
  };
}

describe('answers', () => {
  it('[CMD-2] nothing is answered or told before it is durable, refusals included', async () => {
    const gate = gated();
    const { ask, committed } = await openHost(gate.disk);
    const answers: HostResult[] = [];
    void ask('a', '1', start(['b'])).then((answer) => answers.push(answer));
    void ask('a', '2', { type: 'reply', conversation: 'AAAAAAAAAAAAAAAAAAAAAA', text: 'x' }).then((answer) =>
      answers.push(answer),
    );
    await expect.poll(() => gate.waiting.length).toBe(1);
    await wait(30);
    expect(answers).toEqual([]);
    expect(committed).toEqual([]);
    gate.letThrough();
    await expect.poll(() => answers.length).toBe(2);
    expect(answers.map((answer) => Object.keys(answer)[0]).sort()).toEqual(['ok', 'refused']);
    expect(committed.length).toBe(2);
  });

  it('[CMD-1] the same id with the same body gets the first answer, while under way, after it, after a checkpoint and a restart', async () => {
    const gate = gated();
    const first = await openHost(gate.disk);
    const both = [first.ask('a', '1', start(['b'])), first.ask('a', '1', start(['b']))];
    await expect.poll(() => gate.waiting.length).toBe(1);
    gate.letThrough();
    const [one, two] = await Promise.all(both);
    expect(one).toEqual(two);
    expect(await first.ask('a', '1', start(['b']))).toEqual(one);
    await first.host.checkpoint();
    expect(await first.ask('a', '1', start(['b']))).toEqual(one);
    first.host.abandon();
    const again = await openHost(gate.disk);
    expect(await again.ask('a', '1', start(['b']))).toEqual(one);
    expect((await again.host.state(conversationIn(one as HostResult)))?.state.head).toBe(1);
  });

  it('[CMD-1] a remembered refusal stays the answer, also where the rules would now accept', async () => {
    const { ask } = await openHost();
    const conversation = conversationIn(await ask('a', '1', start(['b'])));
    expect(await ask('b', 'leave', { type: 'leave', conversation })).toEqual({ refused: 'leave-too-few' });
    await ask('a', '2', { type: 'invite', conversation, people: ['c'] });
    expect(await ask('b', 'leave', { type: 'leave', conversation })).toEqual({ refused: 'leave-too-few' });
    expect(await ask('b', 'leave again', { type: 'leave', conversation })).toEqual({ ok: { seq: 3 } });
  });

  it('[CMD-1] the same id with another body is refused by name, in the same conversation, in another one, and while under way', async () => {
    const { ask } = await openHost();
    const conversation = conversationIn(await ask('a', '1', start(['b'])));
    const other = conversationIn(await ask('a', '2', start(['b'])));
    const reply = (to: string, text: string) => ask('a', '3', { type: 'reply', conversation: to, text });
    const [first, differs] = await Promise.all([reply(conversation, 'x'), reply(conversation, 'y')]);
    expect(first).toHaveProperty('ok');
    expect(differs).toEqual({ refused: 'command-id-reused' });
    expect(await reply(other, 'x')).toEqual({ refused: 'command-id-reused' });
    expect(await ask('b', '3', { type: 'reply', conversation, text: 'mine' })).toHaveProperty('ok');
  });

  it('[REPLY-4] commands of one conversation are decided in the order in which they came', async () => {
    const { ask, host } = await openHost();
    const conversation = conversationIn(await ask('a', '1', start(['b'])));
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        ask(n % 2 ? 'a' : 'b', `r${n}`, { type: 'reply', conversation, text: `${n}` }),
      ),
    );
    expect(answers.map((answer) => ('ok' in answer ? answer.ok.seq : answer))).toEqual(
      Array.from({ length: 200 }, (_, n) => n + 2),
    );
    const timeline = await host.timeline(conversation, 1, 1_000, 1_000);
    expect(timeline.map(({ event }) => ('text' in event ? event.text : ''))).toEqual([
      'hello',
      ...Array.from({ length: 200 }, (_, n) => `${n}`),
    ]);
  });

  it('[LEAVE-3] of two who leave a conversation of three at once, the second is refused', async () => {
    const { ask } = await openHost();
    const conversation = conversationIn(await ask('a', '1', start(['b', 'c'])));
    const answers = await Promise.all([
      ask('b', '2', { type: 'leave', conversation }),
      ask('c', '3', { type: 'leave', conversation }),
    ]);
    expect(answers).toEqual([{ ok: { seq: 2 } }, { refused: 'leave-too-few' }]);
  });
});

describe('groups', () => {
  it('commands that come while a commit is under way share the next one', async () => {
    const gate = gated();
    const groups: number[] = [];
    const { before } = gate.disk.journal;
    gate.disk.journal.before = (entries) => {
      groups.push(entries.length);
      return before(entries);
    };
    const { ask } = await openHost(gate.disk);
    const first = ask('a', 'first', start(['b']));
    await expect.poll(() => groups.length).toBe(1);
    const more = Array.from({ length: 50 }, (_, n) => ask(`p${n}`, 'x', start(['b'])));
    await wait(10);
    gate.letThrough();
    await Promise.all([first, ...more]);
    expect(groups).toEqual([1, 50]);
  });

  it('beyond the bound the answer is busy, nothing is remembered, and the same id succeeds later', async () => {
    const gate = gated();
    const { ask } = await openHost(gate.disk, { limits: { pendingEntriesMax: 10, frameEntriesMax: 10 } });
    const answers = Array.from({ length: 30 }, (_, n) => ask(`p${n}`, 'x', start(['b'])));
    await expect.poll(() => gate.waiting.length).toBe(1);
    gate.letThrough();
    const settled = await Promise.all(answers);
    const busy = settled.flatMap((answer, n) => ('fault' in answer && answer.fault === 'busy' ? [n] : []));
    expect(busy.length).toBe(20);
    expect(await ask(`p${busy[0]}`, 'x', start(['b']))).toHaveProperty('ok');
  });

  it('a full disk makes it read-only with a clear answer', async () => {
    const test = await openHost();
    test.writable = false;
    expect(await test.ask('a', '1', start(['b']))).toEqual({ fault: 'read-only' });
    test.writable = true;
    expect(await test.ask('a', '1', start(['b']))).toHaveProperty('ok');
  });
});

describe('fencing', () => {
  it('a failed append acknowledges nothing, tells nobody and fences the host', async () => {
    const disk = testDisk();
    const test = await openHost(disk);
    const conversation = conversationIn(await test.ask('a', '1', start(['b'])));
    disk.journal.before = () => Promise.reject(new Error('EIO'));
    const answers: HostResult[] = [];
    void test.ask('a', '2', { type: 'reply', conversation, text: 'lost?' }).then((answer) => answers.push(answer));
    await expect.poll(() => test.fenced.length).toBe(1);
    await wait(20);
    expect(answers).toEqual([]);
    expect(test.committed.length).toBe(1);
    expect((await test.host.state(conversation))?.state.head).toBe(1);
  });

  it('an overdue append fences too, and what comes late is not acknowledged', async () => {
    const gate = gated();
    const test = await openHost(gate.disk, { limits: { appendDeadlineMs: 30 } });
    const answers: HostResult[] = [];
    void test.ask('a', '1', start(['b'])).then((answer) => answers.push(answer));
    await expect.poll(() => test.fenced.length).toBe(1);
    gate.letThrough();
    await wait(20);
    expect(answers).toEqual([]);
    expect(test.committed).toEqual([]);
  });
});

describe('memory', () => {
  it('passivates what is idle beyond the budget, and everything comes back on the next command', async () => {
    const { ask, host } = await openHost(testDisk(), { limits: { residentConversationsMax: 10 } });
    const ids: string[] = [];
    for (let n = 0; n < 40; n += 1) {
      ids.push(conversationIn(await ask('a', `s${n}`, start(['b']))));
      await host.checkpoint();
    }
    expect(host.residents).toBeLessThanOrEqual(10);
    for (const [n, conversation] of ids.entries()) {
      expect(await ask('b', `r${n}`, { type: 'reply', conversation, text: 'back' })).toEqual({
        ok: { seq: 2, at: expect.any(Number) },
      });
    }
  });

  it('passivates by what conversations take in memory: one of many people drives out many of few', async () => {
    const { ask, host } = await openHost(testDisk(), { limits: { residentBytesMax: 300_000 } });
    for (let n = 0; n < 30; n += 1) await ask('a', `s${n}`, start(['b']));
    await host.checkpoint();
    expect(host.residents).toBe(30);
    const crowd = Array.from({ length: 700 }, (_, n) => `p${n}`);
    const large = conversationIn(await ask('a', 'crowd', start(crowd)));
    await host.checkpoint();
    expect(host.residents).toBeLessThan(12);
    expect(await ask('p1', 'r', { type: 'reply', conversation: large, text: 'here' })).toMatchObject({
      ok: { seq: 2 },
    });
  });

  it('keeps in memory what is asked for time and again', async () => {
    const { ask, host, archive } = await openHost(testDisk(), { limits: { residentConversationsMax: 10 } });
    const busy = conversationIn(await ask('a', 'busy', start(['b'])));
    await host.checkpoint();
    const loads: string[] = [];
    const { newestState } = archive;
    archive.newestState = (conversation) => {
      loads.push(conversation);
      return newestState.call(archive, conversation);
    };
    for (let n = 0; n < 40; n += 1) {
      await ask('a', `s${n}`, start(['b']));
      await ask('b', `r${n}`, { type: 'reply', conversation: busy, text: 'on' });
      await host.checkpoint();
    }
    expect(host.residents).toBeLessThanOrEqual(10);
    expect(loads).not.toContain(busy);
  });

  it('does not passivate what no checkpoint has taken over', async () => {
    const { ask, host } = await openHost(testDisk(), { limits: { residentConversationsMax: 5 } });
    for (let n = 0; n < 20; n += 1) await ask('a', `s${n}`, start(['b']));
    expect(host.residents).toBe(20);
    await host.checkpoint();
    await ask('a', 'one more', start(['b']));
    expect(host.residents).toBeLessThanOrEqual(5);
  });

  it('lets an actor go of which nothing was asked for a while, and the next command has another one', async () => {
    const { ask, host } = await openHost(testDisk(), { limits: { actorIdleMs: 20 } });
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push(conversationIn(await ask('a', `s${n}`, start(['b', 'c']))));
    await expect.poll(() => host.awake).toBe(0);
    expect(host.residents).toBe(20);
    for (const [n, conversation] of ids.entries()) {
      expect(await ask('c', `l${n}`, { type: 'leave', conversation })).toEqual({ ok: { seq: 2 } });
      expect(await ask('b', `l${n}`, { type: 'leave', conversation })).toEqual({ refused: 'leave-too-few' });
    }
  });

  it('keeps an actor while what it decided is not durable: the next command is decided on that', async () => {
    const gate = gated();
    const { ask, host } = await openHost(gate.disk, { limits: { actorIdleMs: 5 } });
    const started = ask('a', '1', start(['b', 'c']));
    await expect.poll(() => gate.waiting.length).toBe(1);
    const conversation = conversationIdOf('a', '1');
    await wait(30);
    expect(host.awake).toBe(1);
    const left = ask('c', '2', { type: 'leave', conversation });
    gate.letThrough();
    expect(await started).toMatchObject({ ok: { conversation, seq: 1 } });
    expect(await left).toEqual({ ok: { seq: 2 } });
    await expect.poll(() => host.awake).toBe(0);
  });

  it('weighs an actor only while it is there', async () => {
    const { ask, host } = await openHost(testDisk(), { limits: { actorIdleMs: 20, residentBytesMax: 100_000 } });
    for (let n = 0; n < 30; n += 1) await ask('a', `s${n}`, start(['b']));
    await expect.poll(() => host.awake).toBe(0);
    await host.checkpoint();
    expect(host.residents).toBe(30);
  });

  it('keeps nothing of conversations that do not exist', async () => {
    const { ask, host } = await openHost();
    for (let n = 0; n < 50; n += 1) {
      const conversation = `${String(n).padStart(3, '0')}AAAAAAAAAAAAAAAAAAA`;
      expect(await ask('a', `x${n}`, { type: 'leave', conversation })).toEqual({ refused: 'not-found' });
    }
    expect(host.residents).toBe(0);
  });
});

describe('restart', () => {
  it('replays what no checkpoint covers, over several partitions, and goes on from there', async () => {
    const disk = testDisk(4);
    const first = await openHost(disk);
    const ids: string[] = [];
    for (let n = 0; n < 30; n += 1) ids.push(conversationIn(await first.ask('a', `s${n}`, start(['b', 'c']))));
    await first.host.checkpoint();
    for (const conversation of ids)
      await first.ask('b', `r${conversation}`, { type: 'reply', conversation, text: 'x' });
    const states = await Promise.all(ids.map((id) => first.host.state(id)));
    const positions = first.host.positions();
    first.host.abandon();
    const again = await openHost(disk);
    expect(again.host.positions()).toEqual(positions);
    expect(await Promise.all(ids.map((id) => again.host.state(id)))).toEqual(states);
    expect(await again.ask('c', 'l', { type: 'leave', conversation: ids[0] as string })).toEqual({ ok: { seq: 3 } });
  });

  it('a history read from archive and journal together is whole, wherever the checkpoint stands', async () => {
    const { ask, host } = await openHost();
    const conversation = conversationIn(await ask('a', '1', start(['b'])));
    for (let n = 2; n <= 60; n += 1) {
      await ask('a', `r${n}`, { type: 'reply', conversation, text: `${n}` });
      if (n % 17 === 0) await host.checkpoint();
      const timeline = await host.timeline(conversation, 1, n, 10);
      const expected = Array.from({ length: Math.min(10, n) }, (_, i) => n - Math.min(10, n) + 1 + i);
      expect(timeline.map(({ event }) => ('seq' in event ? event.seq : 0))).toEqual(expected);
    }
  });
});

describe('[CMD-1] the memory of commands', () => {
  const often = { checkpointIntervalMs: 5, commandsDelayMs: 3_600_000 };

  it('waits in the journal until there are many, whatever happens to the server meanwhile', async () => {
    const disk = testDisk(3);
    const limits = { ...often, checkpointCommands: 10 };
    const first = await openHost(disk, { limits });
    const answers = new Map<string, HostResult>();
    for (const id of ['1', '2', '3', '4']) answers.set(id, await first.ask('a', id, start(['b'])));
    const conversation = conversationIn(answers.get('4') as HostResult);
    await expect.poll(async () => (await first.archive.state(conversation))?.state.head).toBe(1);
    first.host.abandon();
    expect(await first.archive.command('a', '1')).toBeNull();
    const again = await openHost(disk, { limits });
    for (const [id, answer] of answers) expect(await again.ask('a', id, start(['b']))).toEqual(answer);
    expect(again.committed).toEqual([]);
    for (let n = 0; n < 60; n += 1) await again.ask('a', `more ${n}`, start(['b']));
    await expect.poll(async () => (await again.archive.command('a', '1'))?.answer).toEqual(answers.get('1'));
    await again.host.close();
  });

  it('is filed after a while, though there are few, and all of it when the server ends', async () => {
    const disk = testDisk();
    const { ask, archive, host } = await openHost(disk, { limits: { ...often, commandsDelayMs: 20 } });
    const answer = await ask('a', '1', start(['b']));
    await expect.poll(async () => (await archive.command('a', '1'))?.answer).toEqual(answer);
    await expect.poll(() => host.tail).toBe(0);
    await host.close();
    const last = await openHost(disk, { limits: often });
    const second = await last.ask('a', '2', start(['b']));
    await last.host.close();
    expect((await last.archive.command('a', '2'))?.answer).toEqual(second);
    expect(last.host.tail).toBe(0);
  });
});

describe('quarantine', () => {
  it('a throw in the rules costs one conversation one command; it is rebuilt, and all others go on', async () => {
    let broken = true;
    const machine = conversationMachine.provide({
      guards: {
        'REPLY-1 text-blank': ({ event }) => {
          if (broken && event.type === 'reply' && event.text === 'poison') throw new Error('a bug');
          return false;
        },
      },
    });
    const { ask, host } = await openHost(testDisk(), { machine });
    const conversation = conversationIn(await ask('a', '1', start(['b'])));
    const other = conversationIn(await ask('a', '2', start(['b'])));
    await host.checkpoint();
    const reply = (to: string, id: string, text: string) => ask('a', id, { type: 'reply', conversation: to, text });
    const answers = await Promise.all([
      reply(conversation, '3', 'before'),
      reply(conversation, '4', 'poison'),
      reply(other, '5', 'elsewhere'),
      reply(conversation, '6', 'after'),
    ]);
    expect(answers[1]).toEqual({ fault: 'internal' });
    expect([answers[0], answers[2], answers[3]].map((answer) => answer && 'ok' in answer && answer.ok.seq)).toEqual([
      2, 2, 3,
    ]);
    broken = false;
    expect(await reply(conversation, '4', 'poison')).toEqual({ ok: { seq: 4, at: expect.any(Number) } });
    const timeline = await host.timeline(conversation, 1, 10, 10);
    expect(timeline.map(({ event }) => ('text' in event ? event.text : ''))).toEqual([
      'hello',
      'before',
      'after',
      'poison',
    ]);
  });
});

describe('Mark All Read', () => {
  it('[READ-3] covers every conversation, each up to what stood at the client’s position', async () => {
    const unread: string[] = [];
    const { ask, host } = await openHost(testDisk(), { unread });
    const one = conversationIn(await ask('a', '1', start(['b'])));
    const two = conversationIn(await ask('a', '2', start(['b'])));
    const shown = host.positions();
    await ask('a', '3', { type: 'reply', conversation: two, text: 'in flight' });
    const three = conversationIn(await ask('a', '4', start(['b'])));
    unread.push(one, two, three);
    expect(await ask('b', 'all', { type: 'readAll', at: shown })).toEqual({ ok: { conversations: 2 } });
    const marks = await Promise.all(
      [one, two, three].map(async (id) => (await host.state(id))?.state.members.get('b')?.readUpTo),
    );
    expect(marks).toEqual([1, 1, 0]);
    expect(await ask('b', 'all', { type: 'readAll', at: shown })).toEqual({ ok: { conversations: 2 } });
    expect(await ask('b', 'again', { type: 'readAll', at: shown })).toEqual({ refused: 'read-nothing-unread' });
  });

  it('[CMD-2] does not say that nothing is unread before the reading that it follows from is durable, in another partition', async () => {
    const disk = testDisk(2);
    const unread: string[] = [];
    const { ask, host } = await openHost(disk, { unread });
    const ofAll = partitionOf('b', 2);
    let conversation = '';
    for (let n = 0; conversation === '' || partitionOf(conversation, 2) === ofAll; n += 1)
      conversation = conversationIn(await ask('a', `${n}`, start(['b'])));
    unread.push(conversation);
    const held: (() => void)[] = [];
    disk.journal.before = (entries) =>
      entries.some((entry) => entry.conversation === conversation)
        ? new Promise<void>((resolve) => void held.push(resolve))
        : undefined;
    const told: string[] = [];
    const at = host.positions();
    const both = [
      ask('b', 'one', { type: 'read', conversation, upTo: 1 }).then(() => told.push('one')),
      ask('b', 'all', { type: 'readAll', at }).then(() => told.push('all')),
    ];
    await expect.poll(() => held.length).toBe(1);
    await wait(30);
    expect(told).toEqual([]);
    for (const go of held) go();
    await Promise.all(both);
    expect(told).toEqual(['one', 'all']);
  });
});

describe('time', () => {
  it('[LIST-1] goes on behind what a checkpoint covers, also where the clock was set back before the start', async () => {
    const disk = testDisk();
    const before = await openHost(disk);
    const { ok } = (await before.ask('a', '1', start(['b']))) as { ok: { at: number } };
    await before.host.close();
    const system = systemClock();
    let newest = 0;
    const clock: Clock = {
      ...system,
      tick: () => {
        newest += 1;
        return newest;
      },
      raiseFloor: (micros) => {
        newest = Math.max(newest, micros);
      },
    };
    const after = await openHost(disk, { clock });
    expect(await after.ask('a', '2', start(['b']))).toMatchObject({ ok: { at: ok.at + 1 } });
    await after.host.close();
  });
});

describe('erasing', () => {
  it('[ERASE-1] behind what is under way, it waits for that without asking the clock for its turn again and again', async () => {
    const disk = testDisk();
    const system = systemClock();
    let turns = 0;
    const clock: Clock = {
      ...system,
      soon: (run) => {
        turns += 1;
        system.soon(run);
      },
    };
    const test = await openHost(disk, { clock });
    const conversation = conversationIn(await test.ask('a', '1', start(['b'])));
    disk.journal.before = () => wait(50);
    const replied = test.ask('b', '2', { type: 'reply', conversation, text: 'more' });
    const before = turns;
    await test.host.erase(conversation, async (events) => {
      const seqs: number[] = [];
      for await (const { event } of events) if ('seq' in event) seqs.push(event.seq);
      return seqs;
    });
    expect(turns - before).toBeLessThan(10);
    expect(await replied).toMatchObject({ ok: { seq: 2 } });
    expect(test.committed.at(-1)?.entry.events).toMatchObject([{ type: 'erased', seqs: [1, 2] }]);
    await test.host.close();
  });

  it('[ERASE-1] does not say that the journal keeps nothing while there is no room to take it over', async () => {
    let hasRoom = false;
    const { ask, host, archive } = await openHost(testDisk(2), { archivable: async () => hasRoom });
    const conversation = conversationIn(await ask('a', '1', start(['b'])));
    expect(await host.clearJournal()).toBe(false);
    hasRoom = true;
    expect(await host.clearJournal()).toBe(true);
    expect((await archive.state(conversation))?.state.head).toBe(1);
    await host.close();
  });
});

describe('an archive that is not the one that the journal told', () => {
  it('is not started on: an earlier copy, and an empty one', async () => {
    const disk = testDisk();
    const first = await openHost(disk);
    const conversation = conversationIn(await first.ask('a', '1', start(['b'])));
    await first.host.checkpoint();
    const early = structuredClone(disk.tables);
    await first.ask('a', '2', { type: 'reply', conversation, text: 'more' });
    await first.host.close();
    for (const [tables, says] of [
      [early, 'the archive ends at 1, and the journal has dropped what is up to 2'],
      [createMemoryTables(), 'the archive ends at 0, and the journal has dropped what is up to 2'],
    ] as const) {
      await expect(openHost({ ...disk, tables })).rejects.toThrow(says);
    }
    await (await openHost(disk)).host.close();
  });
});
