/**
 * Metrics, in the text format of Prometheus. What happens for each frame only counts up a number of our own; the
 * library sees it when somebody asks. No label holds user text: types, outcomes and names of refusals come from fixed
 * lists.
 */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';

export type Outcome = 'ok' | 'refused' | 'failed';
/** `failed`: dropped for good; `retried`: kept, and tried again later. */
export type MailOutcome = 'sent' | 'failed' | 'retried';

/** Looked at when somebody asks for the metrics; each must be cheap and must not throw. */
export interface Watched {
  readonly sessions: () => number;
  readonly residentConversations: () => number;
  /** Entries of the journal that are not behind a checkpoint, over all partitions. */
  readonly journalTailEntries: () => number;
  readonly unarchivedBytes: () => number;
  /** For how long the archive's write under way has been waited for. */
  readonly archiveWaitingMs: () => number;
  readonly outboxRows: () => number;
  readonly readOnly: () => boolean;
}

export interface Metrics {
  /** A command was answered. `type`: a command's name of the protocol. */
  command(type: string, outcome: Outcome): void;
  /** `name`: of `wire/errors.ts`. */
  refusal(name: string): void;
  /** One group became durable. */
  commit(durationMs: number, entries: number): void;
  /** Frames that told someone of something new, over all the sessions they went to. */
  deliveries(count: number): void;
  /** One frame came from a client, or was handed to the socket of one. */
  frameIn(bytes: number): void;
  frameOut(bytes: number): void;
  /** The same frame was handed to so many sockets. */
  framesOut(count: number, bytes: number): void;
  /** A session was closed because it read too slowly. */
  slowConsumer(): void;
  /** Sessions closed, by the name of the close code. */
  closed(name: string): void;
  /** Stored bytes were not what was written: made again from others, or whoever asked was refused. */
  damage(outcome: 'mended' | 'refused'): void;
  /** The mail server was asked to take a mail. */
  mail(outcome: MailOutcome): void;
  watch(watched: Watched): void;
  text(): Promise<string>;
}

let processMetrics: Registry | null = null;

/**
 * Memory, CPU, garbage collection, and the event loop's delay as perf_hooks measures it: once, as they go on to the end of
 * the process.
 */
function metricsOfProcess(): Registry {
  if (processMetrics === null) {
    processMetrics = new Registry();
    collectDefaultMetrics({ register: processMetrics, eventLoopMonitoringPrecision: 20 });
  }
  return processMetrics;
}

/** Metrics of one server, beside those of its process. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  for (const metric of metricsOfProcess().getMetricsAsArray()) registry.registerMetric(metric as unknown as Metric);

  const commands = labelled(registry, 'parley_commands_total', 'Commands answered.', ['type', 'outcome']);
  const refusals = labelled(registry, 'parley_refusals_total', 'Refusals, by name.', ['name']);
  const closes = labelled(registry, 'parley_sessions_closed_total', 'Sessions closed by the server.', ['name']);
  const mails = labelled(registry, 'parley_mails_total', 'E-mails, by what became of each attempt.', ['outcome']);
  const damages = labelled(registry, 'parley_damages_total', 'Damage met in the archive.', ['outcome']);
  const deliveries = plain(registry, 'parley_deliveries_total', 'Frames that told a session of something new.');
  const framesIn = plain(registry, 'parley_frames_in_total', 'Frames from clients.');
  const bytesIn = plain(registry, 'parley_frames_in_bytes_total', 'Bytes of frames from clients.');
  const framesOut = plain(registry, 'parley_frames_out_total', 'Frames to clients.');
  const bytesOut = plain(registry, 'parley_frames_out_bytes_total', 'Bytes of frames to clients.');
  const slow = plain(registry, 'parley_slow_consumers_total', 'Sessions closed because they read too slowly.');
  const commitSeconds = histogram(
    registry,
    'parley_commit_duration_seconds',
    'From handing a group to the journal until it is durable.',
    [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 5],
  );
  const groupEntries = histogram(
    registry,
    'parley_commit_group_entries',
    'Journal entries in one group.',
    [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
  );

  return {
    command: (type, outcome) => commands(type, outcome),
    refusal: (name) => refusals(name),
    closed: (name) => closes(name),
    commit(durationMs, entries) {
      commitSeconds(durationMs / 1000);
      groupEntries(entries);
    },
    deliveries,
    frameIn(bytes) {
      framesIn(1);
      bytesIn(bytes);
    },
    frameOut(bytes) {
      framesOut(1);
      bytesOut(bytes);
    },
    framesOut(count, bytes) {
      framesOut(count);
      bytesOut(count * bytes);
    },
    slowConsumer: () => slow(1),
    damage: (outcome) => damages(outcome),
    mail: (outcome) => mails(outcome),
    watch(watched) {
      gauge(registry, 'parley_sessions', 'Connections, signed in or not.', watched.sessions);
      gauge(registry, 'parley_resident_conversations', 'Conversations in memory.', watched.residentConversations);
      gauge(registry, 'parley_journal_tail_entries', 'Entries not yet in the archive.', watched.journalTailEntries);
      gauge(registry, 'parley_unarchived_bytes', 'Bytes of entries not yet in the archive.', watched.unarchivedBytes);
      gauge(
        registry,
        'parley_archive_write_seconds',
        'For how long the archive’s write under way has been waited for.',
        () => watched.archiveWaitingMs() / 1000,
      );
      gauge(registry, 'parley_outbox_rows', 'E-mails that wait.', watched.outboxRows);
      gauge(registry, 'parley_read_only', '1 while commands are refused for want of disk.', () =>
        watched.readOnly() ? 1 : 0,
      );
    },
    text: () => registry.metrics(),
  };
}

/** A counter as a number of ours. */
function plain(registry: Registry, name: string, help: string): (by: number) => void {
  let total = 0;
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(total);
    },
  });
  return (by) => {
    total += by;
  };
}

/** A histogram as an array of ours: the library's hashes labels, of which there are none here, for each observation. */
function histogram(registry: Registry, name: string, help: string, buckets: readonly number[]) {
  const counts = [...buckets.map(() => 0), 0];
  let sum = 0;
  const values = () => {
    let upTo = 0;
    const filled = counts.map((count, index) => {
      upTo += count;
      return { metricName: `${name}_bucket`, labels: { le: buckets[index] ?? '+Inf' }, value: upTo };
    });
    return [
      ...filled,
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: upTo },
    ];
  };
  // All that the registry asks of a metric, though its types want a class of the library's own.
  const metric = { name, help, get: async () => ({ name, help, type: 'histogram', values: values() }) };
  registry.registerMetric(metric as unknown as Metric);
  return (value: number): void => {
    const found = buckets.findIndex((most) => value <= most);
    const index = found === -1 ? buckets.length : found;
    counts[index] = (counts[index] as number) + 1;
    sum += value;
  };
}

/** A counter with labels as a map of ours; the labels' values are joined by a space, which none of them holds. */
function labelled(registry: Registry, name: string, help: string, labelNames: string[]) {
  const totals = new Map<string, number>();
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [joined, total] of totals) this.labels(...joined.split(' ')).inc(total);
    },
  });
  return (...values: string[]): void => {
    const joined = values.length === 1 ? (values[0] as string) : values.join(' ');
    totals.set(joined, (totals.get(joined) ?? 0) + 1);
  };
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  registry.removeSingleMetric(name);
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}
