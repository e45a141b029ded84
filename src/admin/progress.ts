/** How far a command is: on stderr, as a bar where somebody watches and as plain lines where a log does. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** `total` null = not known. */
  start(what: string, total: number | null): void;
  /** So many more are done. */
  advance(by?: number): void;
  end(): void;
}

const lineEveryMs = 2_000;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  return stream.isTTY ? barOn(stream) : linesOn(stream);
}

function barOn(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | null = null;
  const end = (): void => {
    bar?.stop();
    bar = null;
  };
  return {
    start(what, total) {
      end();
      const format = total === null ? `${what} {value}` : `${what} [{bar}] {value}/{total} {eta_formatted}`;
      bar = new SingleBar({ stream, format, hideCursor: true }, Presets.legacy);
      bar.start(total ?? Number.MAX_SAFE_INTEGER, 0);
    },
    advance: (by = 1) => bar?.increment(by),
    end,
  };
}

function linesOn(stream: NodeJS.WriteStream): Progress {
  let what = '';
  let total: number | null = null;
  let done = 0;
  let saidAt = 0;
  let said = -1;
  const say = (): void => {
    if (what === '' || said === done) return;
    said = done;
    saidAt = performance.now();
    stream.write(`${what}: ${done}${total === null ? '' : ` of ${total}`}\n`);
  };
  return {
    start(name, of) {
      say();
      [what, total, done, said] = [name, of, 0, -1];
      saidAt = performance.now();
    },
    advance(by = 1) {
      done += by;
      if (performance.now() - saidAt >= lineEveryMs) say();
    },
    end() {
      say();
      what = '';
    },
  };
}
