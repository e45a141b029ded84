/** The project's own files and what they import, for the checks of the house. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The top of the project. */
export const top = join(import.meta.dirname, '../..');

export interface Import {
  /** As written. */
  readonly from: string;
  /** For a relative one: the file it means, relative to the top; null for a package or a `node:` module. */
  readonly file: string | null;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** Relative to the top, with slashes. */
  readonly path: string;
  readonly text: string;
  /** `text` with every character of a comment made a blank, so that lines and columns stay. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** Every TypeScript file below `folder`. */
export function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(top, path), 'utf8');
      const code = withoutComments(text);
      return { path, text, code, imports: importsOf(path, code) };
    });
}

/** `path:line` of every match, for a message that can be clicked. */
export function placesOf(file: SourceFile, pattern: RegExp, text = file.code): string[] {
  return text.split('\n').flatMap((line, i) => (pattern.test(line) ? [`${file.path}:${i + 1}: ${line.trim()}`] : []));
}

function withoutComments(text: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, ' ');
  return text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(?<=^|\s)\/\/.*$/gm, blank);
}

function importsOf(path: string, code: string): Import[] {
  const found: Import[] = [];
  const statement = /^\s*(?:import|export)\s+(type\s)?([\w*{][^;'"()=]*?)\s*\bfrom\s*['"]([^'"]+)['"]/gm;
  for (const [, type, names, from = ''] of code.matchAll(statement)) {
    const parts = /^\{([\s\S]*)\}$/
      .exec(names ?? '')?.[1]
      ?.split(',')
      .filter((part) => part.trim() !== '');
    const allTypes = parts !== undefined && parts.length > 0 && parts.every((part) => part.trim().startsWith('type '));
    found.push({ from, file: resolve(path, from), typeOnly: type !== undefined || allTypes });
  }
  for (const [, from = ''] of code.matchAll(/\bimport\s*\(?\s*['"]([^'"]+)['"]/g)) {
    found.push({ from, file: resolve(path, from), typeOnly: false });
  }
  return found;
}

function resolve(path: string, from: string): string | null {
  return from.startsWith('.') ? relative(top, join(top, dirname(path), from)) : null;
}
