/** The journal: a group made durable, against an append of the same size and its fdatasync on the same disk. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hashBody } from '../../src/host/request.ts';
import type { JournalEntry } from '../../src/journal/entry.ts';
import { openStores } from '../../src/stores.ts';
import { makeScratch, removeScratch } from '../scratch.ts';
import type { Micro } from './measure.ts';
import { conversation, message, startedBy } from './subjects.ts';

const group = 100;
/** About what an entry of such a message takes up. */
const entryBytes = 300;
const checkpointEvery = 2_000;

export interface JournalMicro {
  readonly micros: Micro[];
  close(): Promise<void>;
}

/** In a directory of its own below `parent`, removed by `close`. */
export async function journal(parent: string): Promise<JournalMicro> {
  const directory = makeScratch(parent);
  const stores = await openStores(join(directory, 'data'));
  const claim = await stores.journal.claim(0);
  const file = openSync(join(directory, 'reference'), 'a');
  const bodyHash = hashBody({ type: 'reply', conversation, text: message });
  let position = 0;
  const entry = (): JournalEntry => {
    position += 1;
    const answer = { ok: { seq: 1, at: position } };
    const command = { person: 'p-1', id: `command-${position}`, bodyHash, answer };
    return { position, at: position, conversation, events: [startedBy('p-1')], preferences: null, command };
  };
  const append = (size: number) => async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      await stores.journal.append(claim, Array.from({ length: size }, entry));
      if (position % checkpointEvery < size) await stores.journal.checkpoint(claim, position);
    }
    return position;
  };
  const synced = (bytes: number) => {
    const block = Buffer.alloc(bytes, 1);
    return (times: number) => {
      for (let time = 0; time < times; time += 1) {
        writeSync(file, block);
        fdatasyncSync(file);
      }
      return times;
    };
  };
  const of = (entries: number, budget: number): Micro => ({
    room: 'journal',
    name: entries === 1 ? 'one entry, durable' : `a group of ${entries} entries, durable`,
    run: append(entries),
    reference: 'as many bytes and an fdatasync',
    referenceRun: synced(entries * entryBytes),
    budget,
  });
  return {
    micros: [of(1, 2.5), of(group, 3)],
    async close() {
      closeSync(file);
      await stores.journal.release(claim);
      await stores.journal.close();
      await stores.archive.close();
      await stores.directory.close();
      await stores.release();
      removeScratch(directory);
    },
  };
}
