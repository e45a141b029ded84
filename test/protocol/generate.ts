/**
 * Everything in `protocol/` that is made from the source. `UPDATE_GENERATED=1` writes it; without, the tests compare
 * and fail where it is stale.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asyncApi, jsonSchema } from './generate-schema.ts';
import { closeCodeList, errorList, limitList, tables } from './generate-tables.ts';
import { invalidVectors, validVectors } from './generate-vectors.ts';

export const protocolDirectory = fileURLToPath(new URL('../../protocol/', import.meta.url));

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** PROTOCOL.md with its tables as they should be; the prose between them is written by hand. */
function protocolDocument(): string {
  const text = readFileSync(join(protocolDirectory, 'PROTOCOL.md'), 'utf8');
  const used = new Set<string>();
  const filled = text.replaceAll(/(<!-- generated: ([\w ]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, head, name, end) => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`PROTOCOL.md asks for a table "${name}" that there is not`);
    used.add(name);
    return `${head}\n${table()}\n\n${end}`;
  });
  for (const name of tables.keys()) if (!used.has(name)) throw new Error(`PROTOCOL.md has no place for "${name}"`);
  return filled;
}

/** Content by path below `protocol/`. */
export function generatedFiles(): Map<string, string> {
  const files = new Map([
    ['PROTOCOL.md', protocolDocument()],
    ['schema.json', json(jsonSchema())],
    ['asyncapi.json', json(asyncApi())],
    ['errors.json', json(errorList())],
    ['close-codes.json', json(closeCodeList())],
    ['limits.json', json(limitList())],
  ]);
  for (const [name, vector] of validVectors()) files.set(`vectors/valid/${name}.json`, json(vector));
  for (const [name, vector] of invalidVectors()) files.set(`vectors/invalid/${name}.json`, json(vector));
  return files;
}

/** Paths of vectors that are there and no longer made. */
export function leftovers(files: ReadonlyMap<string, string>): string[] {
  return ['vectors/valid', 'vectors/invalid'].flatMap((directory) => {
    let names: string[] = [];
    try {
      names = readdirSync(join(protocolDirectory, directory));
    } catch {
      // Not made yet.
    }
    return names.map((name) => `${directory}/${name}`).filter((path) => !files.has(path));
  });
}

export function writeGenerated(): void {
  const files = generatedFiles();
  for (const path of leftovers(files)) rmSync(join(protocolDirectory, path));
  for (const [path, content] of files) {
    const file = join(protocolDirectory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
