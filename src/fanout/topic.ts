/**
 * Of a crowd, whoever is told a message in the same bytes follows a topic of the transport, which writes to all of them in one
 * call. Somebody who has an answer to wait for stands aside, because what is published waits for nothing.
 */
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationState, Member } from '../conversation/state.ts';
import { Crowd } from '../views/crowd.ts';
import type { Audience, Subscriber } from './audience.ts';

export interface TopicPort {
  readonly audience: Pick<Audience, 'of'>;
  /** Does this connected person want a pop-up of each message? */
  wantsPopup(person: PersonId): boolean;
  /** Writes to whoever is subscribed to the topic, behind all they were told before. `readers`: how many those are. */
  publish(topic: string, bytes: Uint8Array, readers: number): void;
}

/** A message to its readers. */
export interface Telling {
  readonly by: PersonId;
  frame(alerting: boolean): Uint8Array;
  /** Tells one person by themselves, and returns to how many sessions. */
  tell(person: PersonId, member: Member): number;
}

/** Readers who are told the same: with a pop-up, or without (ALERT-1). */
interface Part {
  readonly topic: string;
  readonly alerting: boolean;
  /** Sessions that are subscribed. */
  readers: number;
}

/** All sessions of a person. */
interface Follower {
  readonly part: Part;
  readonly subscribers: readonly Subscriber[];
}

export class Topic extends Crowd<Follower> {
  readonly #port: TopicPort;
  readonly #alerting: Part;
  readonly #silent: Part;

  constructor(port: TopicPort, state: ConversationState) {
    super(state);
    this.#port = port;
    this.#alerting = { topic: `${state.id} alerting`, alerting: true, readers: 0 };
    this.#silent = { topic: `${state.id} silent`, alerting: false, readers: 0 };
  }

  /**
   * Tells a message that leads to `state`. Aside are its author, who is not alerted of it (ALERT-5), and whoever deleted their
   * copy since the last one, to whom it brings it back (DELETE-3). Returns to how many sessions.
   */
  tell(state: ConversationState, { by, frame, tell }: Telling): number {
    let told = 0;
    const publish = () => {
      for (const { topic, alerting, readers } of [this.#alerting, this.#silent]) {
        if (readers > 0) this.#port.publish(topic, frame(alerting), readers);
        told += readers;
      }
    };
    this.message(state, by, publish, (person, member) => {
      told += tell(person, member);
    });
    return told;
  }

  protected isHere(person: PersonId): boolean {
    return this.#port.audience.of(person).length > 0;
  }

  protected enter(person: PersonId): Follower | null {
    const subscribers = this.#port.audience.of(person);
    if (!subscribers.every((subscriber) => subscriber.isFree)) return null;
    const part = this.#port.wantsPopup(person) ? this.#alerting : this.#silent;
    for (const subscriber of subscribers) subscriber.subscribe(part.topic);
    part.readers += subscribers.length;
    return { part, subscribers };
  }

  protected leave({ part, subscribers }: Follower): void {
    for (const subscriber of subscribers) subscriber.unsubscribe(part.topic);
    part.readers -= subscribers.length;
  }
}
