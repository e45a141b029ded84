/** In the place of `node:fs/promises` under the journal: what it uses of it, on the disk that is mounted. */
import { mountedDisk } from './disk.ts';
import { closeSync, fdatasync, openSync, rename, rm, write } from './disk-files.ts';

export { rename, rm };

interface Handle {
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** A directory is opened to make its names durable. */
export async function open(path: string, flags: string): Promise<Handle> {
  return mountedDisk().names.has(path) ? fileHandle(openSync(path, flags)) : directoryHandle();
}

function fileHandle(descriptor: number): Handle {
  const sync = () => settledBy<void>((done) => fdatasync(descriptor, (error) => done(error, undefined)));
  return {
    write: async (bytes, offset, length, position) => ({
      bytesWritten: await settledBy<number>((done) => write(descriptor, bytes, offset, length, position, done)),
    }),
    sync,
    datasync: sync,
    close: async () => closeSync(descriptor),
  };
}

function directoryHandle(): Handle {
  const disk = mountedDisk();
  const sync = () =>
    new Promise<void>((resolve, reject) => {
      const done = () => {
        disk.syncNames();
        resolve();
      };
      disk.takeTime('write', done, () => reject(new Error('EIO: the simulated disk says so')));
    });
  return { write: () => Promise.reject(new Error('EISDIR')), sync, datasync: sync, close: async () => {} };
}

function settledBy<T>(call: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}
