/** Times that only grow and do not stand still, and deadlines that a machine which stands still does not miss by itself. */
import { describe, expect, it } from 'vitest';
import { createTicks, deadline } from '../../src/runtime/clock.ts';
import { handClock } from '../support/hand-clock.ts';

describe('ticks', () => {
  it('are the time, strictly increasing where they are asked for within one moment', () => {
    let now = 1_000;
    const ticks = createTicks(() => now);
    expect([ticks.tick(), ticks.tick(), ticks.tick()]).toEqual([1_000, 1_001, 1_002]);
    now = 5_000;
    ticks.raiseFloor(3_000);
    expect(ticks.tick()).toBe(5_000);
  });

  it('go on behind a floor that is ahead, at half their pace until both meet', () => {
    const day = 86_400_000_000;
    let now = 0;
    const ticks = createTicks(() => now);
    ticks.raiseFloor(day - 1_000);
    ticks.raiseFloor(day);
    expect(ticks.tick()).toBe(day + 1);
    now = 2_000_000;
    expect(ticks.tick()).toBe(day + 1_000_000);
    now = 2 * day;
    expect(ticks.tick()).toBe(2 * day);
    now = 3 * day;
    expect(ticks.tick()).toBe(3 * day);
  });
});

describe('deadline', () => {
  it('runs when its time is over', () => {
    const clock = handClock();
    let ran = 0;
    deadline(clock, 5_000, () => {
      ran += 1;
    });
    clock.standStill(4_999);
    expect(ran).toBe(0);
    clock.standStill(1);
    expect(ran).toBe(1);
    expect(clock.waiting()).toBe(0);
  });

  it('begins anew where the process stood still, as often as it does', () => {
    const clock = handClock();
    let ran = 0;
    const timer = deadline(clock, 5_000, () => {
      ran += 1;
    });
    clock.standStill(60_000);
    clock.standStill(60_000);
    expect(ran).toBe(0);
    clock.standStill(5_000);
    expect(ran).toBe(1);
    timer.cancel();
    expect(clock.waiting()).toBe(0);
  });

  it('is cancelled, also after it began anew', () => {
    const clock = handClock();
    const timer = deadline(clock, 5_000, () => {
      throw new Error('cancelled');
    });
    clock.standStill(60_000);
    timer.cancel();
    clock.standStill(5_000);
    expect(clock.waiting()).toBe(0);
  });
});
