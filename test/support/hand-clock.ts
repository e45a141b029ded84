/** A clock that goes on when it is told to. */
export function handClock() {
  let now = 0;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    monotonicMs: () => now,
    after(ms: number, run: () => void) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    /** Timers that became due meanwhile all run late, at the end. */
    standStill(ms: number) {
      now += ms;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        timer.run();
      }
    },
    waiting: () => timers.size,
  };
}
