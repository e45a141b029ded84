/** `parley import people|records FILE`. */
import { readFile } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import type { CrmRecord, ToldPerson } from '../directory/entities.ts';
import {
  formatOf,
  type ImportFormat,
  importFormats,
  importPeople,
  importRecords,
  type Parsed,
} from '../directory/import.ts';
import { UnreadableImport } from '../directory/import-raw.ts';
import { AdminRefused, AdminUnreachable, createAdminClient } from './admin-client.ts';
import { fail } from './command.ts';
import { addConfigFlags, configOf } from './config-flags.ts';
import { SecretUnreadable } from './config-secrets.ts';
import { exitCodes } from './exit-codes.ts';
import { type ImportKind, type LineReport, runImport } from './import-run.ts';

const help = `
Nothing is changed without --apply. It may be run again at any time: what is there already is "same", and an import
that was interrupted goes on where it stopped.

CSV needs a header: id,first,last,email,active for people, kind,id,name,view,edit for records. A right (view, edit) is
"everyone", "nobody", or ids separated by space or semicolon. JSON Lines have the same fields. vCard 3 and 4 have UID,
N or FN, EMAIL. Where active is not given it stays as it is; new people are active.

Examples:
  $ parley import people staff.csv
  $ parley import people staff.vcf --apply
  $ parley import records accounts.jsonl --apply --json > report.json
  $ parley import people export.csv --skip-columns "Phone,Job title" --admin-port 9001

Exit codes: 0 = no line refused, ${exitCodes.failed.code} = the file cannot be read, or some lines are refused (with --apply the others
are in), ${exitCodes.configuration.code} = the configuration is not good, ${exitCodes.unavailable.code} = the server cannot be reached or says no.`;

interface Options {
  readonly apply?: boolean;
  readonly json?: boolean;
  readonly all?: boolean;
  readonly format?: ImportFormat;
  readonly skipColumns?: string;
}
const ownOptions = ['apply', 'json', 'all', 'format', 'skipColumns'];

export function importCommand(): Command {
  const command = new Command('import').description('bring people or records into the running server');
  command.addHelpText('after', help);
  for (const kind of ['people', 'records'] as const) {
    const sub = command.command(`${kind} <file>`).description(`import ${kind} from a file; - = standard input`);
    sub.option('--apply', 'do it; without, only report what would be done');
    sub.option('--json', 'the report as one JSON object');
    sub.option('--all', 'report lines that are the same, too');
    sub.option('--skip-columns <names>', 'CSV columns to leave out, separated by commas');
    sub.addOption(new Option('--format <format>', 'otherwise by the name of the file').choices(importFormats));
    addConfigFlags(sub, ['dataDir', 'adminHost', 'adminPort', 'adminToken', 'adminTokenFile']);
    sub.addHelpText('after', help);
    sub.action((file: string, options: Options, self: Command) => run(kind, file, options, self));
  }
  return command;
}

async function run(kind: ImportKind, file: string, options: Options, command: Command): Promise<void> {
  const resolved = configOf(command, ownOptions);
  if ('errors' in resolved) return fail(resolved.errors);
  const reports: LineReport[] = [];
  try {
    const client = createAdminClient(resolved.config);
    const parsed = await parse(kind, file, options);
    const progress = new SingleBar({
      stream: process.stderr,
      format: `${kind} {bar} {value}/{total}`,
      clearOnComplete: true,
    });
    progress.start(parsed.length, 0);
    try {
      for await (const lines of runImport(client, kind, parsed, options.apply === true)) {
        reports.push(...lines);
        progress.update(reports.length);
      }
    } finally {
      progress.stop();
    }
  } catch (error) {
    stopped(error, reports.length, options);
    if (reports.length === 0) return;
  }
  if (process.exitCode === undefined && reports.some((one) => one.outcome === 'refused'))
    process.exitCode = exitCodes.failed.code;
  print(reports, options);
}

async function parse(
  kind: ImportKind,
  file: string,
  { format = formatOf(file) ?? undefined, skipColumns = '' }: Options,
): Promise<Parsed<ToldPerson | CrmRecord>[]> {
  if (format === undefined) throw new UnreadableImport(`say what ${file} is with --format ${importFormats.join('|')}`);
  const skipped = skipColumns.split(',').map((name) => name.trim());
  const bytes = await bytesOf(file);
  return kind === 'people' ? importPeople(bytes, format, skipped) : importRecords(bytes, format, skipped);
}

async function bytesOf(file: string): Promise<Uint8Array> {
  if (file !== '-') return readFile(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** Says on stderr why it ended early, and sets the exit code; a bug is thrown on. */
function stopped(error: unknown, done: number, { apply }: Options): void {
  if (error instanceof SecretUnreadable) return fail([error.message]);
  if (error instanceof UnreadableImport) return fail([error.message], 'failed');
  if (error instanceof AdminUnreachable || error instanceof AdminRefused) {
    const again = apply && done > 0 ? ` after ${done} lines; run it again to go on` : '';
    return fail([`${error.message}${again}`], 'unavailable');
  }
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') throw error;
  fail([`the file cannot be read: ${code}`], 'failed');
}

function print(reports: LineReport[], { json, all, apply }: Options): void {
  const count = (outcome: LineReport['outcome']) => reports.filter((one) => one.outcome === outcome).length;
  const summary = {
    applied: apply === true,
    added: count('added'),
    changed: count('changed'),
    same: count('same'),
    refused: count('refused'),
  };
  const lines = reports.filter((one) => all === true || one.outcome !== 'same').sort((a, b) => a.line - b.line);
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ ...summary, lines })}\n`);
    return;
  }
  for (const one of lines) {
    const what = one.outcome === 'refused' ? `${one.field} ${one.reason}`.trim() : one.id;
    process.stdout.write(`line ${one.line}: ${one.outcome} ${what}\n`);
  }
  const { added, changed, same, refused } = summary;
  const note = apply === true ? '' : ' (nothing was changed; --apply does it)';
  process.stdout.write(`${added} added, ${changed} changed, ${same} same, ${refused} refused${note}\n`);
}
