/** CSV with a header, separated by comma, semicolon or tab, as the header has it. */
import { CsvError, parse } from 'csv-parse/sync';
import { limits } from '../limits.ts';
import { type Raw, UnreadableImport } from './import-raw.ts';

interface Row {
  readonly record: readonly string[];
  /** `lines`: the last one of the row. */
  readonly info: { readonly lines: number };
}

/** Rows as fields by column; an empty cell is a missing field. Columns outside `known` must be in `skipped`. */
export function csvRows(text: string, known: readonly string[], skipped: readonly string[]): Raw[] {
  const raws: Raw[] = [];
  // The library counts a CRLF between quotes as two lines.
  const rows = rowsOf(text.replace(/\r\n?/g, '\n'));
  const header = rows.shift();
  if (header === undefined) throw new UnreadableImport('the file is empty');
  const columns = columnsOf(header.record, known, skipped);
  for (const row of rows) {
    const { record } = row;
    const line = firstLineOf(row);
    if (record.length === columns.length) raws.push({ line, fields: fieldsOf(record, columns) });
    else raws.push({ line, field: '', reason: `has ${record.length} cells where the header has ${columns.length}` });
  }
  return raws;
}

/** A quote out of place spoils everything behind it, without a sign where: then nothing is taken from the file. */
function rowsOf(text: string): Row[] {
  try {
    const rows = parse(text, {
      delimiter: delimiterOf(text),
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: limits.adminBodyMaxBytes,
    });
    // With `info` the library gives rows of this form; its types know only those without.
    return rows as unknown as Row[];
  } catch (error) {
    if (error instanceof CsvError) throw new UnreadableImport(`line ${Number(error.lines)} is not CSV (${error.code})`);
    throw error;
  }
}

/** Quoted cells may go over several lines. */
function firstLineOf({ record, info }: Row): number {
  return info.lines - record.reduce((ends, cell) => ends + cell.split('\n').length - 1, 0);
}

function delimiterOf(text: string): string {
  const [header = ''] = /.+/.exec(text) ?? [];
  return [',', ';', '\t'].find((one) => header.includes(one)) ?? ',';
}

/** Null where a column is skipped. */
function columnsOf(header: readonly string[], known: readonly string[], skipped: readonly string[]): (string | null)[] {
  const columns = header.map((cell) => {
    const name = cell.trim().toLowerCase();
    if (known.includes(name)) return name;
    if (skipped.includes(cell.trim())) return null;
    // Not passed over in silence: a mistyped column could be the one that says who is inactive.
    throw new UnreadableImport(`the column ${JSON.stringify(cell.slice(0, 64))} is none of ${known.join(', ')}`);
  });
  const named = columns.filter((name) => name !== null);
  if (new Set(named).size !== named.length) throw new UnreadableImport('the header names a column twice');
  if (!named.includes('id')) throw new UnreadableImport('the header has no column id');
  return columns;
}

function fieldsOf(record: readonly string[], columns: readonly (string | null)[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [at, name] of columns.entries()) {
    if (name !== null && record[at] !== '') fields[name] = record[at];
  }
  return fields;
}
