/** `parley restore`: a data directory from a snapshot, as it was then or at a point before. */
import type { Command } from 'commander';
import type { Cut } from '../journal/cut.ts';
import { Damaged } from '../journal/journal.ts';
import { restoreSnapshot } from '../journal/restore.ts';
import { readManifest } from '../journal/snapshot-manifest.ts';
import { verifyStore } from '../journal/verify.ts';
import { jsonOption, makeCommand, printResult } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured } from './configured.ts';
import { phaseProgress } from './phase-progress.ts';
import { pointHelp, pointInTime, requireCut } from './point-in-time.ts';
import { createProgress } from './progress.ts';
import { checkDirectoryStore, creating, requireFree } from './store-access.ts';

interface Flags {
  readonly from: string;
  readonly until?: Cut;
  readonly json?: true;
}

export function restoreCommand(): Command {
  const command = makeCommand({
    name: 'restore',
    summary: 'make a data directory from a snapshot',
    description: [
      'Checks all of the snapshot, builds the data directory beside its place, verifies it, and only then gives it its',
      'name: an error or a kill leaves nothing there. The directory must be empty or not there. Clients load afresh',
      'after a restore; commands that they retry are still answered as they were.',
      '--until leaves out what came later in conversations; people, records and alert boxes come as they were at the',
      'snapshot.',
    ].join(' '),
    examples: [
      ['parley restore --from /backup/2026-11-22 --data-dir /var/lib/parley', 'everything'],
      [
        'parley restore --from /backup/2026-11-22 --data-dir /tmp/before --until 2026-11-22T16:00:00Z',
        'as it was at a moment',
      ],
    ],
  })
    .requiredOption('--from <directory>', 'the snapshot')
    .option('--until <point>', pointHelp, pointInTime)
    .addOption(jsonOption());
  addConfigFlags(command, ['dataDir']);
  return command.action(async ({ from, until, json }: Flags) => {
    const { dataDir } = configured(command, ['from', 'until', 'json']);
    await requireFree(dataDir);
    requireCut(until, (await readManifest(from)).store.partitions);
    const progress = createProgress();
    const told = phaseProgress(progress);
    const restored = await creating(dataDir, () =>
      restoreSnapshot({ from, dataDir, ...(until === undefined ? {} : { until }), progress: told, check }),
    ).finally(() => progress.end());
    const { conversations, events, heads, meta } = restored;
    await printResult(json, { dataDir, conversations, events, heads, epoch: meta.epoch }, [
      `restored ${dataDir} from ${from}`,
      `${conversations} conversations in the archive, positions ${heads.join(', ')}`,
    ]);
  });
}

async function check(dataDir: string): Promise<void> {
  const { damages } = await verifyStore(dataDir, { checkDirectory: checkDirectoryStore });
  const [first] = damages;
  if (first !== undefined) throw new Damaged(`what was restored is not right: ${first.store}: ${first.what}`);
}
