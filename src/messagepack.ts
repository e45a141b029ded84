/**
 * msgpackr, for all who read or write MessagePack on the server: they import it here. Without its native part, which is
 * optional, it reads a long string by a `TextDecoder` that takes U+FEFF at the beginning for a byte order mark and drops
 * it. There is no setting for that. It makes its decoder while it is loaded, so that it is loaded where the only class of
 * that name makes decoders that drop nothing; by `require`, which lets no other module begin in between.
 */
import { createRequire } from 'node:module';

export type { Options } from 'msgpackr';

class WholeTextDecoder extends TextDecoder {
  constructor() {
    super('utf-8', { ignoreBOM: true });
  }
}

function load(): typeof import('msgpackr') {
  const { TextDecoder } = globalThis;
  globalThis.TextDecoder = WholeTextDecoder;
  try {
    return createRequire(import.meta.url)('msgpackr');
  } finally {
    globalThis.TextDecoder = TextDecoder;
  }
}

export const { Packr, Unpackr } = load();
