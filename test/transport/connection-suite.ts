/** How a connection behaves, whichever adapter it comes from: one suite, run on both. */
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { TransportOptions } from '../../src/session/connection.ts';
import { client, frame, type Heard, type ListenFn, rawPeer, type Stand, stand, until } from './peers.ts';

export function describeConnections(name: string, listen: ListenFn): void {
  describe(`${name}: connections`, () => {
    const open: Stand[] = [];
    afterEach(async () => {
      for (const one of open.splice(0)) await one.transport.close();
    });
    const start = async (options: Partial<TransportOptions> = {}): Promise<Stand> => {
      const made = await stand(listen, options);
      open.push(made);
      return made;
    };
    const only = async (made: Stand): Promise<Heard> => {
      await until(() => made.heard.length === 1);
      return made.heard[0] as Heard;
    };

    it('hands over binary messages of every size up to the bound, and sends them back', async () => {
      const made = await start();
      const peer = await client(made.port);
      const session = await only(made);
      session.on.message = (bytes) => session.connection.send(bytes);
      const sizes = [0, 1, 125, 126, 65_535, 65_536, limits.frameInMaxBytes, limits.transportFrameMaxBytes];
      for (const size of sizes) peer.ws.send(Buffer.alloc(size, size & 255));
      await until(() => peer.messages.length === sizes.length);
      expect(peer.messages.map((m) => m.length)).toEqual(sizes);
      for (const m of peer.messages) expect(m.equals(Buffer.alloc(m.length, m.length & 255))).toBe(true);
      expect(session.connection.address).toBe('127.0.0.1');
      expect(session.texts).toBe(0);
    });

    it('sends a part of a larger buffer as that part, and keeps no buffer beyond the call', async () => {
      const made = await start();
      const peer = await client(made.port);
      const { connection } = await only(made);
      const shared = new Uint8Array(300_000).fill(7);
      peer.ws.pause();
      for (let i = 0; i < 40; i++) connection.send(shared.subarray(100_000, 300_000));
      shared.fill(9);
      peer.ws.resume();
      await until(() => peer.messages.length === 40);
      for (const m of peer.messages) expect(m.equals(Buffer.alloc(200_000, 7))).toBe(true);
    });

    it('joins the fragments of one message', async () => {
      const made = await start();
      const peer = await rawPeer(made.port);
      const session = await only(made);
      peer.write(frame(2, Buffer.from('ab'), false));
      peer.write(frame(0, Buffer.from('cd'), false));
      peer.write(frame(0, Buffer.from('ef')));
      await until(() => session.messages.length === 1);
      expect(session.messages[0]?.toString()).toBe('abcdef');
      peer.destroy();
    });

    it('tells of a text message as such', async () => {
      const made = await start();
      const peer = await client(made.port);
      const session = await only(made);
      session.on.text = () => session.connection.close(4502, 'no text here');
      peer.ws.send('hello');
      expect(await peer.closed).toEqual({ code: 4502, reason: 'no text here' });
      await until(() => session.closed === 1);
      expect(session.messages).toEqual([]);
    });

    it('keeps the order over sends and batches, also nested and on several sockets', async () => {
      const made = await start();
      const peers = [await client(made.port), await client(made.port)];
      await until(() => made.heard.length === 2);
      const [a, b] = made.heard.map((h) => h.connection);
      const say = (connection: typeof a, n: number): void => connection?.send(new Uint8Array([n]));
      say(a, 0);
      a?.batch(() => {
        for (let n = 1; n < 100; n++) say(a, n);
        b?.batch(() => {
          for (let n = 0; n < 100; n++) say(b, n);
        });
        for (let n = 100; n < 200; n++) say(a, n);
      });
      say(a, 200);
      await until(() => peers[0]?.messages.length === 201 && peers[1]?.messages.length === 100);
      const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
      expect(peers[0]?.messages.map((m) => m[0])).toEqual(upTo(201));
      expect(peers[1]?.messages.map((m) => m[0])).toEqual(upTo(100));
    });

    it('gives what a batch throws to its caller, after what it sent', async () => {
      const made = await start();
      const peer = await client(made.port);
      const { connection } = await only(made);
      const write = (): void => {
        connection.send(new Uint8Array([1]));
        throw new Error('in the batch');
      };
      expect(() => connection.batch(write)).toThrow('in the batch');
      connection.send(new Uint8Array([2]));
      await until(() => peer.messages.length === 2);
      expect(peer.messages.map((m) => m[0])).toEqual([1, 2]);
    });

    it('may be closed or terminated inside a batch', async () => {
      const made = await start();
      const peers = [await client(made.port), await client(made.port)];
      await until(() => made.heard.length === 2);
      const [a, b] = made.heard.map((h) => h.connection);
      a?.batch(() => {
        a.send(new Uint8Array([1]));
        a.close(4100, 'drain');
        a.send(new Uint8Array([2]));
      });
      b?.batch(() => {
        b.terminate();
        b.send(new Uint8Array([3]));
      });
      expect((await peers[0]?.closed)?.code).toBe(4100);
      expect((await peers[1]?.closed)?.code).toBe(1006);
      expect(peers[0]?.messages.map((m) => m[0])).toEqual([1]);
      expect(peers[1]?.messages.length).toBe(0);
    });

    it('may be closed while it is being accepted, and the code arrives', async () => {
      let closed = 0;
      const made = await start({
        accept: (connection) => {
          connection.send(new Uint8Array([1]));
          connection.close(4104, 'overloaded');
          return { message() {}, text() {}, ping() {}, closed: () => closed++ };
        },
      });
      const peer = await client(made.port);
      expect(await peer.closed).toEqual({ code: 4104, reason: 'overloaded' });
      await until(() => closed === 1);
    });

    it('reports what a slow reader has not taken, and delivers it all once they read', async () => {
      const made = await start();
      const peer = await client(made.port);
      const { connection } = await only(made);
      expect(connection.backlogBytes()).toBe(0);
      peer.ws.pause();
      const chunk = new Uint8Array(65_536);
      let sent = 0;
      while (connection.backlogBytes() < 2_000_000) {
        connection.send(chunk);
        sent += 1;
        if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      const before = connection.backlogBytes();
      connection.send(chunk);
      expect(connection.backlogBytes()).toBeGreaterThanOrEqual(before + chunk.length);
      peer.ws.resume();
      await until(() => connection.backlogBytes() === 0 && peer.messages.length === sent + 1);
      expect(peer.messages.every((m) => m.length === chunk.length)).toBe(true);
    });

    it('never drops a message silently: a backlog beyond every bound ends the connection', async () => {
      const made = await start();
      const peer = await rawPeer(made.port);
      const session = await only(made);
      const chunk = new Uint8Array(limits.frameOutMaxBytes);
      let sends = 0;
      while (session.closed === 0 && sends < 40) {
        session.connection.send(chunk);
        sends += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(session.closed).toBe(1);
      expect(sends).toBeGreaterThan(limits.socketBacklogMaxBytes / limits.frameOutMaxBytes);
      peer.destroy();
    });

    it('answers pings, and bounds what a peer that does not read makes it answer', async () => {
      const made = await start();
      const polite = await client(made.port);
      const pong = new Promise<Buffer>((resolve) => polite.ws.once('pong', resolve));
      polite.ws.ping('are you there');
      expect((await pong).toString()).toBe('are you there');
      const session = await only(made);
      expect(session.pings).toBe(1);

      const rude = await rawPeer(made.port);
      await until(() => made.heard.length === 2);
      const { connection } = made.heard[1] as Heard;
      const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(9, new Uint8Array(125))));
      let worst = 0;
      for (let i = 0; i < 400 && !rude.destroyed; i++) {
        await new Promise<void>((resolve) => rude.write(pings, () => resolve()));
        worst = Math.max(worst, connection.backlogBytes());
      }
      expect(worst).toBeLessThanOrEqual(limits.socketBacklogMaxBytes + 2 * limits.frameOutMaxBytes + pings.length * 20);
      rude.destroy();
      await until(() => made.heard[1]?.closed === 1);
      expect(session.closed).toBe(0);
    });

    it('brings close code and reason to the peer behind everything sent before', async () => {
      const made = await start();
      const peer = await client(made.port);
      const session = await only(made);
      peer.ws.pause();
      const chunk = new Uint8Array(100_000);
      for (let i = 0; i < 30; i++) session.connection.send(chunk);
      session.connection.close(4101, 'slow-consumer');
      session.connection.send(chunk);
      session.connection.close(4999, 'again');
      expect(session.closed).toBe(0);
      peer.ws.resume();
      expect(await peer.closed).toEqual({ code: 4101, reason: 'slow-consumer' });
      expect(peer.messages.length).toBe(30);
      await until(() => session.closed === 1);
    });

    it('ends a closed connection whose peer does not take the rest', async () => {
      const made = await start();
      const peer = await rawPeer(made.port);
      const session = await only(made);
      for (let i = 0; i < 3; i++) session.connection.send(new Uint8Array(limits.frameOutMaxBytes));
      session.connection.close(4101, 'slow-consumer');
      expect(session.connection.backlogBytes()).toBeGreaterThan(0);
      await until(() => session.closed === 1);
      expect(session.connection.backlogBytes()).toBe(0);
      peer.destroy();
    });

    it('does not wait for a closed connection’s peer that neither reads nor stops', async () => {
      const clock = { ...systemClock(), after: () => ({ cancel() {} }) };
      const made = await stand((options, log) => listen(options, log, clock));
      open.push(made);
      const peer = await rawPeer(made.port);
      const session = await only(made);
      for (let mebibyte = 0; mebibyte < 8; mebibyte += 1) session.connection.send(new Uint8Array(1_048_576));
      session.connection.close(4100, 'drain');
      for (const opcode of [9, 2]) peer.write(Buffer.concat(Array.from({ length: 1_000 }, () => frame(opcode))));
      await until(() => session.closed === 1);
      expect([session.messages, session.pings]).toEqual([[], 0]);
    });

    it('terminates at once, with nothing of what waited', async () => {
      const made = await start();
      const peer = await client(made.port);
      const session = await only(made);
      peer.ws.pause();
      for (let i = 0; i < 3; i++) session.connection.send(new Uint8Array(limits.frameOutMaxBytes));
      session.connection.terminate();
      await until(() => session.closed === 1);
      peer.ws.resume();
      expect((await peer.closed).code).toBe(1006);
      expect(peer.messages.length).toBeLessThan(3);
    });

    it('closes with 1009 what is larger than allowed, and does not hand it over', async () => {
      const made = await start();
      const peer = await client(made.port);
      const session = await only(made);
      peer.ws.send(Buffer.alloc(limits.transportFrameMaxBytes + 1));
      expect((await peer.closed).code).toBe(1009);
      await until(() => session.closed === 1);
      expect(session.messages).toEqual([]);

      const absurd = await client(made.port);
      absurd.ws.send(Buffer.alloc(20_000_000));
      expect([1006, 1009]).toContain((await absurd.closed).code);
      await until(() => made.heard[1]?.closed === 1);
      expect(made.heard[1]?.messages).toEqual([]);
    });

    it('counts all fragments of a message towards its size', async () => {
      const made = await start();
      const peer = await rawPeer(made.port);
      const session = await only(made);
      peer.write(frame(2, new Uint8Array(10), false));
      for (let i = 0; i < 30; i++) peer.write(frame(0, new Uint8Array(65_536), false));
      goOnceTold(peer);
      await until(() => session.closed === 1);
      expect(session.messages).toEqual([]);
      peer.destroy();
    });

    it('survives 200,000 fragments with one byte or none: no message comes of it and the next peer is served', async () => {
      for (const size of [0, 1]) {
        const made = await start();
        const peer = await rawPeer(made.port);
        const session = await only(made);
        const before = process.memoryUsage().rss;
        peer.write(frame(2, new Uint8Array(size), false));
        const flood = Buffer.concat(Array.from({ length: 1_000 }, () => frame(0, new Uint8Array(size), false)));
        for (let i = 0; i < 200 && session.closed === 0; i++) {
          await new Promise<void>((resolve) => peer.write(flood, () => resolve()));
        }
        const polite = await client(made.port);
        await until(() => made.heard.length === 2);
        polite.ws.send(new Uint8Array([1]));
        await until(() => made.heard[1]?.messages.length === 1);
        expect(session.messages).toEqual([]);
        expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
        peer.destroy();
        await until(() => session.closed === 1);
      }
    });

    it.each([
      ['a reserved bit', Buffer.from([0xc2, 0x80, 0, 0, 0, 0])],
      ['an unknown opcode', frame(3)],
      ['a frame without a mask', Buffer.from([0x82, 0x01, 0x00])],
      ['a continuation of nothing', frame(0)],
      ['a fragmented ping', frame(9, new Uint8Array(0), false)],
      ['a ping of 126 bytes', frame(9, new Uint8Array(126))],
      ['text that is not UTF-8', frame(1, Buffer.from([0xff, 0xfe]))],
      ['noise', Buffer.from('ÿÿÿÿ\u0000\u0001GET / HTTP/1.1\r\n\r\n')],
    ])('ends a peer that breaks WebSocket with %s, and no other', async (_, bytes) => {
      const made = await start();
      const bystander = await client(made.port);
      const session = await only(made);
      const peer = await rawPeer(made.port);
      await until(() => made.heard.length === 2);
      peer.resume();
      peer.write(bytes);
      peer.end();
      await until(() => made.heard[1]?.closed === 1);
      bystander.ws.send(new Uint8Array([5]));
      await until(() => session.messages.length === 1);
      expect(made.heard[1]?.messages).toEqual([]);
      expect(made.heard[1]?.texts).toBe(0);
      expect(session.closed).toBe(0);
    });

    it('tells of a peer that goes: with a close frame, with a FIN only, with a reset', async () => {
      const made = await start();
      const polite = await client(made.port);
      polite.ws.close(1000);
      expect((await polite.closed).code).toBe(1000);
      const half = await rawPeer(made.port);
      half.end();
      const reset = await rawPeer(made.port);
      reset.resetAndDestroy();
      await until(() => made.heard.length === 3 && made.heard.every((h) => h.closed === 1));
      expect(made.heard.map((h) => h.closed)).toEqual([1, 1, 1]);
      half.destroy();
    });

    it('does not keep a half-open peer for which much waits', async () => {
      const made = await start();
      const peer = await rawPeer(made.port);
      const session = await only(made);
      for (let i = 0; i < 3; i++) session.connection.send(new Uint8Array(limits.frameOutMaxBytes));
      peer.end();
      await until(() => session.closed === 1);
      expect(session.connection.backlogBytes()).toBe(0);
      peer.destroy();
    });

    it('lets every call on a closed connection pass without effect, and says closed once', async () => {
      const made = await start();
      const peer = await client(made.port);
      const session = await only(made);
      const { connection } = session;
      let insideClosed = 0;
      const everyCall = (): void => {
        connection.send(new Uint8Array(10));
        connection.batch(() => connection.send(new Uint8Array(10)));
        connection.close(4100, 'drain');
        connection.terminate();
        expect(connection.backlogBytes()).toBe(0);
        insideClosed += 1;
      };
      session.on.closed = everyCall;
      peer.ws.close();
      await until(() => session.closed === 1);
      everyCall();
      await peer.closed;
      await until(() => insideClosed === 2);
      let ran = false;
      connection.batch(() => {
        ran = true;
      });
      expect(ran).toBe(true);
      expect(session.closed).toBe(1);
      expect(peer.messages).toEqual([]);
      expect(made.logged.filter((line) => line.startsWith('a session threw'))).toEqual([]);
    });

    it('never calls closed from inside close or terminate', async () => {
      const made = await start();
      for (const end of ['close', 'terminate'] as const) {
        const peer = await client(made.port);
        await until(() => made.heard.at(-1)?.closed === 0);
        const session = made.heard.at(-1) as Heard;
        if (end === 'close') session.connection.close(4100, 'drain');
        else session.connection.terminate();
        expect(session.closed).toBe(0);
        await peer.closed;
        await until(() => session.closed === 1);
      }
      expect(made.heard.map((h) => h.closed)).toEqual([1, 1]);
    });

    it('hands over nothing more after close', async () => {
      const made = await start();
      const peer = await rawPeer(made.port);
      const session = await only(made);
      session.on.message = () => session.connection.close(4502, 'enough');
      peer.write(Buffer.concat(Array.from({ length: 50 }, () => frame(2, new Uint8Array(3)))));
      goOnceTold(peer);
      await until(() => session.closed === 1);
      expect(session.messages.length).toBe(1);
      peer.destroy();
    });

    it('keeps nothing of its server once it is closed', async () => {
      const server = await openAndClosed(listen);
      await until(() => {
        collectGarbage();
        return server.deref() === undefined;
      });
    });

    it('ends only its own connection when a session throws, wherever it does', async () => {
      const made = await start({
        accept: (connection) => {
          if (connection.address === '' || made.logged.length === 0) {
            made.logged.push('first');
            throw new Error('in accept');
          }
          return {
            message() {
              throw new Error('in message');
            },
            text() {
              throw new Error('in text');
            },
            ping() {
              throw new Error('in ping');
            },
            closed() {
              throw new Error('in closed');
            },
          };
        },
      });
      const refused = client(made.port).then(async (peer) => (await peer.closed).code);
      expect([1006, 'socket hang up']).toContain(await refused.catch((error: Error) => error.message));
      const bystander = await client(made.port);
      const binary = await client(made.port);
      binary.ws.send(new Uint8Array(1));
      expect((await binary.closed).code).toBe(1006);
      const text = await client(made.port);
      text.ws.send('x');
      expect((await text.closed).code).toBe(1006);
      const pinging = await client(made.port);
      pinging.ws.ping();
      expect((await pinging.closed).code).toBe(1006);
      expect(bystander.ws.readyState).toBe(bystander.ws.OPEN);
      const saw = (where: string): boolean => made.logged.some((line) => line.includes(`Error: ${where}`));
      await until(() => saw('in accept') && saw('in message') && saw('in text') && saw('in ping') && saw('in closed'));
    });

    it('serves 500 connections at once, each its own messages', async () => {
      const made = await start();
      const peers = await Promise.all(Array.from({ length: 500 }, () => client(made.port)));
      await until(() => made.heard.length === 500);
      for (const session of made.heard) session.on.message = (bytes) => session.connection.send(bytes);
      peers.forEach((peer, i) => {
        peer.ws.send(Buffer.from(String(i)));
      });
      await until(() => peers.every((peer) => peer.messages.length === 1));
      expect(peers.map((peer) => peer.messages[0]?.toString())).toEqual(peers.map((_, i) => String(i)));
      await made.transport.close();
      await Promise.all(peers.map((peer) => peer.closed));
      await until(() => made.heard.every((h) => h.closed > 0));
      expect(made.heard.every((h) => h.closed === 1)).toBe(true);
    });
  });
}

/** The server has said why it ends: it need not wait for the peer, as it would for seconds. */
function goOnceTold(peer: Socket): void {
  peer.once('data', () => peer.destroy());
  peer.resume();
}

/** What a transport reached while it was open, behind its close. */
async function openAndClosed(listen: ListenFn): Promise<WeakRef<object>> {
  const made = await stand(listen);
  const peer = await client(made.port);
  await until(() => made.heard.length === 1);
  await made.transport.close();
  await peer.closed;
  return new WeakRef(made.heard);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
