/**
 * CMD-1: the same id with the same body gets the first answer again, with another body it is refused. Three layers, asked
 * in this order: commands under way, answers no checkpoint has taken over yet, the archive.
 */
import type { PersonId } from '../conversation/commands.ts';
import type { Archive } from '../journal/archive.ts';
import type { Position, Remembered } from '../journal/entry.ts';
import type { HostResult } from './committed.ts';

interface UnderWay {
  readonly bodyHash: Uint8Array;
  readonly waiters: ((result: HostResult) => void)[];
}
interface Answered {
  readonly partition: number;
  readonly position: Position;
  readonly at: number;
  readonly command: Remembered;
}

export class CommandMemory {
  readonly #underWay = new Map<string, UnderWay>();
  readonly #answered = new Map<string, Answered>();
  readonly #archive: Archive;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /**
   * Claims the id. Null: it is under way already, and `done` has been taken care of. Otherwise the function to call with
   * the result, which tells everyone who asked with the same id meanwhile.
   */
  claim(
    person: PersonId,
    id: string,
    bodyHash: Uint8Array,
    done: (result: HostResult) => void,
  ): ((result: HostResult) => void) | null {
    const key = keyOf(person, id);
    const running = this.#underWay.get(key);
    if (running !== undefined) {
      const same = equal(running.bodyHash, bodyHash);
      running.waiters.push(same ? done : () => done({ refused: 'command-id-reused' }));
      return null;
    }
    const underWay: UnderWay = { bodyHash, waiters: [done] };
    this.#underWay.set(key, underWay);
    return (result) => {
      this.#underWay.delete(key);
      for (const waiter of underWay.waiters) waiter(result);
    };
  }

  /** The answer to give to a command that was answered before, null for a new one. */
  async recall(person: PersonId, id: string, bodyHash: Uint8Array): Promise<HostResult | null> {
    const known = this.#answered.get(keyOf(person, id))?.command ?? (await this.#archive.command(person, id));
    if (known === null) return null;
    return equal(known.bodyHash, bodyHash) ? known.answer : { refused: 'command-id-reused' };
  }

  remember(partition: number, position: Position, at: number, command: Remembered): void {
    this.#answered.set(keyOf(command.person, command.id), { partition, position, at, command });
  }

  /** What a checkpoint of the partition up to `upTo` has to take over. */
  unarchived(partition: number, upTo: Position): Answered[] {
    return [...this.#answered.values()].filter((a) => a.partition === partition && a.position <= upTo);
  }

  /** The archive has these now. */
  archived(answered: readonly Answered[]): void {
    for (const { command } of answered) this.#answered.delete(keyOf(command.person, command.id));
  }
}

function keyOf(person: PersonId, id: string): string {
  return `${person} ${id}`;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
