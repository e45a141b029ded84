/** Time and timers, the only ones of the server. Tests put a virtual clock in their place. */
export interface Timer {
  cancel(): void;
}
export interface Clock {
  /** Microseconds since 1970. Strictly increasing over all calls and never below `floor`, whatever the wall does. */
  tick(): number;
  /** Microseconds since 1970, for comparing with deadlines; may go back with the wall. */
  now(): number;
  /** Monotonic milliseconds, for durations. */
  monotonicMs(): number;
  /** Later ticks exceed `micros`: called after replay with the newest recorded time. */
  raiseFloor(micros: number): void;
  after(ms: number, run: () => void): Timer;
  every(ms: number, run: () => void): Timer;
  /** Runs after the I/O events of this turn have all been handled: where a group forms. */
  soon(run: () => void): void;
}

export function systemClock(): Clock {
  let last = 0;
  return {
    tick() {
      last = Math.max(last + 1, Math.floor((performance.timeOrigin + performance.now()) * 1000));
      return last;
    },
    now: () => Date.now() * 1000,
    monotonicMs: () => performance.now(),
    raiseFloor(micros) {
      last = Math.max(last, micros);
    },
    after(ms, run) {
      const handle = setTimeout(run, ms);
      return { cancel: () => clearTimeout(handle) };
    },
    every(ms, run) {
      const handle = setInterval(run, ms);
      handle.unref();
      return { cancel: () => clearInterval(handle) };
    },
    soon(run) {
      setImmediate(run);
    },
  };
}

/** Later than this, and it is not the timer that was late: the process, or the machine under it, stood still. */
const stoodStillMs = 500;

/**
 * Runs after `ms` in which this process was there. Where it stood still meanwhile (a suspended machine, a debugger, a
 * snapshot of the machine), what was waited for stood still as well, and has its time anew.
 */
export function deadline(clock: Pick<Clock, 'after' | 'monotonicMs'>, ms: number, run: () => void): Timer {
  const dueMs = clock.monotonicMs() + ms;
  let timer = clock.after(ms, () => {
    if (clock.monotonicMs() - dueMs > stoodStillMs) timer = deadline(clock, ms, run);
    else run();
  });
  return { cancel: () => timer.cancel() };
}
