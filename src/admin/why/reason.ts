/** One step of an explanation: the rule, what it says here, and the event that made it so. */
import type { ArchivedEvent } from '../../journal/entry.ts';
import { eventFields, eventLine } from '../event-words.ts';

export interface Reason {
  /** A rule's number, as in `LEAVE-4`. */
  readonly rule: string;
  readonly text: string;
  readonly events: readonly ArchivedEvent[];
}

export function reason(rule: string, text: string, ...events: readonly (ArchivedEvent | null | undefined)[]): Reason {
  return { rule, text, events: events.filter((event) => event != null) };
}

/** For programs. */
export function reasonsOf(reasons: readonly Reason[], withText: boolean): object[] {
  return reasons.map(({ rule, text, events }) => ({
    rule,
    text,
    events: events.map((event) => eventFields(event, withText)),
  }));
}

/** For people. */
export function reasonLines(reasons: readonly Reason[], withText: boolean): string[] {
  return reasons.flatMap(({ rule, text, events }) => [
    `  ${rule.padEnd(9)} ${text}`,
    ...events.map((event) => `            ${eventLine(event, withText)}`),
  ]);
}
