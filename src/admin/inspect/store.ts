/** The store as a whole: which history it is, how far it is, and how large. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { dataPaths } from '../../journal/data-directory.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import type { Findings } from '../command.ts';
import { withDirectory } from '../store-access.ts';

export async function inspectStore(store: StoreReader, dataDir: string): Promise<Findings> {
  let conversations = 0;
  for await (const _ of store.conversations()) conversations += 1;
  const bytes: Record<string, number> = {};
  for (const [name, path] of Object.entries(dataPaths(dataDir))) {
    bytes[name] = await stat(join(path, 'data.mdb')).then(
      ({ size }) => size,
      () => 0,
    );
  }
  const { people, records } = await withDirectory(dataDir, async (directory) => directory.counts);
  const { meta, positions } = store;
  return {
    result: { dataDir, ...meta, positions, conversations, people, records, bytes },
    lines: [
      `${dataDir}: format ${meta.format}, made ${meta.createdAt} by Parley ${meta.product}`,
      `epoch ${meta.epoch}, ${meta.partitions} partition${meta.partitions === 1 ? '' : 's'}`,
      ...positions.map(
        ({ checkpoint, head }, partition) =>
          `  partition ${partition}: head ${head}, checkpoint ${checkpoint}, ${head - checkpoint} to replay`,
      ),
      `${conversations} conversations, ${people} people, ${records} records`,
      `bytes: ${Object.entries(bytes)
        .map(([name, size]) => `${name} ${size}`)
        .join(', ')}`,
    ],
  };
}
