/**
 * CMD-1: the same id with the same body gets the first answer again, with another body it is refused. Three layers, asked
 * in this order: commands under way, answers no checkpoint has taken over yet, the archive.
 */
import type { Micros, PersonId } from '../conversation/commands.ts';
import { type AnsweredCommand, AnsweredCommands, type PackedCommands } from '../journal/answered-commands.ts';
import type { Archive } from '../journal/archive.ts';
import type { Position, Remembered } from '../journal/entry.ts';
import { isErasedBody } from '../journal/erased-body.ts';
import { sameBytes } from '../journal/format.ts';
import { commandKey } from '../journal/keys.ts';
import type { HostResult } from './committed.ts';

interface UnderWay {
  /** In the archive. */
  readonly key: Uint8Array;
  readonly bodyHash: Uint8Array;
  readonly waiters: ((result: HostResult) => void)[];
}

interface Kept {
  gathering: AnsweredCommands;
  /** On its way to the archive, and looked up here until it is there. */
  leaving: AnsweredCommands;
}

export class CommandMemory {
  readonly #underWay = new Map<string, UnderWay>();
  /** By partition. */
  readonly #kept = new Map<number, Kept>();
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
    const name = nameOf(person, id);
    const running = this.#underWay.get(name);
    if (running !== undefined) {
      const same = sameBytes(running.bodyHash, bodyHash);
      running.waiters.push(same ? done : () => done({ refused: 'command-id-reused' }));
      return null;
    }
    const underWay: UnderWay = { key: commandKey(person, id), bodyHash, waiters: [done] };
    this.#underWay.set(name, underWay);
    return (result) => {
      this.#underWay.delete(name);
      for (const waiter of underWay.waiters) waiter(result);
    };
  }

  /** The answer to give to a command that was answered before, null for a new one. */
  async recall(person: PersonId, id: string, bodyHash: Uint8Array): Promise<HostResult | null> {
    const key = this.#keyOf(person, id);
    const known = this.#find(key) ?? (await this.#archive.command(person, id, key));
    if (known === null) return null;
    const fits = isErasedBody(known.bodyHash) || sameBytes(known.bodyHash, bodyHash);
    return fits ? known.answer : { refused: 'command-id-reused' };
  }

  remember(partition: number, position: Position, at: number, command: Remembered): void {
    this.#of(partition).gathering.add(this.#keyOf(command.person, command.id), at, position, command);
  }

  /** The oldest that no checkpoint has taken over. */
  oldest(partition: number): { readonly at: Micros; readonly position: Position } | null {
    const { gathering, leaving } = this.#of(partition);
    return leaving.oldest ?? gathering.oldest;
  }

  /** How many wait for a checkpoint to take them over. */
  gathered(partition: number): number {
    return this.#of(partition).gathering.size;
  }

  /**
   * What a checkpoint has to take over: all that has been remembered so far, in groups of at most `max` that are near each
   * other in the archive's index, and share its pages.
   */
  take(partition: number, max: number): Iterable<PackedCommands> {
    const kept = this.#of(partition);
    kept.leaving = kept.gathering;
    kept.gathering = new AnsweredCommands();
    return kept.leaving.inOrder(max);
  }

  /** The archive has what was taken. */
  archived(partition: number): void {
    this.#of(partition).leaving = new AnsweredCommands();
  }

  #of(partition: number): Kept {
    let kept = this.#kept.get(partition);
    if (kept === undefined) {
      kept = { gathering: new AnsweredCommands(), leaving: new AnsweredCommands() };
      this.#kept.set(partition, kept);
    }
    return kept;
  }

  /** Hashed once for each command that is under way. */
  #keyOf(person: PersonId, id: string): Uint8Array {
    return this.#underWay.get(nameOf(person, id))?.key ?? commandKey(person, id);
  }

  #find(key: Uint8Array): AnsweredCommand | null {
    for (const { gathering, leaving } of this.#kept.values()) {
      const found = gathering.find(key) ?? leaving.find(key);
      if (found !== null) return found;
    }
    return null;
  }
}

function nameOf(person: PersonId, id: string): string {
  return `${person} ${id}`;
}
