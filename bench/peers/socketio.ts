/**
 * Socket.IO 4 with a room for each conversation, as its page on performance advises: WebSocket only, no compression, the
 * first HTTP request let go of. It keeps nothing and checks nothing; heartbeats are put off beyond the run.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { needed } from '../needed.ts';

const { Server } = await needed('socket.io', () => import('socket.io'));
const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  serveClient: false,
  pingInterval: 3_600_000,
});
io.engine.on('connection', (raw: { request: unknown }) => {
  raw.request = null;
});
io.on('connection', (socket) => {
  socket.on('join', (room: string) => {
    void socket.join(room);
    socket.emit('joined');
  });
  socket.on('post', (room: string, id: string, text: string) => {
    io.to(room).emit('message', id, text);
  });
});
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit(0));
