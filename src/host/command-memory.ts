/**
 * CMD-1: the same id with the same body gets the first answer again, with another body it is refused. Three layers, asked
 * in this order: commands under way, answers no checkpoint has taken over yet, the archive.
 */
import type { PersonId } from '../conversation/commands.ts';
import type { Archive, ArchiveBatch } from '../journal/archive.ts';
import type { Position, Remembered } from '../journal/entry.ts';
import { isErasedBody } from '../journal/erased-body.ts';
import { commandKey } from '../journal/keys.ts';
import type { HostResult } from './committed.ts';

interface UnderWay {
  readonly bodyHash: Uint8Array;
  readonly waiters: ((result: HostResult) => void)[];
}
type Answered = ArchiveBatch['commands'][number];

/** Answered commands of a partition that go to the archive together. */
class Generation {
  readonly byKey = new Map<string, Answered>();
  /** By the first byte of their key in the archive: those of one shelf are near each other there, and share pages. */
  readonly #shelves: Answered[][] = [];
  oldest: Answered | null = null;

  add(answered: Answered): void {
    const { person, id } = answered.command;
    this.oldest ??= answered;
    this.byKey.set(keyOf(person, id), answered);
    const shelf = commandKey(person, id)[0] as number;
    this.#shelves[shelf] ??= [];
    this.#shelves[shelf].push(answered);
  }

  *inOrder(): Iterable<Answered> {
    for (const shelf of this.#shelves) yield* shelf ?? [];
  }
}

interface Kept {
  gathering: Generation;
  /** On its way to the archive, and looked up here until it is there. */
  leaving: Generation;
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
    const known = this.#find(keyOf(person, id))?.command ?? (await this.#archive.command(person, id));
    if (known === null) return null;
    const fits = isErasedBody(known.bodyHash) || equal(known.bodyHash, bodyHash);
    return fits ? known.answer : { refused: 'command-id-reused' };
  }

  remember(partition: number, position: Position, at: number, command: Remembered): void {
    this.#of(partition).gathering.add({ position, at, command });
  }

  /** The oldest that no checkpoint has taken over. */
  oldest(partition: number): Answered | null {
    const { gathering, leaving } = this.#of(partition);
    return leaving.oldest ?? gathering.oldest;
  }

  /** How many wait for a checkpoint to take them over. */
  gathered(partition: number): number {
    return this.#of(partition).gathering.byKey.size;
  }

  /** What a checkpoint has to take over: all that has been remembered so far, about in the archive's order. */
  take(partition: number): Iterable<Answered> {
    const kept = this.#of(partition);
    kept.leaving = kept.gathering;
    kept.gathering = new Generation();
    return kept.leaving.inOrder();
  }

  /** The archive has what was taken. */
  archived(partition: number): void {
    this.#of(partition).leaving = new Generation();
  }

  #of(partition: number): Kept {
    let kept = this.#kept.get(partition);
    if (kept === undefined) {
      kept = { gathering: new Generation(), leaving: new Generation() };
      this.#kept.set(partition, kept);
    }
    return kept;
  }

  #find(key: string): Answered | undefined {
    for (const { gathering, leaving } of this.#kept.values()) {
      const found = gathering.byKey.get(key) ?? leaving.byKey.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function keyOf(person: PersonId, id: string): string {
  return `${person} ${id}`;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
