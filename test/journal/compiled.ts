/**
 * Runs a script of this room as a process of its own, so that it can be killed or starved: compiled by the project's
 * compiler into `node_modules/.cache`, where its imports resolve, once for each test file.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface Compiled {
  /** `before`: shell commands that run in the same process first, as limits do. */
  start(args: readonly string[], before?: string): Running;
  destroy(): void;
}
export interface Running {
  readonly child: ChildProcess;
  /** All of its standard output so far. */
  output(): string;
  /** Resolves at its end with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** Compiles a file of the project and what it imports. `script`: from the root, without its extension. */
export function compileScript(script: string): { readonly path: string; destroy(): void } {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const out = mkdtempSync(join(cache, 'parley-test-'));
  const options = '--ignoreConfig --noCheck --skipLibCheck --target ES2023 --module NodeNext --types node';
  const extensions = '--allowImportingTsExtensions --rewriteRelativeImportExtensions';
  const args = [...options.split(' '), ...extensions.split(' '), '--rootDir', root, '--outDir', out];
  const entry = join(root, `${script}.ts`);
  execFileSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...args, entry]);
  // It says that the files are modules, and which version they are of.
  copyFileSync(join(root, 'package.json'), join(out, 'package.json'));
  return { path: join(out, `${script}.js`), destroy: () => rmSync(out, { recursive: true }) };
}

/** `script`: a file of `test/journal` without its extension. */
export function compile(script: string): Compiled {
  const { path: compiled, destroy } = compileScript(`test/journal/${script}`);
  return {
    start(given, before = 'true') {
      const command = `${before}; exec "$0" "$@"`;
      const child = spawn('bash', ['-c', command, process.execPath, compiled, ...given], {
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let output = '';
      child.stdout.on('data', (bytes) => {
        output += bytes;
      });
      let errors = '';
      child.stderr.on('data', (bytes) => {
        errors += bytes;
      });
      const ended = new Promise<number | string>((resolve) => {
        child.on('close', (code, signal) => {
          if (code !== 0 && errors !== '') process.stderr.write(errors);
          resolve(code ?? signal ?? 'gone');
        });
      });
      return { child, output: () => output, ended };
    },
    destroy,
  };
}
