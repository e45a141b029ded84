/**
 * Runs a script of the tests as a process of its own, so that it can be killed or starved: compiled by the project's
 * compiler into `node_modules/.cache`, where its imports resolve, once for each test file.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

export interface Compiled {
  /** `before`: shell commands that run in the same process first, as limits do. `env`: beside that of the tests. */
  start(args: readonly string[], before?: string, env?: Readonly<Record<string, string>>): Running;
  destroy(): void;
}
export interface Running {
  readonly child: ChildProcess;
  /** All of its standard output so far. */
  output(): string;
  /** Resolves when it has said that many lines and one more, with that one. */
  line(number: number): Promise<{ readonly line: string }>;
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

/**
 * `script`: a file of the project that is a process, from the root, without its extension. `altered`: what another file
 * says instead of what it says.
 */
export function compile(script: string, altered?: Alteration): Compiled {
  const { path: compiled, destroy } = compileScript(script);
  if (altered !== undefined) alter(compiled.slice(0, -`${script}.js`.length), altered);
  return {
    start(given, before = 'true', env = {}) {
      // A process that dies of a signal, as readers of broken files do, leaves no core behind.
      const command = `ulimit -c 0; ${before}; exec "$0" "$@"`;
      const child = spawn('bash', ['-c', command, process.execPath, compiled, ...given], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      });
      const output = new Lines();
      child.stdout.setEncoding('utf8').on('data', (text: string) => output.add(text));
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
      return { child, output: () => output.text, line: (number) => output.line(number), ended };
    },
    destroy,
  };
}

/** A fault that is put into compiled sources. */
export interface Alteration {
  /** Compiled, from `src` on. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** `directory`: where `file` is found. Throws where it does not say what is to be replaced. */
export function alter(directory: string, { file, from, to }: Alteration): void {
  const path = [join(directory, 'src', file), join(directory, file)].find(existsSync);
  const source = path === undefined ? '' : readFileSync(path, 'utf8');
  if (path === undefined || !source.includes(from)) throw new Error(`${file} does not say ${from} any more`);
  writeFileSync(path, source.replace(from, to));
}

class Lines {
  #parts: string[] = [];
  #whole: string[] = [];
  #rest = '';
  #waiting: (() => void)[] = [];

  get text(): string {
    return this.#parts.join('');
  }

  add(text: string): void {
    this.#parts.push(text);
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.#whole.push(...lines);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async line(number: number): Promise<{ line: string }> {
    for (;;) {
      const line = this.#whole[number];
      if (line !== undefined) return { line };
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
