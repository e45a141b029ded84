/** A log that keeps what it is told. */
import type { Log } from '../../src/runtime/log.ts';

export interface Line {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly text: string;
}

export function recordedLog(): { readonly lines: Line[]; readonly log: Log } {
  const lines: Line[] = [];
  const at = (level: string) => (fields: object, text: string) =>
    void lines.push({ level, fields: { ...fields }, text });
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') };
  return { lines, log };
}
