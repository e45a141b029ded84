/**
 * The conversations that have an actor. It weighs more than all else that is kept of one, and can be made of the state at
 * any time: where nothing is asked for a while, it is let go.
 */
import { hasWork, letActorGo, type Resident } from './resident.ts';

export class Awake {
  /** Those with `awake`; some have lost their actor since, or are not in memory any more. */
  #all: Resident[] = [];

  get size(): number {
    return this.#all.filter(({ actor }) => actor !== null).length;
  }

  /** The conversation's actor was asked something. True: it has been woken for it. */
  asked(resident: Resident): boolean {
    resident.asked = true;
    if (resident.awake) return false;
    resident.awake = true;
    this.#all.push(resident);
    return true;
  }

  /** Lets the actors go of which nothing was asked since this was called last. `rested` is told whose. */
  rest(rested: (resident: Resident) => void): void {
    this.#all = this.#all.filter((resident) => {
      const hasActor = resident.actor !== null;
      const stays = hasActor && (resident.asked || hasWork(resident));
      resident.asked = false;
      resident.awake = stays;
      if (hasActor && !stays) {
        letActorGo(resident);
        rested(resident);
      }
      return stays;
    });
  }
}
