/** The bare relay again, over the `ws` package: what a first version in Node looks like. It keeps nothing. */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

const topics = new Map<string, Set<WebSocket>>();
// Without compression and without a list of clients that nobody reads, as its documentation says for many connections.
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  path: '/v1',
  perMessageDeflate: false,
  clientTracking: false,
});
server.on('connection', (socket) => {
  let members: Set<WebSocket> | null = null;
  socket.on('message', (data: Buffer) => {
    if (members === null) {
      const topic = data.toString();
      members = topics.get(topic) ?? new Set();
      topics.set(topic, members);
      members.add(socket);
      socket.send(data, { binary: true });
    } else for (const member of members) member.send(data, { binary: true });
  });
  socket.on('close', () => members?.delete(socket));
});
server.once('listening', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));
