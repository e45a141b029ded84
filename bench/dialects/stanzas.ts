/** Where the stanzas of an XMPP stream end (RFC 6120), as far as a load generator has to know: names and texts are left as they are. */

const less = 0x3c;
const greater = 0x3e;
const slash = 0x2f;
const question = 0x3f;
const quote = 0x22;
const apostrophe = 0x27;

/**
 * Behind the item that begins at or after `from`: a stanza with all inside it, a stream's opening or closing tag, or the
 * XML declaration. -1 while its end has not come.
 */
export function endOfStanza(bytes: Buffer, from: number, end: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    at = bytes.indexOf(less, at);
    if (at === -1 || at >= end) return -1;
    const behind = endOfTag(bytes, at, end);
    if (behind === -1) return -1;
    const first = bytes[at + 1];
    if (first === slash) depth -= 1;
    else if (first !== question && bytes[behind - 2] !== slash) {
      if (depth === 0 && bytes.toString('latin1', at + 1, at + 14) === 'stream:stream') return behind;
      depth += 1;
    }
    if (depth <= 0) return behind;
    at = behind;
  }
}

/** Behind the tag's `>`, which may also stand inside a quoted value; -1 while it has not come. */
function endOfTag(bytes: Buffer, from: number, end: number): number {
  let within = 0;
  for (let at = from + 1; at < end; at += 1) {
    const byte = bytes[at];
    if (within !== 0) {
      if (byte === within) within = 0;
    } else if (byte === quote || byte === apostrophe) within = byte;
    else if (byte === greater) return at + 1;
  }
  return -1;
}

/** Text or attribute value, as XML wants it. */
export function escaped(text: string): string {
  return text.replace(/[<>&'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
