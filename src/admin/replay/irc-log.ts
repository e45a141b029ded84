/**
 * Logs of IRC channels, line by line: `[hh:mm] <nick> text`, `=== nick has joined #channel`, `=== nick has left #channel
 * [reason]`, `=== a is now known as b`. Other `===` lines and `[hh:mm]  * nick …` are actions. Nothing is thrown for a
 * line that is none of these: it is 'other'.
 */
import { isBlank } from '../../conversation/text.ts';

export type IrcLine =
  | { readonly kind: 'message'; readonly nick: string; readonly text: string }
  | { readonly kind: 'blank' | 'joined' | 'left'; readonly nick: string }
  | { readonly kind: 'renamed'; readonly nick: string; readonly to: string }
  | { readonly kind: 'action' | 'other' };

/** `atMs`: since the beginning of the log. It has minutes only, so what stands in one minute is spread evenly over it. */
export type TimedLine = IrcLine & { readonly atMs: number };

const message = /^\[(\d\d):(\d\d)\] <([^>]+)> ?(.*)$/s;
const timedAction = /^\[(\d\d):(\d\d)\] +\* /;
const joined = /^=== (\S+) has joined #\S+$/;
const left = /^=== (\S+) has left #\S+( .*)?$/s;
/** A name of more than one word is somebody joking: an action. */
const renamed = /^=== (\S+) is now known as (\S+)$/;

const minuteMs = 60_000;
const dayMinutes = 1_440;

export function parseIrcLog(log: string): TimedLine[] {
  const lines = log.split(/\r?\n/).filter((line) => line !== '');
  const minutes = minutesOf(lines);
  const first = minutes[0] ?? 0;
  const inMinute = new Map<number, number>();
  for (const minute of minutes) inMinute.set(minute, (inMinute.get(minute) ?? 0) + 1);
  const before = new Map<number, number>();
  return lines.map((line, index) => {
    const minute = minutes[index] as number;
    const place = before.get(minute) ?? 0;
    before.set(minute, place + 1);
    const atMs = (minute - first + place / (inMinute.get(minute) as number)) * minuteMs;
    return { ...parseLine(line), atMs };
  });
}

function parseLine(line: string): IrcLine {
  const said = message.exec(line);
  if (said !== null) {
    const [, , , nick = '', text = ''] = said;
    return isBlank(text) ? { kind: 'blank', nick } : { kind: 'message', nick, text };
  }
  const came = joined.exec(line);
  if (came !== null) return { kind: 'joined', nick: came[1] as string };
  const went = left.exec(line);
  if (went !== null) return { kind: 'left', nick: went[1] as string };
  const changed = renamed.exec(line);
  if (changed !== null) return { kind: 'renamed', nick: changed[1] as string, to: changed[2] as string };
  return { kind: timedAction.test(line) || line.startsWith('=== ') ? 'action' : 'other' };
}

/** The minute of each line, counting on over midnight. A line without a time has that of the one before it. */
function minutesOf(lines: readonly string[]): number[] {
  let minute: number | null = null;
  const minutes = lines.map((line) => {
    const time = message.exec(line) ?? timedAction.exec(line);
    if (time === null) return minute;
    const ofDay = Number(time[1]) * 60 + Number(time[2]);
    const days = minute === null ? 0 : Math.floor(minute / dayMinutes);
    const sameDay: number = days * dayMinutes + ofDay;
    minute = minute !== null && sameDay < minute ? sameDay + dayMinutes : sameDay;
    return minute;
  });
  const first = minutes.find((one) => one !== null) ?? 0;
  return minutes.map((one) => one ?? first);
}
