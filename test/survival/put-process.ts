/**
 * A process that puts a row into LMDB as the product opens it, when it is told `put` on standard input, and says `durable` when
 * that is done; to `there?` it says `waiting` before. Argument: the environment's directory.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openEnvironment } from '../../src/journal/lmdb-environment.ts';

const environment = openEnvironment({ path: process.argv[2] as string });
say('open');
let isDurable = false;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'there?') {
    // A turn for what has been resolved meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    if (!isDurable) say('waiting');
  } else {
    void environment.put(Buffer.from('key'), Buffer.from('value')).then(() => {
      isDurable = true;
      say('durable');
    });
  }
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}
