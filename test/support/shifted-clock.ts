/** The system's clock, for tests that let hours pass at once: what is compared with deadlines jumps, timers run as ever. */
import { type Clock, systemClock } from '../../src/runtime/clock.ts';

export interface ShiftedClock extends Clock {
  pass(ms: number): void;
}

export function shiftedClock(): ShiftedClock {
  const clock = systemClock();
  let micros = 0;
  return {
    ...clock,
    tick: () => clock.tick() + micros,
    now: () => clock.now() + micros,
    raiseFloor: (floor) => clock.raiseFloor(floor - micros),
    pass(ms) {
      micros += ms * 1_000;
    },
  };
}
