/** Says whether msgpackr has its native part, and which of many texts the codecs of the wire and of the stores change. */
import { createRequire } from 'node:module';
import { pack, unpack } from '../../src/journal/format.ts';
import { encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';

/** What this process says. */
export interface ReadByCodecs {
  readonly hasNativePart: boolean;
  /** How many were read. */
  readonly texts: number;
  readonly changedByFrame: readonly string[];
  readonly changedByStore: readonly string[];
}

const place = { store: 'archive/events', key: new Uint8Array() };

function throughStore(text: string): unknown {
  return unpack(pack(text), place);
}

function throughFrame(text: string): unknown {
  const read = decodeClientFrame(encode({ t: 'reply', id: 'c', conversation: 'q83vEjRWeJASNFZ4kKvN7w', text }));
  return read.ok && read.frame.t === 'reply' ? read.frame.text : null;
}

const heads = ['\ufeff', '\ufeff\ufeff', 'x\ufeff', ''];
const letters = ['x', 'é', '🙂'];
// Both sides of every length, in bytes, at which msgpackr reads in another way or a longer head begins.
const sizes = [1, 12, 13, 15, 16, 28, 29, 61, 62, 64, 65, 100, 252, 253, 1_000, 4_096, 16_000];
const texts = heads.flatMap((head) => letters.flatMap((letter) => sizes.map((size) => textOf(head, letter, size))));

/** As long as it can be with so many bytes behind the head. */
function textOf(head: string, letter: string, size: number): string {
  return head + letter.repeat(size / Buffer.byteLength(letter));
}

const loaded = Object.keys(createRequire(import.meta.url).cache);
const said: ReadByCodecs = {
  hasNativePart: loaded.some((path) => path.includes('msgpackr-extract')),
  texts: texts.length,
  changedByFrame: texts.filter((text) => throughFrame(text) !== text),
  changedByStore: texts.filter((text) => throughStore(text) !== text),
};
process.stdout.write(`${JSON.stringify(said)}\n`);
