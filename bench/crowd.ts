/** Everyone connected, in their conversations, with nothing waiting to be read. */
import type { Seat } from './dialects/dialect.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import type { Shape, Target } from './workload.ts';

export interface Crowd {
  readonly target: Target;
  readonly shape: Shape;
  /** By conversation, then by index. */
  readonly seats: readonly Seat[];
  /** What a post to each conversation names. */
  readonly conversationIds: readonly string[];
}

const connectingAtOnce = 50;

export async function gather(target: Target, shape: Shape): Promise<Crowd> {
  const dialect = dialectOf(target.kind);
  const total = shape.conversations * shape.people;
  const seats: Seat[] = [];
  for (let from = 0; from < total; from += connectingAtOnce) {
    const some = Array.from({ length: Math.min(connectingAtOnce, total - from) }, (_, offset) => from + offset);
    const sit = async (number: number): Promise<Seat> => {
      const conversation = Math.floor(number / shape.people);
      const index = number % shape.people;
      return { conversation, index, line: await dialect.sit(target, conversation, index) };
    };
    seats.push(...(await Promise.all(some.map(sit))));
  }
  return { target, shape, seats, conversationIds: await dialect.open(seats, shape) };
}
