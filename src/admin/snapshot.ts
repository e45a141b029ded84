/** `parley snapshot`: a copy of the whole store, of a running server too. */
import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { writeSnapshot } from '../journal/snapshot.ts';
import { checkSnapshot } from '../journal/snapshot-check.ts';
import { yieldToOthers } from '../runtime/yield-to-others.ts';
import { jsonOption, makeCommand, printResult } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured } from './configured.ts';
import { phaseProgress } from './phase-progress.ts';
import { createProgress } from './progress.ts';
import { creating, requireFree } from './store-access.ts';

interface Flags {
  readonly to: string;
  readonly json?: true;
}

export function snapshotCommand(): Command {
  const command = makeCommand({
    name: 'snapshot',
    summary: 'copy the store of a running or stopped server',
    description: [
      'Writes a consistent, checksummed copy of the data directory as of the moment at which it begins: everything that',
      'had been acknowledged then is in it. A running server goes on meanwhile. The copy is read back and checked before',
      'this says that it is done. Secrets (admin-token, demo-secret) are not part of it.',
    ].join(' '),
    examples: [
      ['parley snapshot --data-dir /var/lib/parley --to /backup/$(date +%F)', 'one for each day'],
      ['parley snapshot --to /backup/now --json | jq .counts', 'and how much is in it'],
    ],
  })
    .requiredOption('--to <directory>', 'where to; must not be there, or be empty')
    .addOption(jsonOption());
  addConfigFlags(command, ['dataDir']);
  return command.action(async ({ to, json }: Flags) => {
    const { dataDir } = configured(command, ['to', 'json']);
    await requireFree(to);
    const progress = createProgress();
    const told = phaseProgress(progress);
    // A server may be busy on the same cores.
    yieldToOthers();
    const manifest = await creating(to, () => writeSnapshot({ dataDir, to, progress: told }));
    try {
      await checkSnapshot(to, told);
    } catch (error) {
      await rm(to, { recursive: true, force: true });
      throw error;
    } finally {
      progress.end();
    }
    const { counts, positions, createdAt } = manifest;
    await printResult(json, { to, ...manifest }, [
      `snapshot ${to} as of ${createdAt}`,
      `${counts.conversations} conversations, ${counts.events} events behind checkpoints, ${counts.journalEntries} journal entries`,
      `positions ${positions.map(({ head }) => head).join(', ')}`,
    ]);
  });
}
