/** In the place of `node:fs/promises` where a directory is opened to make its names durable. */
import { mountedDisk } from './disk.ts';

export { rename } from './disk-files.ts';

export async function open(): Promise<{ sync(): Promise<void>; close(): Promise<void> }> {
  const disk = mountedDisk();
  return {
    sync: () =>
      new Promise((resolve, reject) => {
        disk.takeTime(
          'write',
          () => {
            disk.syncNames();
            resolve();
          },
          () => reject(new Error('EIO: the simulated disk says so')),
        );
      }),
    async close() {},
  };
}
