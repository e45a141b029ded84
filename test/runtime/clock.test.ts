/** Deadlines that a machine which stands still does not miss by itself. */
import { describe, expect, it } from 'vitest';
import { deadline } from '../../src/runtime/clock.ts';
import { handClock } from '../support/hand-clock.ts';

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
