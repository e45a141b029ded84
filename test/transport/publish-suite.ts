/** How publishing to topics behaves, whichever adapter it comes from. */
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { Connection } from '../../src/session/connection.ts';
import { type Client, client, type ListenFn, type Stand, stand, until } from './peers.ts';

export function describePublishing(name: string, listen: ListenFn): void {
  describe(`${name}: topics`, () => {
    let made: Stand;
    afterEach(() => made.transport.close());

    /** Peers, and the server's connection to each. */
    async function start(count: number): Promise<{ peers: Client[]; connections: Connection[] }> {
      made = await stand(listen);
      const peers: Client[] = [];
      for (let n = 0; n < count; n += 1) {
        peers.push(await client(made.port));
        await until(() => made.heard.length === n + 1);
      }
      return { peers, connections: made.heard.map(({ connection }) => connection) };
    }
    const publish = (topic: string, ...bytes: number[]) => made.transport.publish(topic, new Uint8Array(bytes));
    const heardBy = (peer: Client | undefined) => peer?.messages.map((message) => message[0]);

    it('reach those who are subscribed, and nobody else', async () => {
      const { peers, connections } = await start(3);
      const [first, second, third] = connections;
      first?.subscribe('a');
      second?.subscribe('a');
      second?.subscribe('b');
      publish('a', 1);
      publish('b', 2);
      publish('nobody’s', 3);
      for (const connection of [first, second, third]) connection?.send(new Uint8Array([9]));
      await until(() => peers.every((peer) => peer.messages.at(-1)?.[0] === 9));
      expect(peers.map(heardBy)).toEqual([[1, 9], [1, 2, 9], [9]]);
    });

    it('keep their order with what is sent and batched, however much comes in one turn of the loop', async () => {
      const { peers, connections } = await start(2);
      const [first] = connections;
      for (const connection of connections) connection.subscribe('a');
      let n = 0;
      const next = () => new Uint8Array([n++ & 255]);
      for (let turn = 0; turn < 40; turn += 1) {
        first?.send(next());
        for (let times = 0; times < 40; times += 1) made.transport.publish('a', next());
        first?.batch(() => {
          first.send(next());
          made.transport.publish('a', next());
          first.send(next());
        });
        if (turn % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await until(() => peers[0]?.messages.length === n && peers[1]?.messages.length === 40 * 41);
      expect(heardBy(peers[0])).toEqual(Array.from({ length: n }, (_, at) => at & 255));
    });

    it('keep no bytes beyond the call, and carry messages of every size', async () => {
      const { peers, connections } = await start(2);
      for (const connection of connections) connection.subscribe('a');
      const sizes = [0, 1, 125, 126, 16_383, 16_384, 65_535, 65_536, 300_000];
      const shared = new Uint8Array(400_000);
      for (const size of sizes) {
        shared.fill(7);
        made.transport.publish('a', shared.subarray(1_000, 1_000 + size));
        shared.fill(9);
      }
      await until(() => peers.every((peer) => peer.messages.length === sizes.length));
      for (const peer of peers) {
        expect(peer.messages.map((message) => message.length)).toEqual(sizes);
        for (const message of peer.messages) expect(message.every((byte) => byte === 7)).toBe(true);
      }
    });

    it('still bring what was published before a connection left them, and nothing behind it', async () => {
      const { peers, connections } = await start(2);
      const [first, second] = connections;
      for (const connection of connections) connection.subscribe('a');
      publish('a', 1);
      publish('a', 2);
      first?.unsubscribe('a');
      publish('a', 3);
      first?.subscribe('b');
      publish('b', 4);
      first?.send(new Uint8Array([9]));
      second?.send(new Uint8Array([9]));
      await until(() => peers.every((peer) => peer.messages.at(-1)?.[0] === 9));
      expect(peers.map(heardBy)).toEqual([
        [1, 2, 4, 9],
        [1, 2, 3, 9],
      ]);
    });

    it('stand before the close code of a connection that is closed in the same turn', async () => {
      const { peers, connections } = await start(2);
      for (const connection of connections) connection.subscribe('a');
      publish('a', 1);
      connections[0]?.close(4100, 'drain');
      publish('a', 2);
      expect((await peers[0]?.closed)?.code).toBe(4100);
      await until(() => peers[1]?.messages.length === 2);
      expect(heardBy(peers[0])?.[0]).toBe(1);
    });

    it('leave no hole in the stream of a peer that does not read: it is ended, and what came is whole', async () => {
      const { peers, connections } = await start(2);
      const [stalled, other] = peers;
      for (const connection of connections) connection.subscribe('a');
      stalled?.ws.pause();
      const [toStalled] = made.heard;
      let sent = 0;
      let backlog = 0;
      while (toStalled?.closed === 0 && sent < 400) {
        const bytes = new Uint8Array(131_072);
        new DataView(bytes.buffer).setUint32(0, sent);
        made.transport.publish('a', bytes);
        sent += 1;
        await until(() => other?.messages.length === sent);
        backlog = Math.max(backlog, connections[0]?.backlogBytes() ?? 0);
      }
      await until(() => toStalled?.closed === 1);
      expect(backlog).toBeGreaterThan(limits.socketBacklogMaxBytes);
      expect(backlog).toBeLessThanOrEqual(limits.socketBacklogMaxBytes + 2 * limits.frameOutMaxBytes + 262_144);
      stalled?.ws.resume();
      await stalled?.closed;
      const numbers = stalled?.messages.map((message) => message.readUInt32BE(0)) ?? [];
      expect(numbers).toEqual(numbers.map((_, at) => at));
      expect(numbers.length).toBeLessThan(sent);
    });

    it('are left by a connection that goes', async () => {
      const { peers, connections } = await start(2);
      for (const connection of connections) connection.subscribe('a');
      peers[0]?.ws.terminate();
      await until(() => made.heard[0]?.closed === 1);
      publish('a', 1);
      connections[0]?.unsubscribe('a');
      connections[0]?.subscribe('b');
      publish('b', 2);
      publish('a', 3);
      await until(() => peers[1]?.messages.length === 2);
      expect(heardBy(peers[1])).toEqual([1, 3]);
      expect(connections[0]?.backlogBytes()).toBe(0);
    });
  });
}
