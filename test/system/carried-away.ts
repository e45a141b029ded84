/**
 * What can be carried away from a running server: a snapshot, restored elsewhere, and one person's view of it, by the
 * commands that an operator uses. They run in this process, so that what a test breaks on purpose is broken in them too.
 */
import { join } from 'node:path';
import { Command } from 'commander';
import { exportCommand } from '../../src/admin/export.ts';
import { restoreCommand } from '../../src/admin/restore.ts';
import { snapshotCommand } from '../../src/admin/snapshot.ts';

interface Said {
  readonly out: string;
  readonly err: string;
}

export interface CarriedAway {
  /** Of partition 0: the snapshot is as of this position. */
  readonly head: number;
  /** What `parley export` writes for each person. */
  readonly exports: ReadonlyMap<string, string>;
  /** Whatever the commands said beside that: results, progress, notes. */
  readonly log: string;
}

interface Load {
  readonly dataDir: string;
  /** A directory, in which a snapshot and a data directory are made. */
  readonly into: string;
  readonly people: readonly string[];
  /** Goes on beside it. */
  meanwhile(): Promise<void>;
}

let before: Promise<unknown> = Promise.resolve();

/** Whoever asks while another carries away waits for their turn: the commands write to the output of the process. */
export function carryAway(load: Load): Promise<CarriedAway> {
  const turn = before.then(async () => (await Promise.all([carry(load), load.meanwhile()]))[0]);
  before = turn.catch(() => {});
  return turn;
}

async function carry({ dataDir, into, people }: Load): Promise<CarriedAway> {
  const [snapshot, elsewhere] = [join(into, 'snapshot'), join(into, 'elsewhere')];
  const taken = await run('snapshot', '--data-dir', dataDir, '--to', snapshot, '--json');
  const restored = await run('restore', '--from', snapshot, '--data-dir', elsewhere);
  const said = [taken, restored].flatMap(({ out, err }) => [out, err]);
  const exports = new Map<string, string>();
  for (const person of people) {
    const { out, err } = await run('export', '--person', person, '--data-dir', elsewhere);
    exports.set(person, out);
    said.push(err);
  }
  const { positions } = JSON.parse(taken.out) as { positions: { head: number }[] };
  return { head: positions[0]?.head as number, exports, log: said.join('') };
}

async function run(...args: string[]): Promise<Said> {
  const program = new Command('parley');
  for (const command of [snapshotCommand(), restoreCommand(), exportCommand()]) program.addCommand(command);
  const [out, err] = [overheard(process.stdout), overheard(process.stderr)];
  try {
    await program.parseAsync(args, { from: 'user' });
  } finally {
    out.end();
    err.end();
  }
  return { out: out.text(), err: err.text() };
}

/** Takes what is written to the stream, until its end. */
function overheard(stream: NodeJS.WriteStream): { text(): string; end(): void } {
  const { write } = stream;
  let text = '';
  stream.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  return {
    text: () => text,
    end() {
      stream.write = write;
    },
  };
}
