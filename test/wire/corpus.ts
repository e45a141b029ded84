/**
 * The frames that fuzzers begin from beside the samples of the protocol: each passes through the decoder as none before it
 * did. `UPDATE_GENERATED=1 npx vitest run test/wire/corpus.test.ts` looks for more and keeps what it finds.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import { hexOf } from '../protocol/bytes.ts';
import { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';

const file = new URL('../fixtures/frames.txt', import.meta.url);
/** Beyond it a frame is no better a seed. */
const seedMaxBytes = 400;

/** One frame a line, in hexadecimal. */
export function corpus(): Uint8Array[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
}

export function keepCorpus(frames: readonly Uint8Array[]): void {
  writeFileSync(file, frames.map((bytes) => `${hexOf(bytes).replaceAll(' ', '')}\n`).join(''));
}

/**
 * Those of `count` injured frames that reach what neither `samples`, nor `kept`, nor one before reaches; they are injured in
 * turn. `more`: how many blocks `kept` reaches beyond the samples.
 */
export async function searchFrom(
  samples: readonly Uint8Array[],
  kept: readonly Uint8Array[],
  count: number,
  random: () => number,
): Promise<{ found: Uint8Array[]; more: number }> {
  const coverage = await Coverage.start();
  const found: Uint8Array[] = [];
  const reached = new Set<string>();
  const reaches = async (bytes: Uint8Array): Promise<boolean> => {
    decodeClientFrame(bytes);
    const before = reached.size;
    for (const block of await coverage.take()) reached.add(block);
    return reached.size > before;
  };
  for (const bytes of samples) await reaches(bytes);
  const bySamples = reached.size;
  for (const bytes of kept) await reaches(bytes);
  const more = reached.size - bySamples;
  for (let done = 0; done < count; done += 1) {
    const bytes = mutate([...samples, ...kept, ...found], random);
    if (bytes.length <= seedMaxBytes && (await reaches(bytes))) found.push(bytes);
  }
  await coverage.stop();
  return { found, more };
}
