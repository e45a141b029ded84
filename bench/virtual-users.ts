/** Everyone who posts and reads: connected, in their conversations, with nothing waiting to be read. */
import { inParallel } from '../src/runtime/in-parallel.ts';
import type { Seat } from './dialects/dialect.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import type { Line } from './raw-socket.ts';
import type { Shape, Target } from './workload.ts';

export interface VirtualUsers {
  readonly target: Target;
  readonly shape: Shape;
  /** By conversation, then by index. */
  readonly seats: readonly Seat[];
  /** What a post to each conversation names. */
  readonly conversationIds: readonly string[];
}

const connectingAtOnce = 50;

export async function gather(target: Target, shape: Shape): Promise<VirtualUsers> {
  const dialect = dialectOf(target.kind);
  const numbers = Array.from({ length: shape.conversations * shape.people }, (_, number) => number);
  const seats = await inParallel(numbers, connectingAtOnce, (number) =>
    sit(target, Math.floor(number / shape.people), number % shape.people),
  );
  return { target, shape, seats, conversationIds: await dialect.open(seats, shape) };
}

/** Whose connection the server has closed comes back, as their client would. */
export async function gatherAgain(users: VirtualUsers, closed: ReadonlySet<Line>): Promise<VirtualUsers> {
  if (closed.size === 0) return users;
  const seats = await inParallel(users.seats, connectingAtOnce, async (seat) =>
    closed.has(seat.line) ? sit(users.target, seat.conversation, seat.index) : seat,
  );
  return { ...users, seats };
}

async function sit(target: Target, conversation: number, index: number): Promise<Seat> {
  return { conversation, index, line: await dialectOf(target.kind).sit(target, conversation, index) };
}
