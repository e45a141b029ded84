/** The journal's tail: each answered command with its place and its answer. No text of messages. */
import type { Answer, JournalEntry } from '../../journal/entry.ts';
import type { StoreReader } from '../../journal/read-store.ts';
import type { Findings } from '../command.ts';
import { isoOf } from '../point-in-time.ts';

/** At most `limit` entries of each partition, the newest. */
export function inspectJournal(store: StoreReader, limit: number): Findings {
  const partitions = store.positions.map(({ checkpoint, head }, partition) => ({
    partition,
    checkpoint,
    head,
    entries: store.journal(partition).slice(-limit).map(entryOf),
  }));
  return {
    result: { partitions },
    lines: partitions.flatMap(({ partition, checkpoint, head, entries }) => [
      `partition ${partition}: checkpoint ${checkpoint}, head ${head}`,
      ...entries.map(
        ({ position, at, conversation, events, command }) =>
          `  @${position} ${at} ${conversation ?? '-'} ${events.map(({ type, v }) => `${type} v${v}`).join(', ') || '-'}` +
          (command === null ? '' : ` by ${command.person} (${command.id}): ${command.answer}`),
      ),
    ]),
  };
}

function entryOf({ position, at, conversation, events, preferences, command }: JournalEntry) {
  return {
    position,
    at: isoOf(at),
    conversation,
    events: events.map(({ type, v, by }) => ({ type, v, by })),
    preferencesOf: preferences?.person ?? null,
    command: command === null ? null : { person: command.person, id: command.id, answer: answerOf(command.answer) },
  };
}

function answerOf(answer: Answer): string {
  return 'ok' in answer ? 'ok' : answer.refused;
}
