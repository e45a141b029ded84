/** What a replay says in the end. */
import type { Performance } from './check.ts';
import type { Percentiles } from './latencies.ts';

export interface Summary {
  readonly files: readonly FileSummary[];
  /** Each with a connection of their own; who is in several logs counts once. */
  readonly people: number;
  readonly messages: number;
  readonly joins: number;
  readonly leaves: number;
  /** Rule → how often it refused. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Entries that clients were told of while it happened. */
  readonly deliveries: number;
  /** Of those, how many came as a push of new entries rather than on a card. */
  readonly pushes: number;
  readonly reconnects: number;
  readonly seconds: number;
  readonly commandsPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** Milliseconds. */
  readonly latency: { readonly acknowledgement: Percentiles; readonly delivery: Percentiles };
  readonly copiesChecked: number;
  readonly differenceCount: number;
  /** The first of them. */
  readonly differences: readonly string[];
}

export interface FileSummary {
  readonly file: string;
  readonly conversation: string;
  readonly people: number;
  readonly messages: number;
  readonly joins: number;
  readonly leaves: number;
  readonly refusals: Readonly<Record<string, number>>;
  readonly renames: number;
  /** Lines that ask for nothing: joins of people who were in, leaves of people who were not. */
  readonly nothingToDo: number;
  /** Lines that were passed over. */
  readonly skipped: { readonly blank: number; readonly actions: number; readonly other: number };
}

export const differencesShown = 100;

export function fileSummaryOf({ played }: Performance): FileSummary {
  const { script, conversation, messages, joins, leaves, nothingToDo } = played;
  const { name, people, renames, skipped } = script;
  const refusals = countBy(played.refusals.values());
  return {
    file: name,
    conversation,
    people: people.size,
    messages,
    joins,
    leaves,
    refusals,
    renames,
    nothingToDo,
    skipped,
  };
}

export function countBy(names: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export function summaryLines(summary: Summary): string[] {
  const { latency, refusals } = summary;
  const refused = Object.entries(refusals).map(([rule, count]) => `${rule} ${count}`);
  const times = ({ p50, p90, p99, max }: Percentiles) =>
    `p50 ${p50.toFixed(1)}, p90 ${p90.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms`;
  return [
    ...summary.files.flatMap(fileLines),
    `people       ${summary.people}`,
    `messages     ${summary.messages}`,
    `joins        ${summary.joins}`,
    `leaves       ${summary.leaves}`,
    `refusals     ${refused.length === 0 ? 'none' : refused.join(', ')}`,
    `deliveries   ${summary.deliveries}, ${summary.pushes} of them pushed as new entries`,
    `reconnects   ${summary.reconnects}`,
    `rate         ${Math.round(summary.commandsPerSecond)} commands/s, ` +
      `${Math.round(summary.deliveriesPerSecond)} deliveries/s over ${summary.seconds.toFixed(1)} s`,
    `durable      ${times(latency.acknowledgement)}`,
    `delivered    ${times(latency.delivery)}`,
    `copies       ${summary.copiesChecked} checked, ${summary.differenceCount} differences`,
    ...summary.differences.map((difference) => `DIFFERENCE   ${difference}`),
  ];
}

function fileLines({ file, people, messages, joins, leaves, skipped, ...rest }: FileSummary): string[] {
  return [
    `${file}: ${people} people, ${messages} messages, ${joins} joins, ${leaves} leaves, ${rest.renames} renames`,
    `  passed over: ${skipped.blank} blank texts, ${skipped.actions} actions, ${skipped.other} other lines; ` +
      `${rest.nothingToDo} joins and leaves with nothing to do`,
  ];
}
