/**
 * `parley verify`: is everything in a data directory as it was written? The look is taken by a child process, because
 * LMDB maps its files: one that was truncated ends whoever reads it with SIGBUS, and that has to be reported, not suffered.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { dataPaths, readStoreMeta } from '../journal/data-directory.ts';
import { readLedger } from '../journal/erasure-ledger-file.ts';
import { Damaged } from '../journal/journal.ts';
import { rawRows } from '../journal/raw-environment.ts';
import { type Damage, verifyStore } from '../journal/verify.ts';
import { jsonOption, makeCommand, printResult, writeOut } from './command.ts';
import { addConfigFlags } from './config-flags.ts';
import { configured, ledgerPathOf } from './configured.ts';
import { exitCodes, Failure } from './exit-codes.ts';
import { phaseProgress } from './phase-progress.ts';
import { createProgress } from './progress.ts';
import { checkDirectoryStore } from './store-access.ts';

type StoreName = keyof ReturnType<typeof dataPaths>;
const storeNames: readonly StoreName[] = ['journal', 'archive', 'directory'];

interface Flags {
  readonly json?: true;
  readonly child?: 'all' | StoreName;
}
interface Report {
  readonly damages: readonly Damage[];
  readonly conversations: number;
  readonly events: number;
  readonly journalEntries: number;
}

export function verifyCommand(): Command {
  const command = makeCommand({
    name: 'verify',
    summary: 'check everything in a data directory',
    description: [
      'Reads everything: checksums, running hashes, states against their events, indexes, how the journal goes on from the',
      'archive, and the ledger of erasures against all of them. Changes nothing, and may run beside a server. Exits with 1 where anything is damaged, and says',
      'which store, which key and which conversation.',
    ].join(' '),
    examples: [
      ['parley verify --data-dir /var/lib/parley', 'by hand'],
      ['parley verify --json | jq .damages', 'for a program'],
    ],
  })
    .addOption(jsonOption())
    .addOption(new Option('--child <what>').choices(['all', ...storeNames]).hideHelp());
  addConfigFlags(command, ['dataDir', 'erasureLedger']);
  return command.action(async ({ json, child }: Flags) => {
    const config = configured(command, ['json', 'child']);
    const { dataDir } = config;
    const ledger = ledgerPathOf(config);
    if (child !== undefined) return child === 'all' ? lookAtAll(dataDir, ledger) : lookAt(dataDir, child);
    const report = await reportOf(dataDir, ledger);
    if (report.damages.length > 0) process.exitCode = exitCodes.failed.code;
    await printResult(json, { dataDir, ...report }, linesOf(dataDir, report));
  });
}

async function reportOf(dataDir: string, ledger: string): Promise<Report> {
  const nothing = { conversations: 0, events: 0, journalEntries: 0 };
  try {
    await readStoreMeta(dataDir);
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    return { ...nothing, damages: [damageOf('parley.json', error.message)] };
  }
  const looked = await inChild(dataDir, 'all', ['--erasure-ledger', ledger]);
  if (looked.code === exitCodes.ok.code) return JSON.parse(looked.stdout) as Report;
  const how = looked.signal ?? `${looked.code}`;
  if (looked.code === exitCodes.bug.code) throw new Failure('bug', `the look ended with ${how}`);
  const isDamage = looked.signal === null ? looked.code === exitCodes.failed.code : ofBrokenPages.has(looked.signal);
  if (!isDamage) throw new Failure('fenced', `the look was cut off (${how}), so nothing is known of ${dataDir}`);
  // It says nothing more, so each store is read for itself, to name the one that does this.
  const damages: Damage[] = [];
  for (const store of storeNames) {
    if (!existsSync(join(dataPaths(dataDir)[store], 'data.mdb'))) continue;
    const { code, signal } = await inChild(dataDir, store);
    if (signal !== null || code !== exitCodes.ok.code) damages.push(damageOf(store, unreadable(signal ?? `${code}`)));
  }
  if (damages.length === 0) {
    damages.push(damageOf('unknown', `the reader ended with ${how}, though it comes to the end of each store alone`));
  }
  return { ...nothing, damages };
}

/** Other signals come from outside: an operator, a machine without memory left. */
const ofBrokenPages: ReadonlySet<NodeJS.Signals> = new Set([
  'SIGBUS',
  'SIGSEGV',
  'SIGABRT',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
]);

function damageOf(store: string, what: string): Damage {
  return { store, key: null, conversation: null, what };
}

function unreadable(how: string): string {
  return `the file cannot be read to its end: truncated or broken pages (the reader ended with ${how})`;
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
}

/** This command again, in a process that may die. */
function inChild(dataDir: string, what: 'all' | StoreName, more: readonly string[] = []): Promise<Ended> {
  const args = [process.argv[1] as string, 'verify', '--data-dir', dataDir, '--child', what, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout }));
  });
}

async function lookAtAll(dataDir: string, ledger: string): Promise<void> {
  const progress = createProgress();
  const { damages, conversations, events, journalEntries } = await verifyStore(dataDir, {
    progress: phaseProgress(progress),
    checkDirectory: checkDirectoryStore,
    readLedger: () => readLedger(ledger),
  });
  progress.end();
  await writeOut(JSON.stringify({ damages, conversations, events, journalEntries } satisfies Report));
}

/** Touches every page; what it says does not matter, only whether it comes to its end. */
async function lookAt(dataDir: string, store: StoreName): Promise<void> {
  for (const { value } of rawRows(dataPaths(dataDir)[store])) value.at(-1);
}

function linesOf(dataDir: string, report: Report): string[] {
  const { damages, conversations, events, journalEntries } = report;
  const found = damages.map(({ store, key, conversation, what }) => {
    const where = [
      store,
      conversation === null ? '' : `conversation ${conversation}`,
      key === null ? '' : `key ${key}`,
    ];
    return `damaged: ${where.filter((part) => part !== '').join(', ')}: ${what}`;
  });
  if (found.length > 0) return found;
  return [
    `${dataDir} is as it was written: ${conversations} conversations, ${events} events, ${journalEntries} entries in the journal`,
  ];
}
