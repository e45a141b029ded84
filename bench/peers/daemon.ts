/** A server of Debian's as the child of a peer's script: found, started in the foreground, announced when it listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { Failure } from '../../src/admin/exit-codes.ts';
import { until } from '../processes.ts';

const listensWithinMs = 30_000;
/** Below the time after which whoever started the peer's script kills it: the daemon would be left behind. */
const stopsWithinMs = 8_000;

/** The path of an executable; a `Failure`, with how to get it, where there is none. */
export function executable(name: string, debianPackage: string): string {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  const found = places.map((place) => join(place, name)).find(isExecutable);
  if (found === undefined) {
    throw new Failure('unavailable', `${name} is not installed; on Debian: apt-get install ${debianPackage}`);
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export interface Daemon {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** The process whose processor time counts, of the daemon and its descendants, by the name of its program. */
  readonly program: string;
}

/** Says port and process id to the parent when the daemon listens; ends it when the parent hangs up, or before it fails. */
export async function serve({ command, args, env, port, program }: Daemon): Promise<void> {
  let said = '';
  const own = { env: { ...process.env, ...env }, detached: true };
  const child = spawn(command, args, { ...own, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      said = (said + data.toString()).slice(-4_000);
    });
  }
  child.once('exit', (code, by) => {
    process.stderr.write(`${command} ended with ${by ?? code}\n${said}\n`);
    process.exit(1);
  });
  process.once('exit', () => signal(child, 'SIGKILL'));
  process.once('disconnect', () => stop(child));
  await until(() => answers(port), listensWithinMs, `${command} listens`);
  const pid = [child.pid as number, ...descendants(child.pid as number)].find((one) => programOf(one) === program);
  if (pid === undefined) throw new Error(`no process of ${command} runs ${program}`);
  process.send?.({ port, pid });
}

function stop(child: ChildProcess): void {
  child.removeAllListeners('exit');
  child.once('exit', () => process.exit(0));
  signal(child, 'SIGTERM');
  setTimeout(() => signal(child, 'SIGKILL'), stopsWithinMs);
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  for (const pid of descendants(child.pid as number)) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  child.kill(name);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function descendants(of: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === of);
  return children.flatMap((pid) => [pid, ...descendants(pid)]);
}

function parentOf(pid: number): number {
  return Number(statOf(pid).rest.split(' ')[1]);
}

function programOf(pid: number): string {
  return statOf(pid).program;
}

/** The name in brackets and the fields behind it; both empty where the process has just gone. */
function statOf(pid: number): { readonly program: string; readonly rest: string } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const close = stat.lastIndexOf(')');
    return { program: stat.slice(stat.indexOf('(') + 1, close), rest: stat.slice(close + 2) };
  } catch {
    return { program: '', rest: '' };
  }
}
