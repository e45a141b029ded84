import { PerformanceObserver } from 'node:perf_hooks';
import { describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../src/runtime/metrics.ts';

/** The samples of the text format by name and labels; fails on a line that is none. */
function samples(text: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ') || line.startsWith('# TYPE ')) continue;
    const [, name, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/.exec(line) as unknown as [string, string, string];
    found.set(name, Number(value));
  }
  return found;
}

describe('metrics', () => {
  it('count what they are told', async () => {
    const metrics = createMetrics();
    metrics.command('reply', 'ok');
    metrics.command('reply', 'ok');
    metrics.command('leave', 'refused');
    metrics.refusal('leave-starter');
    metrics.closed('drain');
    metrics.commit(3, 17);
    metrics.deliveries(40);
    metrics.deliveries(2);
    metrics.frameIn(120);
    metrics.frameOut(300);
    metrics.frameOut(600);
    metrics.slowConsumer();
    for (let asked = 0; asked < 2; asked += 1) {
      const found = samples(await metrics.text());
      expect(found.get('parley_commands_total{type="reply",outcome="ok"}')).toBe(2);
      expect(found.get('parley_commands_total{type="leave",outcome="refused"}')).toBe(1);
      expect(found.get('parley_refusals_total{name="leave-starter"}')).toBe(1);
      expect(found.get('parley_sessions_closed_total{name="drain"}')).toBe(1);
      expect(found.get('parley_commit_duration_seconds_sum')).toBe(0.003);
      expect(found.get('parley_commit_group_entries_bucket{le="16"}')).toBe(0);
      expect(found.get('parley_commit_group_entries_bucket{le="32"}')).toBe(1);
      expect(found.get('parley_commit_group_entries_bucket{le="+Inf"}')).toBe(1);
      expect(found.get('parley_commit_group_entries_count')).toBe(1);
      expect(found.get('parley_deliveries_total')).toBe(42);
      expect(found.get('parley_frames_in_bytes_total')).toBe(120);
      expect(found.get('parley_frames_in_total')).toBe(1);
      expect(found.get('parley_frames_out_total')).toBe(2);
      expect(found.get('parley_frames_out_bytes_total')).toBe(900);
      expect(found.get('parley_slow_consumers_total')).toBe(1);
    }
  });

  it('count each value in its bucket and in all above, the bounds included', async () => {
    const metrics = createMetrics();
    for (const ms of [0.5, 0.6, 5_000, 60_000]) metrics.commit(ms, 1);
    const text = await metrics.text();
    expect(text).toContain('# TYPE parley_commit_duration_seconds histogram');
    const at = (le: string) => samples(text).get(`parley_commit_duration_seconds_bucket{le="${le}"}`);
    expect([at('0.0005'), at('0.001'), at('1'), at('5'), at('+Inf')]).toEqual([1, 2, 2, 3, 4]);
    expect(samples(text).get('parley_commit_duration_seconds_count')).toBe(4);
  });

  it('look at what they watch when they are asked', async () => {
    const metrics = createMetrics();
    let sessions = 3;
    const watched = {
      sessions: () => sessions,
      residentConversations: () => 7,
      journalTailEntries: () => 11,
      unarchivedBytes: () => 5,
      archiveWaitingMs: () => 1_500,
      outboxRows: () => 2,
      readOnly: () => true,
    };
    metrics.watch(watched);
    expect(samples(await metrics.text()).get('parley_sessions')).toBe(3);
    sessions = 5;
    const found = samples(await metrics.text());
    expect(found.get('parley_sessions')).toBe(5);
    expect(found.get('parley_resident_conversations')).toBe(7);
    expect(found.get('parley_journal_tail_entries')).toBe(11);
    expect(found.get('parley_unarchived_bytes')).toBe(5);
    expect(found.get('parley_archive_write_seconds')).toBe(1.5);
    expect(found.get('parley_outbox_rows')).toBe(2);
    expect(found.get('parley_read_only')).toBe(1);
    metrics.watch({ ...watched, readOnly: () => false });
    expect(samples(await metrics.text()).get('parley_read_only')).toBe(0);
  });

  it('tell the delay of the event loop, and are each their own', async () => {
    const found = samples(await createMetrics().text());
    expect(found.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
    createMetrics().deliveries(5);
    expect(samples(await createMetrics().text()).get('parley_deliveries_total')).toBe(0);
  });

  it('watch their process once, however many servers it has had', async () => {
    createMetrics();
    const observe = vi.spyOn(PerformanceObserver.prototype, 'observe');
    const found = samples(await createMetrics().text());
    expect(found.has('process_cpu_seconds_total')).toBe(true);
    expect(observe).not.toHaveBeenCalled();
    observe.mockRestore();
  });
});
