/** Imports point down the flow (docs/architecture.md): the table there is the rule, and this reads it. */
import { describe, expect, it } from 'vitest';
import { importTable, roomOf } from './import-table.ts';
import { sourceFiles } from './source-files.ts';

const files = sourceFiles('src');
const byPath = new Map(files.map((file) => [file.path, file]));
const table = importTable();

describe('the table of rooms', () => {
  it('is read as it is meant', () => {
    const allowed = (room: string): string[] => [...(table.get(room) ?? [])].sort();
    expect(allowed('runtime/')).toEqual([]);
    expect(allowed('wire/')).toEqual(['limits.ts', 'messagepack.ts']);
    expect(allowed('journal/')).toEqual(['conversation/', 'limits.ts', 'messagepack.ts', 'runtime/']);
    expect(allowed('session/')).toContain('directory/');
    expect(allowed('session/')).not.toContain('transport/');
    expect(allowed('server.ts')).toContain('transport/');
  });

  it('names every room there is', () => {
    const unknown = [...new Set(files.map((file) => roomOf(file.path)))].filter((room) => !table.has(room));
    expect(unknown, 'Give each of these a row in docs/architecture.md, or put its files into a room.').toEqual([]);
  });

  it('allows every import', () => {
    const wrong = files.flatMap((file) =>
      file.imports.flatMap(({ file: target }) => {
        if (!target?.startsWith('src/')) return [];
        const [from, to] = [roomOf(file.path), roomOf(target)];
        return from === to || table.get(from)?.has(to)
          ? []
          : [`${file.path} imports ${target}: ${from} may not use ${to}`];
      }),
    );
    const mend =
      'Declare a port in the room that needs it and hand the adapter in from src/server.ts, or move the code down.';
    expect(wrong, mend).toEqual([]);
  });
});

describe('imports', () => {
  it('are all found, with what they mean', () => {
    const transport = byPath.get('src/transport/transport-uws.ts')?.imports ?? [];
    expect(transport).toContainEqual({ from: '../limits.ts', file: 'src/limits.ts', typeOnly: false });
    expect(transport).toContainEqual({ from: '../runtime/log.ts', file: 'src/runtime/log.ts', typeOnly: true });
    expect(transport).toContainEqual({ from: 'uWebSockets.js', file: null, typeOnly: false });
    expect(files.flatMap((file) => file.imports).length).toBeGreaterThan(files.length);
  });

  it('mean files that exist', () => {
    const lost = files.flatMap((file) =>
      file.imports.flatMap(({ file: target, from }) =>
        target?.startsWith('src/') && !byPath.has(target) ? [`${file.path}: ${from}`] : [],
      ),
    );
    expect(lost, 'Write the path with its .ts, relative to the importing file.').toEqual([]);
  });

  it.each(['src', 'bench'])('of %s have no circles, those of types alone included', (folder) => {
    const all = new Map(sourceFiles(folder).map((file) => [file.path, file]));
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): void => {
      const at = trail.indexOf(path);
      if (at >= 0) circles.push([...trail.slice(at), path].join(' → '));
      if (at >= 0 || done.has(path)) return;
      for (const { file } of all.get(path)?.imports ?? []) if (file !== null) visit(file, [...trail, path]);
      done.add(path);
    };
    for (const path of all.keys()) visit(path, []);
    expect(circles, 'Move what both need into a file of its own.').toEqual([]);
  });

  it.each([
    ['uWebSockets', 'src/transport/transport-uws.ts'],
    ['msgpackr', 'src/messagepack.ts'],
  ])('of %s stand in %s alone', (name, path) => {
    const importers = files.filter((file) => file.imports.some(({ from }) => from.startsWith(name)));
    expect(importers.map((file) => file.path)).toEqual([path]);
  });

  it('of adapters stand in their own room, the composition root and the command line', () => {
    const wrong = files.flatMap((file) =>
      file.imports.flatMap(({ file: target, typeOnly }) => {
        if (typeOnly || target === null || !/-(lmdb|memory|uws|ws|jwt|smtp)\.ts$/.test(target)) return [];
        const from = roomOf(file.path);
        const root = ['server.ts', 'stores.ts', 'admin/'].includes(from);
        return root || from === roomOf(target) ? [] : [`${file.path}: ${target}`];
      }),
    );
    expect(wrong, 'Take the port as a parameter; src/server.ts and src/stores.ts choose the adapter.').toEqual([]);
  });

  it('of the pure rooms name no I/O', () => {
    const packages: Record<string, readonly string[]> = {
      'limits.ts': [],
      'wire/': ['typebox', 'typebox/compile', 'typebox/value', 'typebox/schema'],
      'conversation/': ['xstate'],
    };
    const wrong = files.flatMap((file) => {
      const allowed = packages[roomOf(file.path)];
      return file.imports.flatMap(({ file: target, from }) =>
        allowed === undefined || target !== null || allowed.includes(from) ? [] : [`${file.path}: ${from}`],
      );
    });
    expect(wrong, 'The rules and the wire are pure: do this in another room and hand its result in.').toEqual([]);
  });

  it('reach nothing of Node from the client that browsers load', () => {
    const reached = new Set<string>();
    const wrong: string[] = [];
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const { file, from, typeOnly } of byPath.get(path)?.imports ?? []) {
        if (typeOnly) continue;
        if (file !== null) visit(file);
        else if (from.startsWith('node:') || from === 'ws') wrong.push(`${path}: ${from}`);
      }
    };
    visit('src/client/index.ts');
    expect(reached.size).toBeGreaterThan(1);
    expect(wrong, 'What needs Node belongs behind src/client/node.ts.').toEqual([]);
  });
});
