/**
 * What was asked to be erased, and what of it was promised: the ledger had it when the answer came. A promise outlives
 * crashes and restores (ERASE-4). What is named here is known by its place and its time, as in the ledger: what somebody
 * writes anew behind a restore is something else.
 */
import type { ErasureRequest } from '../../src/erasure/erasure-plan.ts';
import * as model from '../model/model.ts';
import type { SimulatedDisk } from './disk.ts';

interface Named {
  readonly talk: model.Talk;
  readonly seq: number;
  readonly at: number;
  readonly text: string;
}

export class Eraser {
  readonly #asked: ErasureRequest[] = [];
  #promised: Named[] = [];
  readonly #people = new Set<model.Who>();

  get promises(): number {
    return this.#promised.length + this.#people.size;
  }

  asks(request: ErasureRequest): void {
    this.#asked.push(request);
  }

  /** `log`: of the moment of the answer. */
  promised(request: ErasureRequest, log: model.Log): void {
    if ('person' in request) this.#people.add(request.person);
    for (const talk of model.talksOf(log)) {
      for (const line of model.linesOf(log, talk)) {
        if (isAskedBy(request, talk, line) && typeof line.text === 'string')
          this.#promised.push({ talk, seq: line.seq, at: line.at, text: line.text });
      }
    }
  }

  /** Has anybody asked for it? */
  isAsked(talk: model.Talk, line: model.Line): boolean {
    return this.#asked.some((request) => isAskedBy(request, talk, line));
  }

  /** Empty = what was promised is nowhere, as of this moment, at which nothing is left to be carried out. */
  differences(log: model.Log, disk: SimulatedDisk): string[] {
    const found: string[] = [];
    const live = new Set<string>();
    for (const talk of model.talksOf(log)) {
      for (const { text } of model.linesOf(log, talk)) if (typeof text === 'string') live.add(text);
    }
    for (const { talk, seq, at, text } of this.#promised) {
      const line = model.linesOf(log, talk)[seq - 1];
      if (line?.at === at && line.text !== null) found.push(`[ERASE-4] entry ${seq} of ${talk} still has its text`);
      if (live.has(text)) continue;
      const where = disk.holding(text);
      if (where !== null) found.push(`[ERASE-1] ${text}, erased, is still in ${where}`);
    }
    for (const person of this.#people) {
      if (!model.isForgotten(log, person)) found.push(`[ERASE-4] ${person}, erased, has a name`);
      for (const text of [lastNameOf(person), addressOf(person)]) {
        const where = disk.holding(text);
        if (where !== null) found.push(`[ERASE-2] ${text} of ${person}, erased, is still in ${where}`);
      }
    }
    return found;
  }
}

function isAskedBy(request: ErasureRequest, talk: model.Talk, line: model.Line): boolean {
  if ('person' in request) return line.who === request.person;
  return request.conversation === talk && request.seqs.includes(line.seq);
}

/** Canaries, as texts are. */
export function lastNameOf(person: model.Who): string {
  return `last-${person}.`;
}

export function addressOf(person: model.Who): string {
  return `${person}@example.com`;
}
