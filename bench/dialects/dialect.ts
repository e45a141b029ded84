/** How a person connects to one kind of server, posts and hears: all that the load knows of it. */
import type { Line } from '../raw-socket.ts';
import type { Shape, Target } from '../workload.ts';

export interface Seat {
  readonly conversation: number;
  readonly index: number;
  readonly line: Line;
}

export interface Dialect {
  /** Are posts answered one by one, `ok` or by name? */
  readonly acknowledges: boolean;
  /** Connected, signed in and, where the server has no starting, in the conversation. */
  sit(target: Target, conversation: number, index: number): Promise<Line>;
  /** When everyone sits: what a post to each conversation names. */
  open(seats: readonly Seat[], shape: Shape): Promise<string[]>;
  /** A whole frame of a post by this person, with its marks (`PostFrame`). */
  post(conversation: string, text: string, id: string): Buffer;
}
