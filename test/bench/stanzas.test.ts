/** What ejabberd 23.01 and Prosody 0.12 of Debian 12 said to a person who registers, signs in, joins a room and posts. */
import { describe, expect, it } from 'vitest';
import { endOfStanza, escaped } from '../../bench/dialects/stanzas.ts';
import { numberOf } from '../../bench/post-frame.ts';

const streams = "xmlns:stream='http://etherx.jabber.org/streams'";
const room = 'conversation-0@conference.localhost';
const person = 'bench-0-1@localhost/bench';

const recorded: Readonly<Record<string, readonly string[]>> = {
  prosody: [
    "<?xml version='1.0'?>",
    `<stream:stream version='1.0' id='ee916655-03f3-4864-8c6b-a3065e643f7a' xml:lang='en' xmlns='jabber:client' ${streams} from='localhost'>`,
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms><register xmlns='http://jabber.org/features/iq-register'/></stream:features>",
    "<iq type='result' id='register'/>",
    "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    `<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${person}</jid></bind></iq>`,
    `<presence xml:lang='en' to='${person}' from='${room}/bench-0-1'><occupant-id id='12nBCT0cHWA9OnK75LO/nJ0bz3QpdPWc9FKhZq/e1uo=' xmlns='urn:xmpp:occupant-id:0'/><x xmlns='http://jabber.org/protocol/muc#user'><status code='201'/><item affiliation='owner' role='moderator' jid='${person}'/><status code='110'/></x></presence>`,
    `<message type='groupchat' to='${person}' from='${room}'><subject/></message>`,
    `<message type='groupchat' id='~I00000007' xml:lang='en' to='${person}' from='${room}/bench-0-1'><body>~M00000007 The quick &lt;brown&gt; fox</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='12nBCT0cHWA9OnK75LO/nJ0bz3QpdPWc9FKhZq/e1uo='/><stanza-id xmlns='urn:xmpp:sid:0' id='KEjFu7qkTUgx6UeIXq8nq9Ly' by='${room}'/></message>`,
    '</stream:stream>',
  ],
  ejabberd: [
    "<?xml version='1.0'?>",
    `<stream:stream id='10199391200118690669' version='1.0' xml:lang='en' ${streams} from='localhost' xmlns='jabber:client'>`,
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session></stream:features>",
    "<iq xml:lang='en' from='localhost' type='result' id='register'/>",
    `<presence to='${person}' from='${room}' id='15470823906816379096'><c ver='94Y7MuW5ZbbekK4bo1R7KliKmS4=' node='http://www.process-one.net/en/ejabberd/' hash='sha-1' xmlns='http://jabber.org/protocol/caps'/></presence>`,
    `<message to='${person}' from='${room}' type='groupchat'><subject/></message>`,
    `<message xml:lang='en' to='${person}' from='${room}/bench-0-1' type='groupchat' id='~I00000007'><archived by='${room}' id='1795386610784689' xmlns='urn:xmpp:mam:tmp'/><stanza-id by='${room}' id='1795386610784689' xmlns='urn:xmpp:sid:0'/><body>~M00000007 The quick &lt;brown&gt; fox</body></message>`,
    '</stream:stream>',
  ],
};

function split(bytes: Buffer, end = bytes.length): string[] {
  const found: string[] = [];
  for (let at = 0; ; ) {
    const behind = endOfStanza(bytes, at, end);
    if (behind === -1) return found;
    found.push(bytes.toString('utf8', at, behind));
    at = behind;
  }
}

describe('an XMPP stream', () => {
  for (const [server, stanzas] of Object.entries(recorded)) {
    const bytes = Buffer.from(stanzas.join(''));

    it(`of ${server} is cut into its stanzas, wherever a read ends`, () => {
      expect(split(bytes)).toEqual(stanzas);
      let whole = 0;
      let behind = 0;
      for (let end = 0; end <= bytes.length; end += 1) {
        if (whole < stanzas.length && end === behind + (stanzas[whole] as string).length) {
          behind = end;
          whole += 1;
        }
        expect(split(bytes, end)).toHaveLength(whole);
      }
    });

    it(`of ${server} tells one's own post in the room from everything else`, () => {
      const numbers = stanzas.map((stanza) => numberOf(Buffer.from(stanza), 0, Buffer.byteLength(stanza)));
      expect(numbers.filter((number) => number !== -1)).toEqual([7]);
    });
  }

  it('may have a > in a value, and other stanzas inside one', () => {
    const forwarded = `<message a='1>2' b="'>"><forwarded><message><body>x</body></message></forwarded></message>`;
    expect(split(Buffer.from(`${forwarded} <r/><presence>`))).toEqual([forwarded, ' <r/>']);
  });

  it('is written with what would break out of its place escaped', () => {
    expect(escaped(`</body>&'"`)).toBe('&#60;/body&#62;&#38;&#39;&#34;');
  });
});
