/**
 * Says which of many texts the codecs of the wire and of the stores change, and how often msgpackr's native part read a
 * string for them. Another copy of msgpackr has the native part, as LMDB's has: it is loaded first.
 */
import { createRequire } from 'node:module';

/** What this process says. */
export interface ReadByCodecs {
  /** How many were read. */
  readonly texts: number;
  readonly changedByFrame: readonly string[];
  readonly changedByStore: readonly string[];
  /** By the codecs, and by the copy that was loaded first. */
  readonly nativeReads: number;
  readonly nativeReadsOfOther: number;
}

let nativeReads = 0;
const native = createRequire(import.meta.url)('msgpackr-extract');
const { extractStrings } = native;
native.extractStrings = (...args: unknown[]) => {
  nativeReads += 1;
  return extractStrings(...args);
};
const other = await import('msgpackr');
const { pack, unpack } = await import('../../src/journal/format.ts');
const { encode } = await import('../../src/wire/codec.ts');
const { decodeClientFrame } = await import('../../src/wire/decode-client-frame.ts');

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

const read = {
  texts: texts.length,
  changedByFrame: texts.filter((text) => throughFrame(text) !== text),
  changedByStore: texts.filter((text) => throughStore(text) !== text),
  nativeReads,
};
other.unpack(other.pack(texts));
const said: ReadByCodecs = { ...read, nativeReadsOfOther: nativeReads - read.nativeReads };
process.stdout.write(`${JSON.stringify(said)}\n`);
