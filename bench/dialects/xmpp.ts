/**
 * XMPP over TCP: each person registers (XEP-0077), signs in with SASL PLAIN, binds a resource and joins the room of their
 * conversation (XEP-0045). A post is a groupchat message; the room sends it to everyone in it, the author included.
 */
import { Failure } from '../../src/admin/exit-codes.ts';
import type { Line } from '../raw-socket.ts';
import { personId } from '../workload.ts';
import type { Dialect } from './dialect.ts';
import { StanzaSocket } from './stanza-socket.ts';
import { escaped } from './stanzas.ts';

export const xmppHost = 'localhost';
export const xmppRooms = 'conference.localhost';

const header =
  `<?xml version='1.0'?><stream:stream to='${xmppHost}' version='1.0' xmlns='jabber:client' ` +
  `xmlns:stream='http://etherx.jabber.org/streams'>`;
const password = 'benchmark';

export const xmppDialect: Dialect = {
  acknowledges: false,
  async sit(target, conversation, index) {
    const line = await StanzaSocket.open(target.port);
    const user = personId(conversation, index);
    await say(line, header, '</stream:features>');
    await say(
      line,
      `<iq type='set' id='register'><query xmlns='jabber:iq:register'><username>${user}</username>` +
        `<password>${password}</password></query></iq>`,
      /^<iq.*(type=['"]result['"]|<conflict)/,
    );
    const plain = Buffer.from(`\0${user}\0${password}`).toString('base64');
    await say(line, `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${plain}</auth>`, '<success');
    await say(line, header, '</stream:features>');
    await say(
      line,
      "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind></iq>",
      /^<iq.*type=['"]result['"]/,
    );
    const room = `${roomOf(conversation)}/${user}`;
    // 110: one's own presence, the last one of a join.
    await say(
      line,
      `<presence to='${room}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
      /<status code=['"]110['"]/,
    );
    return line;
  },
  open: async (_, { conversations }) => Array.from({ length: conversations }, (_none, number) => roomOf(number)),
  post: (conversation, text, id) =>
    Buffer.from(
      `<message to='${conversation}' type='groupchat' id='${escaped(id)}'><body>${escaped(text)}</body></message>`,
    ),
};

function roomOf(conversation: number): string {
  return `conversation-${conversation}@${xmppRooms}`;
}

/** Resolves with the next stanza that holds this; rejects where the server fails it or hangs up. */
function say(line: Line, text: string, awaited: string | RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    line.onClose = () => reject(new Failure('failed', 'the server closed a connection'));
    line.onFrame = (bytes, start, end) => {
      const stanza = bytes.toString('utf8', start, end);
      // First what is awaited: who comes back to register anew is refused as somebody who is there, and that will do.
      if (typeof awaited === 'string' ? stanza.includes(awaited) : awaited.test(stanza)) resolve();
      else if (/^<(stream:error|failure)|<error\b/.test(stanza))
        reject(new Failure('failed', `the server refused: ${stanza}`));
    };
    line.send(Buffer.from(text));
  });
}
