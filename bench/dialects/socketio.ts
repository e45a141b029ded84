/** Socket.IO's protocol 5 over Engine.IO 4, WebSocket from the beginning: text frames, a room for each conversation. */
import { clientFrame, RawSocket, reply } from '../raw-socket.ts';
import type { Dialect } from './dialect.ts';

const text = 1;
const event = (...parts: readonly string[]): Buffer => clientFrame(Buffer.from(`42${JSON.stringify(parts)}`), text);

export const socketIoDialect: Dialect = {
  acknowledges: false,
  async sit(target, conversation) {
    const line = await RawSocket.open(target.port, '/socket.io/?EIO=4&transport=websocket', null);
    // Engine.IO's `open` may have come with the handshake; `40` asks for the namespace and is answered with a `40`.
    await reply(line, () => line.send(clientFrame(Buffer.from('40'), text)), '40');
    await reply(line, () => line.send(event('join', roomOf(conversation))), '42');
    return line;
  },
  open: async (_, { conversations }) => Array.from({ length: conversations }, (_none, number) => roomOf(number)),
  post: (conversation, body, id) => event('post', conversation, id, body),
};

function roomOf(conversation: number): string {
  return `conversation-${conversation}`;
}
