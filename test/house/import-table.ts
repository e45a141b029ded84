/** The table of rooms in docs/architecture.md, read so that the house can be held to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './source-files.ts';

/** The room of a file below src/: its folder, or for the files at the top of src/ their own name. */
export function roomOf(path: string): string {
  const [first = '', rest] = path.replace(/^src\//, '').split('/');
  return rest === undefined ? first : `${first}/`;
}

/**
 * Room → the rooms it may import. In the third column stand names of rooms, `nothing`, `all` or `everything`; `and what
 * they import` takes in what the named ones may import, and so on down. `limits.ts` is open to every room.
 */
export function importTable(): ReadonlyMap<string, ReadonlySet<string>> {
  const markdown = readFileSync(join(top, 'docs/architecture.md'), 'utf8');
  const rows = [...markdown.matchAll(/^\| (`.*?) \| .* \| ([^|]+) \|$/gm)].map(([, names = '', cell = '']) => ({
    rooms: [...names.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
    cell,
  }));
  const every = rows.flatMap((row) => row.rooms);
  const byName = new Map(every.map((room) => [room.replace(/\/$|\.ts$/, ''), room]));
  const table = new Map<string, Set<string>>();
  // Rows stand in the order of the flow, so that what a row names is known when it is read.
  for (const { rooms, cell } of rows) {
    const allowed = new Set<string>(cell === 'nothing' ? [] : ['limits.ts']);
    if (/^(all|everything)\b/.test(cell)) for (const room of every) allowed.add(room);
    for (const word of cell.matchAll(/[a-z]+/g)) {
      const named = byName.get(word[0]);
      if (named === undefined) continue;
      allowed.add(named);
      if (/and what (they|it) imports?/.test(cell)) for (const below of table.get(named) ?? []) allowed.add(below);
    }
    for (const room of rooms) table.set(room, allowed);
  }
  return table;
}
