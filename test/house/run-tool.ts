/** Runs one of the project's own tools as a developer would, and gives back all it said. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { top } from './source-files.ts';

/** `tool` is a name in node_modules/.bin. Resolves when it ends, whatever its exit code. */
export function runTool(tool: string, ...args: string[]): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(top, 'node_modules/.bin', tool), args, {
      cwd: top,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => {
        said += data.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
  });
}
