/**
 * msgpackr, for all who read or write MessagePack on the server: they import it here. It is loaded without two things
 * that change texts, by `require`, which lets no other module begin in between and gives a copy apart from LMDB's.
 *
 * - Its native part, which reads strings in bulk, keeps the lengths of MessagePack's types in a table of the process, and
 *   clears and fills it whenever a thread loads it: strings that another thread reads in that moment are others
 *   (`setupTokenTable` in `extract.cpp` of msgpackr-extract 3.0.7). At a start the archive's thread loads while frames
 *   are read. Without it a frame of the journal takes up to a tenth longer.
 * - What it reads strings by then is a `TextDecoder`, which takes U+FEFF at the beginning for a byte order mark and drops
 *   it. There is no setting for that: it finds a class of that name which makes decoders that drop nothing.
 */
import { createRequire } from 'node:module';

export type { Options } from 'msgpackr';

class WholeTextDecoder extends TextDecoder {
  constructor() {
    super('utf-8', { ignoreBOM: true });
  }
}

const nativeOff = 'MSGPACKR_NATIVE_ACCELERATION_DISABLED';

/** Throws where somebody else has loaded this copy before, with what changes texts. */
function load(): typeof import('msgpackr') {
  const { TextDecoder } = globalThis;
  const before = process.env[nativeOff];
  globalThis.TextDecoder = WholeTextDecoder;
  process.env[nativeOff] = 'true';
  try {
    const msgpackr: typeof import('msgpackr') = createRequire(import.meta.url)('msgpackr');
    if (msgpackr.isNativeAccelerationEnabled) throw new Error('msgpackr was loaded before, with its native part');
    return msgpackr;
  } finally {
    globalThis.TextDecoder = TextDecoder;
    if (before === undefined) delete process.env[nativeOff];
    else process.env[nativeOff] = before;
  }
}

export const { Packr, Unpackr } = load();
