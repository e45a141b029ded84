/** What the load counts, and how it knows a message by its bytes. */
import { describe, expect, it } from 'vitest';
import { topicDialect } from '../../bench/dialects/topic.ts';
import { httpOver } from '../../bench/http-load.ts';
import { overBudget } from '../../bench/micro/measure.ts';
import { acknowledged, numberOf, PostFrame, refused } from '../../bench/post-frame.ts';
import { median, spreadOf } from '../../bench/report.ts';
import { secondHalf, slopeOf } from '../../bench/slope.ts';
import { Tally } from '../../bench/tally.ts';
import { encode } from '../../src/wire/codec.ts';
import { errorFrame } from '../../src/wire/errors.ts';

describe('what it counts', () => {
  it('tells lost, doubled and misordered messages apart', () => {
    const tally = new Tally(1, 3, 4);
    for (const number of [0, 1, 2]) tally.received(0, 0, number);
    for (const number of [0, 2, 1]) tally.received(0, 1, number);
    expect(tally.faults([3])).toEqual({ lost: 3, doubled: 0, misordered: 2 });
    expect(tally.received(0, 2, 0)).toBe(true);
    expect(tally.received(0, 2, 0)).toBe(false);
    expect(tally.faults([3])).toEqual({ lost: 2, doubled: 1, misordered: 2 });
    expect(() => tally.received(0, 2, 4)).toThrow('nobody sent a message with the number 4');
  });

  it('does not count as lost what a closed connection would fetch when it is back', () => {
    const tally = new Tally(2, 2, 2);
    for (const index of [0, 1]) tally.received(0, index, 0);
    tally.received(1, 0, 0);
    tally.gone(1, 1);
    expect(tally.faults([1, 1])).toEqual({ lost: 0, doubled: 0, misordered: 0 });
    expect(tally.faults([2, 1]).lost).toBe(2);
  });

  it('knows the numbers of posts, of their acknowledgements and of refusals, and of no other frame', () => {
    const post = new PostFrame((text, id) => topicDialect.post('c'.repeat(22), text, id)).numbered(4711);
    expect(numberOf(post, 0, post.length)).toBe(4711);
    expect(acknowledged(post, 8, post.length)).toBe(-1);
    const entry = { kind: 'message', seq: 9, at: 1, by: 'b', text: '~M00000012 and more of it' } as const;
    const push = Buffer.from(encode({ t: 'entries', at: [0, 1], conversation: 'c', entries: [entry], people: [] }));
    expect([numberOf(push, 0, push.length), acknowledged(push, 0, push.length)]).toEqual([12, -1]);
    // 32,333 is 0x7e4d: the bytes of a mark in the position, in front of the message's own.
    const chance = Buffer.from(
      encode({ t: 'entries', at: [0, 32_333], conversation: 'd', entries: [entry], people: [] }),
    );
    expect(chance.indexOf('~M')).toBeLessThan(chance.indexOf('~M00000012'));
    expect(numberOf(chance, 0, chance.length)).toBe(12);
    const ok = Buffer.from(encode({ t: 'ok', id: '~I00000013', result: { seq: 9 } }));
    expect([acknowledged(ok, 0, ok.length), refused(ok, 0, ok.length)]).toEqual([13, -1]);
    const busy = Buffer.from(encode(errorFrame('busy', { id: '~I00000014' })));
    expect([acknowledged(busy, 0, busy.length), refused(busy, 0, busy.length)]).toEqual([-1, 14]);
    const badge = Buffer.from(encode({ t: 'badge', badge: 1 }));
    expect(numberOf(badge, 0, badge.length)).toBe(-1);
  });

  it('takes of requests over the rounds the medians, and every one that was refused', () => {
    const of = (p99_ms: number, not_2xx: number) => [
      { endpoint: 'GET /livez', requests_per_s: 50, p50_ms: 1, p99_ms, not_2xx },
    ];
    expect(httpOver([of(3, 2), of(9, 0), of(5, 0)])).toEqual(of(5, 2));
  });

  it('names each operation that is over its budget, and no other', () => {
    const codec = {
      room: 'codec',
      name: 'a push',
      reference: 'JSON',
      micros: 3,
      referenceMicros: 1,
      ratio: 3,
      budget: 2,
    };
    expect(
      overBudget([
        { ...codec, met: false },
        { ...codec, name: 'a reply', met: true },
      ]),
    ).toEqual(['over budget: codec: a push: 3.00 × JSON, at most 2']);
  });

  it('finds a slope among samples that jump, and none where there is none', () => {
    const jumps = [0, 900, -300, 0, 40, 0, -7_000, 100];
    const leaking = jumps.map((jump, minute) => ({ minute, bytes: 1_000_000 + 250 * minute + jump / 10 }));
    expect(slopeOf(leaking)).toBeCloseTo(250, -2);
    expect(slopeOf(jumps.map((_, minute) => ({ minute, bytes: minute === 3 ? 5_000 : 70 })))).toBe(0);
    const warmingUp = [0, 1, 2, 3, 4, 5].map((minute) => ({ minute, bytes: Math.min(minute, 3) * 1_000 }));
    expect(slopeOf(secondHalf(warmingUp))).toBe(0);
    expect(slopeOf([{ minute: 0, bytes: 1 }])).toBeNaN();
  });

  it('takes the median of few values, and their spread', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([5])]).toEqual([2, 2.5, 5]);
    expect(spreadOf([2, 1, 4])).toEqual({ median: 2, min: 1, max: 4 });
  });
});
