/** The codec: a client's frame checked wholly, and a push to many encoded once. */
import { encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import type { Micro } from './measure.ts';
import { conversation, message, repeat } from './subjects.ts';

export function codec(): Micro[] {
  const reply = { t: 'reply', id: 'command-1', conversation, text: message } as const;
  const bytes = encode(reply);
  const json = JSON.stringify(reply);
  const entry = { kind: 'message', seq: 9, at: 1_795_000_000_000_000, by: 'p-1', text: message } as const;
  const push = { t: 'entries', at: [0, 41], conversation, entries: [entry], people: [] } as const;
  const frame = { ...push, at: [0, 41] as [number, number], entries: [entry], people: [] };
  return [
    {
      room: 'codec',
      name: 'a reply decoded and checked',
      run: repeat(() => decodeClientFrame(bytes)),
      reference: 'JSON.parse of the same',
      referenceRun: repeat(() => JSON.parse(json)),
      budget: 6,
    },
    {
      room: 'codec',
      name: 'a push encoded',
      run: repeat(() => encode(frame)),
      reference: 'JSON.stringify of the same',
      referenceRun: repeat(() => JSON.stringify(frame)),
      budget: 2,
    },
  ];
}
