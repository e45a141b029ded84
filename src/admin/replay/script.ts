/**
 * From a log to what people do. Every nick is a person; a change of name moves the person under the new nick, so that
 * they go on in their conversation, and whoever takes the old nick later is somebody else. A nick keeps its person from
 * one log to the next.
 */
import { createHash } from 'node:crypto';
import { limits } from '../../limits.ts';
import type { TimedLine } from './irc-log.ts';

export type Step = { readonly atMs: number; readonly person: string } & (
  | { readonly kind: 'speak'; readonly text: string }
  | { readonly kind: 'join' | 'leave' }
);

export interface Script {
  /** The file's name; also the text that the conversation is started with. */
  readonly name: string;
  readonly starter: string;
  /** The other one inside at the beginning. */
  readonly companion: string;
  readonly steps: readonly Step[];
  /** Person → the nick they came with. */
  readonly people: ReadonlyMap<string, string>;
  readonly skipped: { readonly blank: number; readonly actions: number; readonly other: number };
  readonly renames: number;
}

/** The log names fewer than two people. */
export class TooFewPeople extends Error {
  override readonly name = 'TooFewPeople';
}

export function scriptOf(name: string, lines: readonly TimedLine[]): Script {
  const cast = new Cast();
  const steps: Step[] = [];
  const skipped = { blank: 0, actions: 0, other: 0 };
  let renames = 0;
  for (const line of lines) {
    const { atMs } = line;
    switch (line.kind) {
      case 'message':
        steps.push({ kind: 'speak', atMs, person: cast.present(line.nick), text: line.text });
        break;
      case 'joined':
        steps.push({ kind: 'join', atMs, person: cast.arriving(line.nick) });
        break;
      case 'left':
        steps.push({ kind: 'leave', atMs, person: cast.present(line.nick) });
        break;
      case 'renamed':
        cast.rename(line.nick, line.to);
        renames += 1;
        break;
      case 'blank':
        skipped.blank += 1;
        break;
      case 'action':
        skipped.actions += 1;
        break;
      case 'other':
        skipped.other += 1;
        break;
    }
  }
  const [starter, companion] = cast.thereFirst();
  if (starter === undefined || companion === undefined) throw new TooFewPeople(`${name} names fewer than two people`);
  return { name, starter, companion, steps, people: cast.people, skipped, renames };
}

/** Who is under which nick. */
class Cast {
  readonly people = new Map<string, string>();
  readonly #byNick = new Map<string, string>();
  readonly #there: string[] = [];
  readonly #arrived: string[] = [];

  /** Somebody speaks, leaves or is renamed: at first sight they were there before the log began. */
  present(nick: string): string {
    return this.#personOf(nick, this.#there);
  }

  arriving(nick: string): string {
    return this.#personOf(nick, this.#arrived);
  }

  rename(from: string, to: string): void {
    const person = this.present(from);
    this.#byNick.delete(from);
    this.#byNick.set(to, person);
  }

  /** Those who were there before the log began, in order of appearance; then the others. */
  thereFirst(): string[] {
    return [...this.#there, ...this.#arrived];
  }

  #personOf(nick: string, list: string[]): string {
    const known = this.#byNick.get(nick);
    if (known !== undefined) return known;
    let person = idOf(nick, 1);
    for (let n = 2; this.people.has(person); n += 1) person = idOf(nick, n);
    this.#byNick.set(nick, person);
    this.people.set(person, nick);
    list.push(person);
    return person;
  }
}

/** `irc-nick`; `irc-nick~2` for the second person who comes with that nick. */
function idOf(nick: string, n: number): string {
  const suffix = n === 1 ? '' : `~${n}`;
  const plain = nick.replace(/[^\x21-\x7e]|[%~]/gu, (character) => encodeURIComponent(character).replace('~', '%7E'));
  const id = `irc-${plain}${suffix}`;
  if (id.length <= limits.idMaxChars) return id;
  return `irc-${createHash('sha256').update(nick).digest('base64url')}${suffix}`;
}
