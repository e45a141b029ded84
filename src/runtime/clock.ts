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
