/** How a server is listened on and entered, whichever adapter it is: one suite, run on both. */
import { createConnection } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import type { TransportOptions } from '../../src/session/connection.ts';
import { freePort } from '../support/free-port.ts';
import { client, exchange, handshake, type ListenFn, type Stand, silentSockets, stand, until } from './peers.ts';

const allowed = ['https://crm.example.com', 'http://localhost:5173'];

const badOrigins = [
  'null',
  '',
  '*',
  'https://evil.example',
  'http://crm.example.com',
  'https://crm.example.com:8443',
  'https://crm.example.com.evil.example',
  'https://evilcrm.example.com',
  'https://crm.example.com@evil.example',
  'https://user:password@crm.example.com',
  'https://crm.example.com/',
  'https://crm.example.com/path',
  'https://crm.example.com?query',
  'https://crm.example.com#fragment',
  'https://crm.example.com, https://evil.example',
  'https://CRM.example.com',
  'https://crm.example.com.',
  'https://xn--crm-.example.com',
  'crm.example.com',
  '//crm.example.com',
  'file://',
  'ftp://crm.example.com',
  'chrome-extension://crm.example.com',
  'javascript:alert(1)',
  'http://localhost:5174',
  'http://localhost',
  'http://127.0.0.1:5173',
  'http://parley.example:8788',
  'http://parley.example',
  'http://parley.example:8787.evil.example',
  'http://evil.example:8787',
];

