/** The relays: the first message of a connection names its topic and comes back, every other one is published. */
import { subprotocol } from '../../src/wire/close-codes.ts';
import { encode } from '../../src/wire/codec.ts';
import { clientFrame, RawSocket, reply } from '../raw-socket.ts';
import type { Dialect } from './dialect.ts';

export const topicDialect: Dialect = {
  acknowledges: false,
  async sit(target, conversation) {
    const line = await RawSocket.open(target.port, '/v1', subprotocol);
    await reply(line, () => line.send(clientFrame(Buffer.from(`conversation-${conversation}`))));
    return line;
  },
  open: async (_, { conversations }) => Array.from({ length: conversations }, () => 'x'.repeat(22)),
  // The same bytes as Parley gets, so that nobody carries less.
  post: (conversation, text, id) => clientFrame(encode({ t: 'reply', id, conversation, text })),
};
