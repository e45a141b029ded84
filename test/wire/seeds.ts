/** What fuzzers injure: the samples of the protocol, good and bad. */
import { encode } from '../../src/wire/codec.ts';
import { invalidSamples } from '../protocol/invalid.ts';
import { clientSamples, serverSamples } from '../protocol/samples.ts';

export const sampleSeeds: readonly Uint8Array[] = [
  ...clientSamples.map(({ frame }) => encode(frame)),
  ...serverSamples.map(({ frame }) => encode(frame)),
  ...invalidSamples.map(({ bytes }) => bytes).filter((bytes) => bytes.length > 0 && bytes.length < 512),
];