export function describeHandshakes(name: string, listen: ListenFn): void {
  describe(`${name}: handshakes and listening`, () => {
    const open: Stand[] = [];
    afterEach(async () => {
      for (const one of open.splice(0)) await one.transport.close();
    });
    const start = async (options: Partial<TransportOptions> = {}): Promise<Stand> => {
      const made = await stand(listen, { allowedOrigins: allowed, ...options });
      open.push(made);
      return made;
    };

    it.each(badOrigins)(`refuses the origin (one of ${badOrigins.length}) "%s"`, async (origin) => {
      const made = await start();
      const answer = await exchange(made.port, handshake({ Origin: origin }));
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('origin');
      expect(made.heard).toEqual([]);
    });

    it('refuses two Origin headers, of which one is allowed, in either order', async () => {
      const { port } = await start();
      for (const pair of [
        [allowed[0] ?? '', 'https://evil.example'],
        ['https://evil.example', allowed[0] ?? ''],
      ]) {
        expect((await exchange(port, handshake({ Origin: pair }))).status).toBe(403);
      }
    });

    it.each([
      ['no origin at all', null, 'parley.example:8787'],
      ['an origin that is allowed', 'https://crm.example.com', 'parley.example:8787'],
      ['another that is allowed', 'http://localhost:5173', 'parley.example:8787'],
      ["the server's own host and port", 'http://parley.example:8787', 'parley.example:8787'],
      ["the server's own behind a proxy that ended TLS", 'https://parley.example', 'parley.example'],
      ['the same with its port written out', 'https://parley.example', 'parley.example:443'],
      ['an own address in brackets', 'http://[::1]:8787', '[::1]:8787'],
    ])('accepts %s', async (_, origin, host) => {
      const made = await start();
      const answer = await exchange(made.port, handshake({ Origin: origin, Host: host }));
      expect(answer.status).toBe(101);
      expect(answer.head).toContain('sec-websocket-protocol: parley.v1');
      expect(answer.head).not.toContain('sec-websocket-extensions');
    });

    it('takes allowed origins with a slash at the end or in capitals, and refuses to start with what is none', async () => {
      const { port } = await start({ allowedOrigins: ['HTTPS://Shop.example/'] });
      expect((await exchange(port, handshake({ Origin: 'https://shop.example' }))).status).toBe(101);
      for (const bad of ['*', 'null', 'shop.example', 'https://shop.example/app']) {
        await expect(stand(listen, { allowedOrigins: [bad] })).rejects.toThrow('is not an origin');
      }
    });

    it.each([
      ['none', null, 400],
      ['an empty one', '', 400],
      ['another', 'chat', 400],
      ['another version', 'parley.v2', 400],
      ['other letters', 'PARLEY.V1', 400],
      ['it among others', 'chat, parley.v1', 101],
    ])('wants the subprotocol: %s', async (_, offered, status) => {
      const { port } = await start();
      const answer = await exchange(port, handshake({ 'Sec-WebSocket-Protocol': offered }));
      expect(answer.status).toBe(status);
      expect(status === 101 ? answer.head : answer.body).toContain('parley.v1');
    });

    it.each(['?token=x', '?access_token=x', '?a=b&TOKEN=x', '?%74oken=x', '?access%5ftoken', '?token'])(
      'refuses a token in the address: %s',
      async (query) => {
        const made = await start();
        const answer = await exchange(made.port, handshake({}, `/v1${query}`));
        expect(answer.status).toBe(400);
        expect(answer.body).toContain('hello');
        expect(answer.body).not.toContain('=x');
        expect(made.heard).toEqual([]);
      },
    );

    it('takes the word of a trusted proxy for the client’s address, of pages and of connections, and nobody else’s', async () => {
      for (const [trustedProxies, address] of [
        [['127.0.0.1'], '198.51.100.7'],
        [[], '127.0.0.1'],
      ] as const) {
        const remotes: string[] = [];
        const http = (_path: string, _query: string, remote: string) => {
          remotes.push(remote);
          return null;
        };
        const made = await start({ trustedProxies, http });
        const forwarded = { 'X-Forwarded-For': ['203.0.113.1', '198.51.100.7'] };
        expect((await exchange(made.port, handshake(forwarded))).status).toBe(101);
        await until(() => made.heard.length === 1);
        expect(made.heard[0]?.connection.address).toBe(address);
        await exchange(made.port, handshake({ ...forwarded, Upgrade: null, Connection: null }, '/'));
        expect(remotes).toEqual([address]);
      }
      await expect(stand(listen, { trustedProxies: ['proxy.example'] })).rejects.toThrow('proxy.example');
    });

    it('ignores other queries and offers of compression', async () => {
      const { port } = await start();
      const answer = await exchange(port, handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate' }, '/v1?v=2'));
      expect(answer.status).toBe(101);
      expect(answer.head).not.toContain('permessage-deflate');
    });

    it.each([
      ['an old version', handshake({ 'Sec-WebSocket-Version': '8' }), 426],
      ['no version', handshake({ 'Sec-WebSocket-Version': null }), 426],
      ['a key that is none', handshake({ 'Sec-WebSocket-Key': '*'.repeat(24) }), 400],
      ['another path', handshake({}, '/v2'), 404],
      ['a path below', handshake({}, '/v1/x'), 404],
    ])('refuses a handshake with %s', async (_, text, status) => {
      const made = await start();
      expect((await exchange(made.port, text)).status).toBe(status);
      expect(made.heard).toEqual([]);
    });

    it('takes a handshake with many cookies, also in pieces, and refuses one without end', async () => {
      const made = await start();
      const text = handshake({ Cookie: 'c'.repeat(10_000) });
      const socket = createConnection(made.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (data) => {
        answer += data.toString();
      });
      socket.on('error', () => {});
      socket.write(text.slice(0, 7_000));
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.write(text.slice(7_000));
      await until(() => answer.includes('\r\n\r\n'));
      expect(answer).toMatch(/^HTTP\/1.1 101/);
      socket.destroy();

      const endless = createConnection(made.port, '127.0.0.1');
      endless.on('error', () => {});
      endless.resume();
      const gone = new Promise((resolve) => endless.once('close', resolve));
      endless.write('GET /v1 HTTP/1.1\r\nHost: a\r\n');
      const more = setInterval(() => endless.write(`X-More: ${'x'.repeat(5_000)}\r\n`), 5);
      await gone;
      clearInterval(more);
      expect(made.heard.length).toBe(1);
    });

    it('answers plain GET and HEAD by the hook, with headers that forbid by default', async () => {
      const seen: string[][] = [];
      const made = await start({
        http: (path, query, remote) => {
          seen.push([path, query, remote]);
          if (path === '/throws') throw new Error('in the hook');
          if (path !== '/') return null;
          return { status: 200, headers: { 'Content-Type': 'text/html', 'X-Own': '1' }, body: '<p>ä</p>' };
        },
      });
      const page = await exchange(made.port, 'GET /?a=%20b HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(page.status).toBe(200);
      expect(page.body).toBe(Buffer.from('<p>ä</p>').toString('latin1'));
      expect(page.head).toContain('content-type: text/html');
      expect(page.head).not.toContain('text/plain');
      expect(page.head).toContain('x-own: 1');
      for (const header of ['x-content-type-options: nosniff', 'referrer-policy: no-referrer', 'frame-ancestors']) {
        expect(page.head).toContain(header);
      }
      const head = await exchange(made.port, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
      expect([head.status, head.body]).toEqual([200, '']);
      expect(head.head).toContain('content-length: 9');
      expect((await exchange(made.port, 'GET /none HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(404);
      expect((await exchange(made.port, 'GET /throws HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(500);
      expect(seen[0]).toEqual(['/', 'a=%20b', '127.0.0.1']);
      expect(made.logged.some((line) => line.includes('in the hook'))).toBe(true);
    });

    it('answers 404 without a hook, 426 to a plain GET of the endpoint, 405 to other methods', async () => {
      const { port } = await start();
      expect((await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(404);
      expect((await exchange(port, 'GET /v1 HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(426);
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
        const answer = await exchange(port, `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`);
        expect(answer.status).toBe(405);
        expect(answer.head).toContain('allow: get, head');
      }
    });

    it('survives 200 pieces of noise in place of a request', async () => {
      const { port } = await start();
      const noise = (i: number): Buffer =>
        Buffer.from(Array.from({ length: 200 }, (_, k) => (i * 31 + k * k * 17) & 255));
      await Promise.all(
        Array.from({ length: 200 }, (_, i) => {
          const socket = createConnection(port, '127.0.0.1');
          socket.on('error', () => {});
          socket.resume();
          socket.end(noise(i));
          return new Promise((resolve) => socket.once('close', resolve));
        }),
      );
      expect((await exchange(port, handshake())).status).toBe(101);
    });

    it('takes as many connections as it may, tells further ones so, and cuts off those beyond; who goes makes room', async () => {
      const made = await start({ connectionsMax: 20 });
      for (let round = 0; round < 3; round += 1) {
        const peers = await Promise.all(Array.from({ length: 19 }, () => client(made.port)));
        const idle = await silentSockets(made.port, 200);
        await until(() => idle.filter(({ closed }) => closed).length >= 200 - 1 - limits.connectionsToldMax);
        for (const socket of idle.filter(({ closed }) => !closed).slice(1, 9)) socket.destroy();
        // Until the server has heard that they are gone, it cuts off.
        let refused = await exchange(made.port, handshake());
        while (refused.status === 0) refused = await exchange(made.port, handshake());
        expect(refused).toMatchObject({ status: 503, body: expect.stringContaining('Too many connections') });
        for (const socket of idle) socket.destroy();
        for (const { ws } of peers) ws.terminate();
        await until(() => made.heard.every(({ closed }) => closed === 1));
      }
      expect(made.heard).toHaveLength(3 * 19);
      const again = await exchange(made.port, handshake());
      expect(again.status).toBe(101);
      expect(made.logged.filter((line) => line.includes('no more connections'))).toHaveLength(3);
    });

    it('says in plain words that a port is taken, by another server or by the same kind', async () => {
      const made = await start();
      const again = stand(listen, { port: made.port });
      await expect(again).rejects.toThrow(`cannot listen on 127.0.0.1:${made.port}: the port is taken`);
      await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
      await expect(stand(listen, { host: '192.0.2.1' })).rejects.toThrow('no such address');
    });

    it('stops listening and keeps the connections there are', async () => {
      const made = await start({ port: await freePort() });
      const peer = await client(made.port);
      await until(() => made.heard.length === 1);
      const session = made.heard[0];
      made.transport.stopListening();
      made.transport.stopListening();
      await expect(client(made.port)).rejects.toThrow();
      peer.ws.send(new Uint8Array([1]));
      await until(() => session?.messages.length === 1);
      session?.connection.send(new Uint8Array([2]));
      await until(() => peer.messages.length === 1);
      expect(session?.closed).toBe(0);
      const successor = await stand(listen, { port: made.port });
      expect(successor.port).toBe(made.port);
      await successor.transport.close();
    });

    it('closes: every connection ends, twice is once, and the port is free', async () => {
      const made = await start({ port: await freePort() });
      const peers = [await client(made.port), await client(made.port)];
      await until(() => made.heard.length === 2);
      await made.transport.close();
      for (const peer of peers) expect((await peer.closed).code).toBe(1006);
      await until(() => made.heard.every((h) => h.closed === 1));
      await made.transport.close();
      expect(made.heard.map((h) => h.closed)).toEqual([1, 1]);
      const successor = await stand(listen, { port: made.port });
      await successor.transport.close();
    });
  });
}
