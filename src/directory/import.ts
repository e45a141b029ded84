/**
 * Files of people and records, read line by line into entities. Pure: bytes in, entities and refusals out; comparing
 * them with what is there, and writing them, is for whoever asked. A line that is refused costs that line only.
 */
import { isUtf8 } from 'node:buffer';
import { limits } from '../limits.ts';
import type { CrmRecord, ToldPerson } from './entities.ts';
import { InvalidEntity, validPerson, validRecord } from './entity-validation.ts';
import { csvRows } from './import-csv.ts';
import { jsonLines } from './import-json-lines.ts';
import { type Raw, type Refused, UnreadableImport } from './import-raw.ts';
import { vcards } from './import-vcard.ts';

export const importFormats = ['csv', 'jsonl', 'vcard'] as const;
export type ImportFormat = (typeof importFormats)[number];

export type Parsed<T> = { readonly line: number; readonly entity: T } | Refused;

/** By the file's name; null where it does not tell. */
export function formatOf(file: string): ImportFormat | null {
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  return /\.(vcf|vcard)$/i.test(file) ? 'vcard' : null;
}

/** Columns of CSV: id, first, last, email, active. vCard 3 and 4: UID, N or FN, EMAIL. `skipped`: CSV columns left out. */
export function importPeople(
  bytes: Uint8Array,
  format: ImportFormat,
  skipped: readonly string[] = [],
): Parsed<ToldPerson>[] {
  const text = textOf(bytes);
  const raw =
    format === 'csv'
      ? csvRows(text, ['id', 'first', 'last', 'email', 'active'], skipped)
      : format === 'jsonl'
        ? jsonLines(text)
        : vcards(text);
  return onceEach(raw, personFrom, (person) => person.id);
}

/** Columns of CSV: kind, id, name, view, edit; a right is `everyone`, `nobody`, or ids separated by space or semicolon. */
export function importRecords(
  bytes: Uint8Array,
  format: ImportFormat,
  skipped: readonly string[] = [],
): Parsed<CrmRecord>[] {
  if (format === 'vcard') throw new UnreadableImport('records come from CSV or JSON Lines');
  const text = textOf(bytes);
  const raw = format === 'csv' ? csvRows(text, ['kind', 'id', 'name', 'view', 'edit'], skipped) : jsonLines(text);
  return onceEach(raw, recordFrom, (record) => `${record.kind}/${record.id}`);
}

/** Without the mark that some programs put before UTF-8. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length > limits.importFileMaxBytes) {
    throw new UnreadableImport(`the file is larger than ${limits.importFileMaxBytes} bytes`);
  }
  if (!isUtf8(bytes)) throw new UnreadableImport(`line ${firstBadLine(bytes)} is not UTF-8`);
  return new TextDecoder().decode(bytes);
}

function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(from, to))) return line;
    from = to + 1;
  }
  return line;
}

/** An id may stand in the file once: otherwise a second run would change again what the first one left. */
function onceEach<T>(
  raws: Iterable<Raw>,
  from: (fields: Readonly<Record<string, unknown>>) => T,
  idOf: (entity: T) => string,
): Parsed<T>[] {
  const parsed: Parsed<T>[] = [];
  const lines = new Map<string, number>();
  for (const raw of raws) {
    if ('reason' in raw) {
      parsed.push(raw);
      continue;
    }
    const { line } = raw;
    try {
      const entity = from(raw.fields);
      const before = lines.get(idOf(entity));
      if (before !== undefined) throw new InvalidEntity('id', `stands on line ${before} already`);
      lines.set(idOf(entity), line);
      parsed.push({ line, entity });
    } catch (error) {
      if (!(error instanceof InvalidEntity)) throw error;
      parsed.push({ line, field: error.field, reason: error.reason });
    }
  }
  return parsed;
}

const activeWords = new Map<unknown, boolean>(
  ['true', 'yes', '1', 'false', 'no', '0'].map((word, at) => [word, at < 3] as const),
);

function personFrom(fields: Readonly<Record<string, unknown>>): ToldPerson {
  const { active: said, ...rest } = fields;
  const word = typeof said === 'string' ? said.trim().toLowerCase() : said;
  const active = activeWords.get(word) ?? word;
  return validPerson(active === undefined || active === '' ? rest : { ...rest, active });
}

function recordFrom(fields: Readonly<Record<string, unknown>>): CrmRecord {
  return validRecord({ ...fields, view: rightFrom('view', fields.view), edit: rightFrom('edit', fields.edit) });
}

/**
 * What is left empty is missing, not nobody's: a forgotten column must not hide every record. Nor must `Everyone`, taken
 * for somebody's id.
 */
function rightFrom(field: string, right: unknown): unknown {
  if (typeof right !== 'string') return right;
  const words = right.split(/[\s;]+/).filter((word) => word !== '');
  const groups = words.map((word) => word.toLowerCase()).filter((word) => word === 'everyone' || word === 'nobody');
  if (groups.length === 0) return words.length === 0 ? undefined : words;
  if (words.length > 1) throw new InvalidEntity(field, 'names everyone or nobody beside others');
  return groups[0] === 'everyone' ? 'everyone' : [];
}
