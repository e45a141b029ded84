/** Child processes of a run: started, asked, measured from the operating system, and ended for sure. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExitName, Failure } from '../src/admin/exit-codes.ts';

/** What one process is asked over its channel; the answer carries the same number. */
interface Asked {
  readonly number: number;
  readonly what: unknown;
}
type Answered = { readonly number: number } & ({ readonly answer: unknown } | { readonly error: Told });
/** An error on its way to whoever asked; `exit` of one that was foreseen. */
interface Told {
  readonly message: string;
  readonly stack: string | undefined;
  readonly exit: ExitName | undefined;
}

const running = new Set<ChildProcess>();
let asked = 0;
const endWithinMs = 15_000;

/**
 * `name` is a file of bench/ without its ending. In a group of its own: a Ctrl-C is for the run, which ends its children,
 * and not for each of them at once.
 */
export function start(name: string, args: readonly string[] = [], execArgv: readonly string[] = []): ChildProcess {
  const child = fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), args, {
    execArgv: [...execArgv],
    detached: true,
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** The first message of the process; rejects where it ends without one. */
export function message<T>(child: ChildProcess): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    child.once('message', (value) => resolve(value as T));
    ended(child).catch(reject);
  });
}

/** The answer to a question of `answering`; rejects with its error, or where the process ends. */
export function ask<T>(child: ChildProcess, what: unknown): Promise<T> {
  asked += 1;
  const number = asked;
  return new Promise<T>((resolve, reject) => {
    const heard = (value: unknown): void => {
      const answered = value as Answered;
      if (answered.number !== number) return;
      child.off('message', heard);
      child.off('exit', gone);
      if ('error' in answered) reject(errorOf(answered.error));
      else resolve(answered.answer as T);
    };
    const gone = (code: number | null, signal: string | null): void => reject(deathOf(child, code, signal));
    child.on('message', heard);
    child.once('exit', gone);
    child.send({ number, what } satisfies Asked);
  });
}

/** In the child: answers each question with what `answer` resolves with. */
export function answering<Q>(answer: (question: Q) => Promise<unknown>): void {
  process.on('message', ({ number, what }: Asked) => {
    answer(what as Q).then(
      (value) => process.send?.({ number, answer: value } satisfies Answered),
      (error: Error) => process.send?.({ number, error: toldOf(error) } satisfies Answered),
    );
  });
}

function toldOf(error: Error): Told {
  const { message: said, stack } = error;
  return { message: said, stack, exit: error instanceof Failure ? error.exit : undefined };
}

function errorOf({ message: said, stack, exit }: Told): Error {
  if (exit !== undefined) return new Failure(exit, said);
  const error = new Error(said);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Never resolves; rejects when the process ends. */
export function ended(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    if (child.exitCode !== null || child.signalCode !== null)
      return reject(deathOf(child, child.exitCode, child.signalCode));
    child.once('exit', (code, signal) => reject(deathOf(child, code, signal)));
  });
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  await gone;
  clearTimeout(timer);
}

/** Ends all that have been started. Who waits for one of them to say something waits for ever. */
export async function endAll(): Promise<void> {
  for (const child of running) for (const event of ['message', 'exit']) child.removeAllListeners(event);
  await Promise.all([...running].map(end));
}

function deathOf(child: ChildProcess, code: number | null, signal: string | null): Error {
  return new Failure('failed', `the process ${basename(child.spawnargs[1] ?? '', '.js')} ended with ${signal ?? code}`);
}

/** What the system counts processor time in. */
export const cpuTickSeconds = 0.01;

/** User and system time of the process with all its threads, from the 14th and 15th field of its stat. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * cpuTickSeconds;
}

/** Bytes. `anonymous` leaves out what is only a window on a file, as LMDB's pages are. */
export interface Resident {
  readonly total: number;
  readonly anonymous: number;
}

export function residentBytes(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { total: bytes('VmRSS'), anonymous: bytes('RssAnon') };
}

export async function until(holds: () => boolean | Promise<boolean>, withinMs: number, what: string): Promise<void> {
  const give = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > give) throw new Failure('failed', `${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
