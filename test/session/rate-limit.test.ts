/** Paces on a clock of the test's own. */
import { describe, expect, it } from 'vitest';
import { type Limits, limits } from '../../src/limits.ts';
import { AddressLimits, networkOf } from '../../src/session/address-limits.ts';
import { RateLimit } from '../../src/session/rate-limit.ts';

function movingClock() {
  let now = 5_000;
  return {
    monotonicMs: () => now,
    pass(ms: number) {
      now += ms;
    },
  };
}

describe('a pace', () => {
  it('gives a burst at once, then one at a time, and says how long until the next', () => {
    const clock = movingClock();
    const limit = new RateLimit(clock, 10, 3, 100);
    expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 0, 100]);
    clock.pass(60);
    expect(limit.take('a')).toBe(40);
    clock.pass(40);
    expect([limit.take('a'), limit.take('a')]).toEqual([0, 100]);
    expect(limit.take('b')).toBe(0);
  });

  it('gives no more than the burst after the longest pause', () => {
    const clock = movingClock();
    const limit = new RateLimit(clock, 10, 3, 100);
    limit.take('a');
    clock.pass(3_600_000);
    expect([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 0, 100]);
  });

  it('is not prolonged by asking: what is refused takes nothing', () => {
    const clock = movingClock();
    const limit = new RateLimit(clock, 10, 1, 100);
    limit.take('a');
    for (let n = 0; n < 1_000; n += 1) expect(limit.take('a')).toBe(100);
    clock.pass(100);
    expect(limit.take('a')).toBe(0);
  });

  it('forgets whoever has paid off, and nobody else', () => {
    const clock = movingClock();
    const limit = new RateLimit(clock, 10, 2, 100);
    limit.take('once');
    limit.take('twice');
    limit.take('twice');
    clock.pass(100);
    limit.sweep();
    expect(limit.size).toBe(1);
    expect([limit.take('twice'), limit.take('twice')]).toEqual([0, 100]);
  });

  it('remembers no more than so many, whoever comes', () => {
    const limit = new RateLimit(movingClock(), 1, 1, 50);
    for (let n = 0; n < 10_000; n += 1) limit.take(`${n}`);
    expect(limit.size).toBe(50);
    expect(limit.take('9999')).toBeGreaterThan(0);
  });
});

describe('an address', () => {
  const few = { ...limits, connectionsPerAddressPerSecond: 1, connectionsPerAddressBurst: 2 };
  const fewer = { ...few, failedSignInsPerAddressPerMinute: 6 } as unknown as Limits;

  it('that failed too often is told so again a while later, and is never shut out for longer', () => {
    const clock = movingClock();
    const addresses = new AddressLimits(clock, fewer);
    for (let n = 0; n < 6; n += 1) expect(addresses.signInFailed('192.0.2.1')).toBe(0);
    // Somebody goes on trying for an hour.
    for (let n = 0; n < 3_600; n += 1) {
      expect(addresses.signInFailed('192.0.2.1')).toBeLessThanOrEqual(10_000);
      clock.pass(1_000);
    }
    expect(addresses.signInFailed('192.0.2.2')).toBe(0);
    clock.pass(60_000);
    for (let n = 0; n < 6; n += 1) expect(addresses.signInFailed('192.0.2.1')).toBe(0);
  });

  it('of IPv6 counts with its whole network', () => {
    const addresses = new AddressLimits(movingClock(), fewer);
    expect([1, 2, 3].map((n) => addresses.opened(`2001:db8:0:7::${n}`))).toEqual([0, 0, 1_000]);
    expect(addresses.opened('2001:db8:0:8::1')).toBe(0);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['', ''],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['fe80::1:2:3:4:5', 'fe80:0:0:1'],
    ['1::', '1:0:0:0'],
  ])('%j is of the network %j', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
