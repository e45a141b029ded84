/**
 * The conversations that have an actor. It weighs more than all else that is kept of one, and can be made of the state at
 * any time: where nothing is asked for a while, it is let go.
 */
import { hasWork, letActorGo, type Resident } from './resident.ts';

export class Awake {
  /** Some have lost their actor since, or are not in memory any more. */
  readonly #all = new Set<Resident>();

  get size(): number {
    return [...this.#all].filter(({ actor }) => actor !== null).length;
  }

  /** The conversation's actor was asked something. True: it has been woken for it. */
  asked(resident: Resident): boolean {
    resident.asked = true;
    if (this.#all.has(resident)) return false;
    this.#all.add(resident);
    return true;
  }

  /** Lets the actors go of which nothing was asked since this was called last. `rested` is told whose. */
  rest(rested: (resident: Resident) => void): void {
    for (const resident of this.#all) {
      const hasActor = resident.actor !== null;
      const stays = hasActor && (resident.asked || hasWork(resident));
      resident.asked = false;
      if (stays) continue;
      this.#all.delete(resident);
      if (!hasActor) continue;
      letActorGo(resident);
      rested(resident);
    }
  }
}
