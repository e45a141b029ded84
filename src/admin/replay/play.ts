/**
 * Plays one script: step after step, each begun when the one before is durable, so that the order of the log is the order
 * of the conversation. What the server does with each step is noted, and compared with nothing here.
 */
import { ParleyError } from '../../client/node.ts';
import type { Clients } from './clients.ts';
import type { Latencies } from './latencies.ts';
import type { Observer } from './observer.ts';
import type { Script, Step } from './script.ts';

export interface Played {
  readonly script: Script;
  readonly conversation: string;
  /** Index of a step → the rule that refused it. */
  readonly refusals: ReadonlyMap<number, string>;
  readonly messages: number;
  readonly joins: number;
  readonly leaves: number;
  /** Joins of people who were inside, and leaves of people who were not. */
  readonly nothingToDo: number;
}

export interface Stage {
  readonly clients: Clients;
  readonly observer: Observer;
  readonly latencies: Latencies;
  /** Times real time; null = as fast as the server answers. */
  readonly speed: number | null;
  /** A step is done. */
  advanced(): void;
}

export async function play(script: Script, stage: Stage): Promise<Played> {
  const play = new Play(script, stage);
  await play.run();
  return play.played();
}

class Play {
  readonly #script: Script;
  readonly #stage: Stage;
  readonly #inside: Set<string>;
  /** Whoever spoke, the latest last. */
  readonly #spoke: Set<string>;
  readonly #refusals = new Map<number, string>();
  readonly #done = { messages: 0, joins: 0, leaves: 0, nothingToDo: 0 };
  #conversation = '';
  /** Newest entry. */
  #head = 0;

  constructor(script: Script, stage: Stage) {
    this.#script = script;
    this.#stage = stage;
    this.#inside = new Set([script.starter, script.companion]);
    this.#spoke = new Set([script.starter]);
  }

  played(): Played {
    return { script: this.#script, conversation: this.#conversation, refusals: this.#refusals, ...this.#done };
  }

  async run(): Promise<void> {
    const { starter, companion, name, steps } = this.#script;
    const { clients, speed } = this.#stage;
    const started = await clients.of(starter).start({ text: name, people: [companion] });
    this.#conversation = started.conversation;
    this.#head = started.seq;
    const began = performance.now();
    for (const [index, step] of steps.entries()) {
      if (speed !== null) await until(began + step.atMs / speed);
      await this.#step(index, step);
      this.#stage.advanced();
    }
  }

  async #step(index: number, step: Step): Promise<void> {
    const { person } = step;
    const client = this.#stage.clients.of(person);
    if (step.kind === 'leave') {
      if (!this.#inside.has(person)) this.#done.nothingToDo += 1;
      else if (await this.#send(index, () => client.leave(this.#conversation))) {
        this.#inside.delete(person);
        this.#done.leaves += 1;
      }
      return;
    }
    if (!this.#inside.has(person)) await this.#invite(index, person);
    else if (step.kind === 'join') this.#done.nothingToDo += 1;
    if (step.kind === 'speak' && (await this.#send(index, () => client.reply(this.#conversation, step.text)))) {
      this.#spoke.delete(person);
      this.#spoke.add(person);
      this.#done.messages += 1;
    }
  }

  async #invite(index: number, person: string): Promise<void> {
    const host = [...this.#spoke].findLast((one) => this.#inside.has(one)) ?? this.#script.starter;
    const client = this.#stage.clients.of(host);
    if (!(await this.#send(index, () => client.invite(this.#conversation, [person])))) return;
    this.#inside.add(person);
    this.#done.joins += 1;
  }

  /** False where it was refused. Over a lost connection the SDK sends it again, with the same id. */
  async #send(index: number, command: () => Promise<unknown>): Promise<boolean> {
    const { observer, latencies } = this.#stage;
    const began = performance.now();
    observer.sending(this.#conversation, this.#head + 1);
    try {
      await command();
    } catch (error) {
      if (!(error instanceof ParleyError) || error.rule === undefined) throw error;
      this.#refusals.set(index, error.rule);
      return false;
    } finally {
      latencies.acknowledged(performance.now() - began);
    }
    this.#head += 1;
    return true;
  }
}

function until(at: number): Promise<void> {
  const ms = at - performance.now();
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
