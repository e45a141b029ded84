/** Time and timers, the only ones of the server. Tests put a virtual clock in their place. */
export interface Timer {
  cancel(): void;
}
export interface Clock {
  /**
   * Microseconds since 1970: the time of what is recorded, and of waits that begin with it. Strictly increasing over all
   * calls and never below the floor. It takes the wall's time when the process begins, and goes on by itself whatever
   * the wall does then.
   */
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
  return {
    ...createTicks(() => (performance.timeOrigin + performance.now()) * 1000),
    now: () => Date.now() * 1000,
    monotonicMs: () => performance.now(),
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

/**
 * `steady`: microseconds since 1970 at which the process began by the wall, and what has passed since. Where the floor is
 * ahead of that, because the wall was set back since, ticks go on from the floor at half their pace until both meet: a wait
 * ends, in twice its time at most, and what was wrong once does not stay so for ever.
 */
export function createTicks(steady: () => number): Pick<Clock, 'tick' | 'raiseFloor'> {
  let last = 0;
  let ahead = { by: 0, since: 0 };
  const time = (): number => {
    const now = steady();
    return now + Math.max(0, ahead.by - (now - ahead.since) / 2);
  };
  return {
    tick() {
      last = Math.max(last + 1, Math.floor(time()));
      return last;
    },
    raiseFloor(micros) {
      last = Math.max(last, micros);
      if (micros <= time()) return;
      const since = steady();
      ahead = { by: micros - since, since };
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
