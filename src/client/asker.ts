/** What lists need of the client around them. */
import type { Person, Results } from '../wire/frames.ts';
import type { Question } from './requests.ts';

export interface Asker {
  ask<Q extends Question>(question: Q, signal?: AbortSignal): Promise<Results[Q['t']]>;
  learn(people: readonly Person[]): void;
  changed(): void;
  /** The person signed in; '' before the first welcome. */
  me(): string;
}
