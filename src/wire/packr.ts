/** MessagePack as the protocol has it: plain, no extension types, no records. */
import { type Options, Packr } from '../messagepack.ts';

const options: Options & { readonly skipValues: readonly undefined[] } = {
  useRecords: false,
  variableMapSize: true,
  // A property that is undefined is one that is not there; MessagePack has no other way to say so.
  skipValues: [undefined],
  // No BigInt: an integer of 64 bits that is no safe one is rounded to one that no schema takes.
  int64AsType: 'number',
};
export const packr = new Packr(options);
