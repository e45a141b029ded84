/** A process that takes or restores a snapshot, to be killed while it does; arguments: which, from, to. */
import { writeSync } from 'node:fs';
import { restoreSnapshot } from '../../src/journal/restore.ts';
import { writeSnapshot } from '../../src/journal/snapshot.ts';

const [mode = '', from = '', to = ''] = process.argv.slice(2);
writeSync(1, 'begin\n');
if (mode === 'snapshot') await writeSnapshot({ dataDir: from, to });
else await restoreSnapshot({ from, dataDir: to });
