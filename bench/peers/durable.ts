/**
 * What durability alone costs: the bare relay of `relay.ts`, but a message is published when it is on the disk. What comes
 * while one write is under way goes with the next one, as in Parley's journal. It checks nothing, knows nobody, and never
 * reads what it has written: what takes longer than this is what a server does beside keeping messages.
 */
import { closeSync, constants, fdatasyncSync, openSync, write, writeSync } from 'node:fs';
import { join } from 'node:path';
import { serveTopics } from './topic-server.ts';

interface Said {
  readonly topic: string;
  readonly bytes: Buffer;
}

/**
 * Written to over and over, so that no write makes the file longer. On the disk before the first: a write that has to be
 * given its blocks, or waits behind those of 64 MiB, costs more.
 */
const fileBytes = 64 * 1024 * 1024;
const zeros = Buffer.alloc(16 * 1024);

const path = join(process.argv[2] as string, 'said');
const made = openSync(path, 'w');
for (let at = 0; at < fileBytes; at += zeros.length) writeSync(made, zeros, 0, zeros.length, at);
fdatasyncSync(made);
closeSync(made);
const file = openSync(path, constants.O_WRONLY | constants.O_DSYNC);

let waiting: Said[] = [];
let isWriting = false;
let end = 0;

function writeWaiting(): void {
  const group = waiting;
  waiting = [];
  const bytes = Buffer.concat(group.map((said) => said.bytes));
  if (end + bytes.length > fileBytes) end = 0;
  write(file, bytes, 0, bytes.length, end, (error, written) => {
    if (error !== null) throw error;
    if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`);
    end += bytes.length;
    for (const said of group) app.publish(said.topic, said.bytes, true, false);
    if (waiting.length > 0) writeWaiting();
    else isWriting = false;
  });
}

const app = serveTopics((topic, message) => {
  waiting.push({ topic, bytes: Buffer.from(message.slice(0)) });
  if (isWriting) return;
  isWriting = true;
  setImmediate(writeWaiting);
});
