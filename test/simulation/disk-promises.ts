/** In the place of `node:fs/promises` under the journal: what it uses of it, on the disk that is mounted. */
import { mountedDisk } from './disk.ts';
import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readSync, rename, rm, write } from './disk-files.ts';

export { rename, rm };

interface Handle {
  truncate(length: number): Promise<void>;
  writeFile(text: string): Promise<void>;
  write(bytes: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export async function readFile(path: string): Promise<string> {
  const descriptor = openSync(path, 'r');
  const bytes = Buffer.alloc(fstatSync(descriptor).size);
  readSync(descriptor, bytes, 0, bytes.length, 0);
  closeSync(descriptor);
  return bytes.toString('utf8');
}

/** A directory is opened to make its names durable. */
export async function open(path: string, flags: string): Promise<Handle> {
  return flags === 'a' || mountedDisk().names.has(path) ? fileHandle(openSync(path, flags)) : directoryHandle();
}

function fileHandle(descriptor: number): Handle {
  const sync = () => settledBy<void>((done) => fdatasync(descriptor, (error) => done(error, undefined)));
  const writeAt = (bytes: Uint8Array, offset: number, length: number, position: number) =>
    settledBy<number>((done) => write(descriptor, bytes, offset, length, position, done));
  return {
    truncate: async (length) => ftruncateSync(descriptor, length),
    writeFile: async (text) => {
      const bytes = Buffer.from(text);
      const end = fstatSync(descriptor).size;
      for (let at = 0; at < bytes.length; ) at += await writeAt(bytes, at, bytes.length - at, end + at);
    },
    write: async (bytes, offset, length, position) => ({
      bytesWritten: await writeAt(bytes, offset, length, position),
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
  const refuse = () => Promise.reject(new Error('EISDIR'));
  return { truncate: refuse, writeFile: refuse, write: refuse, sync, datasync: sync, close: async () => {} };
}

function settledBy<T>(call: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}
