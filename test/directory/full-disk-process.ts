/** A process that changes a directory until its disk is full, and says how many of its writes failed, caught or not. */
import { setTimeout as wait } from 'node:timers/promises';
import { lmdbDirectoryStore } from '../../src/directory/directory-store-lmdb.ts';
import type { Person } from '../../src/directory/entities.ts';

const [path = ''] = process.argv.slice(2);
const failed = { caught: 0, unhandled: 0 };
process.on('unhandledRejection', () => {
  failed.unhandled += 1;
});

const personOf = (id: string): Person => ({ id, first: 'x'.repeat(200), last: id, email: null, active: true });

const store = lmdbDirectoryStore(path);
await store.load();
for (let version = 1; failed.caught === 0; version += 1) {
  const people = Array.from({ length: 100 }, (_, nth) => personOf(`p${version}-${nth}`));
  await store.write({ version, at: version, completeSince: 0, people, records: [], forget: [] }).catch(() => {
    failed.caught += 1;
  });
}
// A rejection that nobody handles is reported a turn later.
await wait(200);
process.stdout.write(JSON.stringify(failed));
process.exit(0);
