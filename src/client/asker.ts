/** What lists need of the client around them, and how they tell that they are loading. */
import type { Results } from '../wire/frames.ts';
import type { Question } from './requests.ts';

export interface Asker {
  /** The names of an answer are known when it resolves, and none of them is older than what the server told meanwhile. */
  ask<Q extends Question>(question: Q, signal?: AbortSignal): Promise<Results[Q['t']]>;
  changed(): void;
  /** The person signed in; '' before the first welcome. */
  me(): string;
}

/** The loads of one list that are under way. Stores look again when one begins and when it ends. */
export class Loads {
  readonly #asker: Asker;
  #underWay = 0;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  get any(): boolean {
    return this.#underWay > 0;
  }

  /** Rejects as `work` does. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    this.#asker.changed();
    try {
      await work();
    } finally {
      this.#underWay -= 1;
      this.#asker.changed();
    }
  }
}
