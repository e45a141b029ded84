/** `parley restore`: a data directory from a snapshot, as it was then or at a point before. */
import type { Command } from 'commander';
import { writeFileAtomic } from '../journal/atomic-file.ts';
import type { Cut } from '../journal/cut.ts';
import { expectLedger, type Ledger, type LedgerPlace } from '../journal/erasure-ledger.ts';
import { readLedger } from '../journal/erasure-ledger-file.ts';
import { Damaged } from '../journal/journal.ts';
import { restoreSnapshot } from '../journal/restore.ts';
import { type Manifest, readManifest } from '../journal/snapshot-manifest.ts';
import { verifyStore } from '../journal/verify.ts';
import { jsonOption, makeCommand, note, printResult } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured, ledgerPathOf } from './configured.ts';
import { Failure } from './exit-codes.ts';
import { phaseProgress } from './phase-progress.ts';
import { pointHelp, pointInTime, requireCut } from './point-in-time.ts';
import { createProgress } from './progress.ts';
import { checkDirectoryStore, creating, erasePeople, requireFree } from './store-access.ts';

interface Flags {
  readonly from: string;
  readonly until?: Cut;
  readonly ledger?: string;
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
      '--until leaves out what came later in conversations. People, records, rights and alert boxes come as they were at',
      'the snapshot, not as they were at that point: who has left the CRM since cannot sign in, and who sees the name of a',
      'record is decided by the rights of the snapshot.',
      'What was erased since the snapshot is left out, as the ledger of erasures says: that of the data directory, or the copy',
      'that --ledger names, which becomes the ledger of the data directory. A ledger older than the snapshot is refused.',
    ].join(' '),
    examples: [
      ['parley restore --from /backup/2026-11-22 --data-dir /var/lib/parley', 'everything'],
      [
        'parley restore --from /backup/2026-11-22 --data-dir /tmp/before --until 2026-11-22T16:00:00Z',
        'as it was at a moment',
      ],
      [
        'parley restore --from /backup/2026-11-22 --data-dir /srv/parley --ledger /backup/erasures',
        'on another machine',
      ],
    ],
  })
    .requiredOption('--from <directory>', 'the snapshot')
    .option('--until <point>', pointHelp, pointInTime)
    .option('--ledger <file>', 'a copy of the ledger of erasures; without, the one of the data directory')
    .addOption(jsonOption());
  addConfigFlags(command, ['dataDir', 'erasureLedger']);
  return command.action(async ({ from, until, ledger: copy, json }: Flags) => {
    const config = configured(command, ['from', 'until', 'ledger', 'json']);
    const { dataDir } = config;
    await requireFree(dataDir);
    const snapshot = await readManifest(from);
    const { store, erased } = snapshot;
    requireCut(until, store.partitions);
    if (until !== undefined && isBehind(until, snapshot))
      note('the snapshot ends before that point: all of it is restored');
    const ledger = await ledgerFor(ledgerPathOf(config), copy, erased ?? null);
    if (ledger === null) note('there is no ledger of erasures: nothing is left out');
    else if (erased === undefined)
      note('the snapshot is from before the first erasure: it cannot tell its ledger from another');
    const progress = createProgress();
    const told = phaseProgress(progress);
    const restored = await creating(dataDir, () =>
      restoreSnapshot({
        from,
        dataDir,
        ...(until === undefined ? {} : { until }),
        ...(ledger === null ? {} : { erasures: { ledger, erasePeople } }),
        progress: told,
        check: (path) => check(path, ledger),
      }),
    ).finally(() => progress.end());
    const { conversations, events, heads, meta } = restored;
    await printResult(json, { dataDir, conversations, events, heads, epoch: meta.epoch }, [
      `restored ${dataDir} from ${from}`,
      `${conversations} conversations in the archive, positions ${heads.join(', ')}`,
    ]);
  });
}

function isBehind(until: Cut, { createdAt, positions }: Manifest): boolean {
  if ('time' in until) return until.time > Date.parse(createdAt) * 1_000;
  return positions.every(({ head }) => until.position > head);
}

/**
 * One that goes through `erased`. The copy takes the place of the ledger at `path`, which must be the same up to where it
 * ends; one that is refused takes nobody's.
 */
async function ledgerFor(path: string, copy: string | undefined, erased: LedgerPlace | null): Promise<Ledger | null> {
  const there = await readLedger(path);
  const ledger = copy === undefined ? there : await readLedger(copy);
  if (copy !== undefined && ledger === null) throw new Failure('failed', `${copy} is no ledger of erasures`);
  expectLedger(ledger, erased);
  if (copy === undefined || ledger === null) return ledger;
  expectLedger(ledger, there?.end ?? null);
  await creating(path, () => writeFileAtomic(path, ledger.text));
  return ledger;
}

async function check(dataDir: string, ledger: Ledger | null): Promise<void> {
  const { damages } = await verifyStore(dataDir, {
    checkDirectory: checkDirectoryStore,
    readLedger: async () => ledger,
  });
  const [first] = damages;
  if (first !== undefined) throw new Damaged(`what was restored is not right: ${first.store}: ${first.what}`);
}
