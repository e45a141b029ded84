/**
 * One server for a data directory. The lock is a listening socket whose name is derived from the directory's device and
 * inode: the kernel lets go of it when the process dies, however it dies, so that a restart right after `kill -9` works
 * and no stale file is ever in the way. Whoever finds it taken asks it for the holder's pid. On Linux the name is in the
 * abstract namespace, which containers do not share: there the epoch of the journal's partitions is the second guard.
 */
import { stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InUse } from './journal.ts';

export interface DirectoryLock {
  release(): Promise<void>;
}

/** The directory must exist. Throws `InUse`. */
export async function lockDirectory(path: string): Promise<DirectoryLock> {
  const name = await socketName(path);
  const server = (await listen(name)) ?? (await takeOverStale(path, name));
  server.unref();
  return {
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function socketName(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  const name = `parley-${dev}-${ino}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Null where somebody has the name. */
function listen(name: string): Promise<Server | null> {
  const server = createServer((socket) => {
    // A peer that hangs up first is no concern of the holder, nor is one that never does: anybody on the machine may ask.
    socket.on('error', () => socket.destroy());
    socket.end(`${process.pid}`, () => socket.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(null) : reject(error),
    );
    server.listen(name, () => resolve(server));
  });
}

/** A file that nobody listens on is left over from a process that died, where names are files. Throws `InUse`. */
async function takeOverStale(path: string, name: string): Promise<Server> {
  const holder = await askHolder(name);
  if (holder === null) {
    if (!name.startsWith('\0')) await unlink(name).catch(() => undefined);
    const server = await listen(name);
    if (server !== null) return server;
  }
  const who = holder === null ? 'another process' : `process ${holder}`;
  throw new InUse(`data directory ${path} is in use by ${who}`);
}

/** The holder's pid; null where nobody answers. */
function askHolder(name: string): Promise<string | null> {
  return new Promise((resolve) => {
    let pid = '';
    const socket = connect(name);
    socket.setEncoding('utf8');
    socket.setTimeout(2_000, () => socket.destroy());
    socket.on('data', (text: string) => {
      pid += text.slice(0, 20 - pid.length);
    });
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(/^\d+$/.test(pid) ? pid : 'that does not answer'));
  });
}
