/** JSON Lines: one object on each line; blank lines are passed over. */
import type { Raw } from './import-raw.ts';

export function* jsonLines(text: string): Generator<Raw> {
  let line = 0;
  for (const source of text.split('\n')) {
    line += 1;
    if (source.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(source);
    } catch {
      yield { line, field: '', reason: 'is not JSON' };
      continue;
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      yield { line, fields: value as Record<string, unknown> };
    } else yield { line, field: '', reason: 'is not an object' };
  }
}
