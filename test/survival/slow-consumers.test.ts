/** Readers that stand still: the others hear everything, what waits is bounded, and nothing is missing when they go on. */
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import type { SocketConstructor } from '../../src/client/environment.ts';
import { connect, type Parley } from '../../src/client/node.ts';
import type { ServerFrame } from '../../src/wire/frames.ts';
import { metricOf } from '../support/metric.ts';
import { RawClient } from '../support/raw-client.ts';
import { startTestServer } from '../support/server.ts';
import { peopleOf } from './busy-clients.ts';
import { countOf } from './counts.ts';

const size = countOf({ test: 200, bar: 500, nightly: 500 });
const stalled = size / 10;
const text = 'x'.repeat(16_000);
/** Small, so that a stalled reader meets them soon: what the kernel keeps for it comes on top. */
const backlog = { socketBacklogMaxBytes: 262_144, resumeTextMaxBytes: 131_072 };
const limits = { ...backlog, commandsPerSecond: 1_000_000, commandsBurst: 1_000_000 };

it(
  `[CMD-3] [REPLY-2] ${stalled} of ${size} stalled: the others hear all, each stalled one is let go at its bound, none misses anything`,
  async () => {
    const [talker = '', ...people] = peopleOf(size);
    const server = await startTestServer({ people: [talker, ...people], limits, admin: true });
    const sockets: WebSocket[] = [];
    class Kept extends WebSocket {
      constructor(url: string, protocols: string | string[]) {
        super(url, protocols);
        sockets.push(this);
      }
    }
    const slow: Parley[] = [];
    try {
      const talking = await RawClient.signIn(server, talker);
      const others: RawClient[] = [];
      for (const person of people.slice(stalled)) others.push(await RawClient.signIn(server, person));
      for (const person of people.slice(0, stalled)) {
        const getToken = () => server.token(person);
        const socket = Kept as unknown as SocketConstructor;
        slow.push(connect({ url: server.url, getToken, WebSocket: socket, random: () => Math.random() / 8 }));
      }
      const { conversation } = await talking.must('start', { text: 'one', people });
      for (const parley of slow) await expect.poll(() => headOf(parley), { timeout: 30_000 }).toBe(1);
      for (const socket of sockets) socket.pause();
      const heard = new Map(others.map((other) => [other, [] as number[]]));
      // Round by round: all that so many hear would not fit into memory.
      const listen = async (other: RawClient) => {
        heard.get(other)?.push(...(await other.settled()).flatMap(seqsIn));
        other.messages = [];
      };
      let head = 1;
      while ((await metricOf(server, 'parley_slow_consumers_total')) < stalled) {
        for (let n = 0; n < 8; n += 1) ({ seq: head } = await talking.must('reply', { conversation, text }));
        await Promise.all([talking, ...others].map(listen));
      }
      const everything = Array.from({ length: head }, (_, nth) => nth + 1);
      for (const [other, seqs] of heard) expect(seqs, other.person).toEqual(everything);
      expect(server.server.sessions()).toBe(size - stalled);
      expect(await metricOf(server, 'parley_slow_consumers_total')).toBe(stalled);

      for (const socket of sockets) socket.resume();
      ({ seq: head } = await talking.must('reply', { conversation, text: 'and on' }));
      for (const parley of slow) {
        await expect.poll(() => headOf(parley), { timeout: 60_000 }).toBe(head);
        const one = parley.conversation(conversation);
        while (one.getSnapshot()?.more) await one.more();
        const seqs = one.getSnapshot()?.entries.map(({ seq }) => seq);
        expect(seqs).toEqual(Array.from({ length: head }, (_, nth) => nth + 1));
      }
    } finally {
      for (const parley of slow) parley.close();
      await server.stop();
    }
  },
  2_400 * size,
);

function seqsIn(frame: ServerFrame): number[] {
  if (frame.t === 'entries') return frame.entries.map(({ seq }) => seq);
  return frame.t === 'card' ? frame.card.entries.map(({ seq }) => seq) : [];
}

function headOf(parley: Parley): number | undefined {
  return parley.sidebar.getSnapshot().conversations[0]?.head;
}
