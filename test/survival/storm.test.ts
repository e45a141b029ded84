/** Everybody is cut off at once and comes back at once. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serveCli } from '../support/cli.ts';
import { metricOf } from '../support/metric.ts';
import { quickEntry } from '../support/quick-cli.ts';
import { RawClient } from '../support/raw-client.ts';
import { temporaryDirectory } from '../support/server.ts';
import { busyServerArgs, enlist, peopleOf, tokenOf } from './busy-clients.ts';
import { countOf } from './counts.ts';

const people = 200;
const sessionsEach = countOf({ test: 5, bar: 25, nightly: 25 });
const connections = people * sessionsEach;

it(`[CMD-3] ${connections} connections that come back at once all resume and miss nothing, and nobody else is disturbed`, async () => {
  const { path, remove } = temporaryDirectory('parley-storm-');
  const running = await serveCli(['--data-dir', join(path, 'data'), ...busyServerArgs], { entry: await quickEntry() });
  try {
    const everyone = peopleOf(people + 2);
    await enlist(running, everyone);
    const tokens = new Map<string, string>();
    for (const person of everyone) tokens.set(person, await tokenOf(person));
    const server = { url: running.url, token: async (person: string) => tokens.get(person) as string };
    const [ann = '', bob = '', ...others] = everyone;
    const [talking, listening] = [await RawClient.signIn(server, ann), await RawClient.signIn(server, bob)];
    const { conversation } = await talking.must('start', { text: 'one', people: [bob, ...others] });

    const sessions = others.flatMap((person) => Array.from({ length: sessionsEach }, () => person));
    const before = await Promise.all(sessions.map((person) => RawClient.signIn(server, person)));
    for (const client of before) client.socket.terminate();
    const heads: number[] = [];
    const back = before.map(async (client) => {
      const { epoch, at, directory } = client.welcome as NonNullable<RawClient['welcome']>;
      const again = await RawClient.signIn(server, client.person, { epoch, at, directory });
      expect(again.welcome?.resumed, client.person).toBe(true);
      return again;
    });
    for (let n = 0; n < 20; n += 1) {
      const { seq } = await talking.must('reply', { conversation, text: `during the storm ${n}` });
      heads.push(seq);
    }
    const after = await Promise.all(back);
    for (const client of after) expect(shownTo(client, await client.settled()), client.person).toBe(heads.at(-1));
    const heard = (await listening.settled()).flatMap((frame) => {
      return frame.t === 'entries' ? frame.entries.map(({ seq }) => seq) : [];
    });
    expect(heard).toEqual(heads);
    expect(await metricOf(running, 'parley_sessions')).toBe(connections + 2);
    expect(await running.stop(), running.stderr()).toEqual({ code: 0, signal: null });
  } finally {
    running.child.kill('SIGKILL');
    remove();
  }
}, 300_000);

/** The last entry that came, without a gap behind what its card shows; whatever was missed comes as a card. */
function shownTo({ person }: RawClient, frames: Awaited<ReturnType<RawClient['settled']>>): number {
  let head = 0;
  for (const frame of frames) {
    if (frame.t === 'card') head = frame.card.visible.at(-1)?.[1] ?? 0;
    if (frame.t !== 'entries') continue;
    for (const { seq } of frame.entries) {
      if (head > 0 && seq !== head + 1) throw new Error(`${person} was told ${seq} after ${head}`);
      head = seq;
    }
  }
  return head;
}
